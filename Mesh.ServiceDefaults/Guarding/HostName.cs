using System.Net;
using System.Net.Sockets;

namespace Mesh.ServiceDefaults.Guarding;

/// <summary>What the host of an authority or an origin is.</summary>
internal static class HostName
{
    private const string Local = "localhost";

    /// <summary>The host of <c>host[:port]</c>, without a final dot.</summary>
    public static ReadOnlySpan<char> Of(ReadOnlySpan<char> authority)
    {
        if (authority.StartsWith('['))
            return authority.IndexOf(']') is > 0 and var end ? authority[..(end + 1)] : authority;
        var colon = authority.LastIndexOf(':');
        var host = colon < 0 ? authority : authority[..colon];
        return host.EndsWith('.') ? host[..^1] : host;
    }

    /// <summary>Whether it is an IP address: four numbers, or an IPv6 address in brackets. Nobody's DNS server can lead it elsewhere.</summary>
    public static bool IsAddress(ReadOnlySpan<char> host)
    {
        if (host.StartsWith('[') && host.EndsWith(']'))
            return IPAddress.TryParse(host[1..^1], out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6;
        return host.Length > 0 && host[^1] is >= '0' and <= '9' && host.Count('.') == 3
            && IPAddress.TryParse(host, out var v4) && v4.AddressFamily == AddressFamily.InterNetwork;
    }

    /// <summary>Whether it is <c>localhost</c>, or below it: names that no resolver may look up elsewhere (RFC 6761 §6.3).</summary>
    public static bool IsLocalhost(ReadOnlySpan<char> host) =>
        host.EndsWith(Local, StringComparison.OrdinalIgnoreCase) && (host.Length == Local.Length || host[^(Local.Length + 1)] == '.');

    /// <summary>Whether it can only mean this machine.</summary>
    public static bool IsLoopback(ReadOnlySpan<char> host) =>
        IsLocalhost(host) || (IsAddress(host) && IPAddress.TryParse(host.Trim("[]"), out var address) && IPAddress.IsLoopback(address));

    /// <summary>Whether it is a name in the mesh.</summary>
    public static bool IsMesh(ReadOnlySpan<char> host) => host.EndsWith(".mesh", StringComparison.OrdinalIgnoreCase);
}
