namespace Mesh.Security;

/// <summary>Limits that keep one namespace from harming the others.</summary>
public static class SecurityLimits
{
    /// <summary>Services of a namespace with a mutual TLS mode of their own; more are refused with 429.</summary>
    public const int ModesPerNamespace = 100_000;
}
