using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Mesh.ServiceDefaults.Guarding;

/// <summary>What the host of an authority or an origin is.</summary>
internal static class HostName
{
    private const string Local = "localhost";
    private static readonly SearchValues<char> V4 = SearchValues.Create("0123456789abcdefABCDEFxX.");

    /// <summary>The authority of an origin as browsers write it, <c>http[s]://host[:port]</c>; empty for anything else.</summary>
    public static ReadOnlySpan<char> AuthorityOf(ReadOnlySpan<char> origin)
    {
        var authority = origin.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            ? origin[7..]
            : origin.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? origin[8..] : [];
        var end = authority.StartsWith('[')
            ? authority.IndexOf(']') + 1
            : authority.IndexOf(':') is >= 0 and var colon ? colon : authority.Length;
        var host = authority[..end];
        var port = authority[end..];
        var whole = port.IsEmpty || (port.Length is > 1 and <= 6 && port[0] == ':' && !port[1..].ContainsAnyExceptInRange('0', '9'));
        return whole && !host.IsEmpty && (host[0] == '[' ? IsAddress(host) : !host.ContainsAny("/\\?#@[], ")) ? authority : [];
    }

    /// <summary>The host of <c>host[:port]</c>, without a final dot.</summary>
    public static ReadOnlySpan<char> Of(ReadOnlySpan<char> authority)
    {
        if (authority.StartsWith('['))
            return authority.IndexOf(']') is > 0 and var end ? authority[..(end + 1)] : authority;
        var colon = authority.LastIndexOf(':');
        var host = colon < 0 ? authority : authority[..colon];
        return host.EndsWith('.') ? host[..^1] : host;
    }

    /// <summary>
    /// Whether it is an IP address: IPv4 in any spelling that browsers and C libraries read as one (<c>127.1</c>, <c>2130706433</c>,
    /// <c>0x7f.0.0.1</c>), or IPv6 in brackets. Nobody's DNS server can lead it elsewhere.
    /// </summary>
    public static bool IsAddress(ReadOnlySpan<char> host)
    {
        if (host.StartsWith('[') && host.EndsWith(']'))
            return IPAddress.TryParse(host[1..^1], out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6;
        return !host.ContainsAnyExcept(V4) && IPAddress.TryParse(host, out var v4) && v4.AddressFamily == AddressFamily.InterNetwork;
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
