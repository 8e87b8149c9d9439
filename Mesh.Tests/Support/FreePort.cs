namespace Mesh.Tests.Support;

/// <summary>Ports nobody listens on, for what cannot bind port 0 itself.</summary>
public static class FreePort
{
    /// <summary>A free loopback TCP port, never the same twice in this process.</summary>
    public static int Next() => FreePorts.Next();
}
