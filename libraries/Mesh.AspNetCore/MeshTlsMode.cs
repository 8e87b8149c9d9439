namespace Mesh.AspNetCore;

/// <summary>Who may connect to an endpoint.</summary>
public enum MeshTlsMode
{
    /// <summary>Only workloads with a certificate of the mesh. Whoever sends no TLS, or no such certificate, is refused.</summary>
    Strict,

    /// <summary>The same, and clients without TLS, which are counted. For the time in which callers are moved.</summary>
    Permissive,

    /// <summary>The same without counting those without TLS: nobody is expected to use it.</summary>
    Disable,
}
