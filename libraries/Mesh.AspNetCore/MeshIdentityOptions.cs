namespace Mesh.AspNetCore;

/// <summary>Where a program's identity comes from; bound to <c>Mesh:Identity</c>.</summary>
public sealed class MeshIdentityOptions
{
    /// <summary>The Registry that signs.</summary>
    /// <value>The default is the variable <c>MESH_REGISTRY</c>, else <c>http://127.0.0.1:7400</c>.</value>
    public Uri? Registry { get; set; }

    /// <summary>The service that this program is.</summary>
    public string Service { get; set; } = "";

    /// <summary>Its namespace.</summary>
    /// <value>The default is <c>default</c>.</value>
    public string Namespace { get; set; } = "default";

    /// <summary>The folder with its certificate and key, which is kept fresh. Each instance needs one of its own.</summary>
    public string Folder { get; set; } = "";

    /// <summary>A file with a join token; it is read when there is no valid certificate in the folder.</summary>
    /// <value>The default is none: then the variable <c>MESH_JOIN_TOKEN</c> is the token.</value>
    public string? JoinTokenFile { get; set; }

    /// <summary>Whether the host waits at its start until there is a valid certificate.</summary>
    /// <value>The default is <c>true</c>.</value>
    public bool RequiredAtStart { get; set; } = true;

    internal IEnumerable<string> Faults()
    {
        if (Service.Length == 0) yield return "Mesh:Identity:Service is required: the service that this program is.";
        if (Namespace.Length == 0) yield return "Mesh:Identity:Namespace must not be empty.";
        if (Folder.Length == 0) yield return "Mesh:Identity:Folder is required: where the certificate is kept.";
        if (Registry is { IsAbsoluteUri: false }) yield return "Mesh:Identity:Registry must be an absolute URL.";
    }
}
