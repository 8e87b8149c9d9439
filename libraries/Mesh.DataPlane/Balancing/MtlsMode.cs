namespace Mesh.DataPlane.Balancing;

/// <summary>Whose connections the instances of a service take.</summary>
public enum MtlsMode
{
    /// <summary>Mutual TLS is not asked for.</summary>
    Disable,

    /// <summary>Mutual TLS and plaintext.</summary>
    Permissive,

    /// <summary>Mutual TLS alone.</summary>
    Strict,
}
