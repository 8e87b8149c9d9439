using System.Net;
using Mesh.Xds.Resources;

namespace Mesh.Proxy.Sidecar;

/// <summary>Who is meant by a host in a request of the application.</summary>
/// <param name="Service">The name on the wire of the service that it may be; null where it can be none.</param>
/// <param name="IsMesh">Whether it can be nothing but a service: one label, or <c>.mesh</c> behind it.</param>
/// <param name="IsLocal">Whether it is an address or <c>localhost</c>, and names nobody.</param>
internal readonly record struct OutboundHost(string? Service, bool IsMesh, bool IsLocal)
{
    private const string MeshDomain = ".mesh";

    /// <summary>Reads <c>host[:port]</c>: <c>name</c>, <c>name.namespace</c>, either with <c>.mesh</c>; anything else is outside.</summary>
    public static OutboundHost Read(string authority)
    {
        var host = HostOf(authority);
        if (host.Length == 0 || host == "localhost" || host[0] == '[' || IPAddress.TryParse(host, out _))
            return new OutboundHost(null, false, true);
        var isMesh = host.EndsWith(MeshDomain, StringComparison.Ordinal);
        if (isMesh)
            host = host[..^MeshDomain.Length];
        return XdsNames.IsService(host)
            ? new OutboundHost(XdsNames.Canonical(host), isMesh || !host.Contains('.'), false)
            : new OutboundHost(isMesh ? host : null, isMesh, false);
    }

    private static string HostOf(string authority)
    {
        var colon = authority.LastIndexOf(':');
        var host = colon >= 0 && !authority.EndsWith(']') ? authority[..colon] : authority;
        return host.TrimEnd('.').ToLowerInvariant();
    }
}
