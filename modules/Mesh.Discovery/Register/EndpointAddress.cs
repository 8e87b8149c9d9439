using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mesh.Contracts.Discovery;
using Mesh.Kernel.Values;

namespace Mesh.Discovery.Register;

/// <summary>Where an instance listens, in normal form: lower-case host name, or IP address in its shortest text.</summary>
/// <param name="Host">IPv6 without brackets.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="Scheme">Protocol that a URL's scheme says; null without a URL.</param>
public readonly record struct EndpointAddress(string Host, int Port, MeshProtocol? Scheme)
{
    private const int HttpPort = 80;
    private const int MaxHostLength = 253;

    /// <summary>Reads <c>url</c>, or <c>address</c> and <c>port</c>; null with faults where they do not name an address.</summary>
    public static EndpointAddress? Read(string? url, string? address, int? port, Faults faults)
    {
        if (url is null)
        {
            if (address is null && !faults.Has("address"))
                faults.Add("address", "missing", "Set where the instance listens: url, or address and port.");
            if (port is null && address is not null && !faults.Has("port"))
                faults.Add("port", "missing", "'port' is required with an address.");
            if (port is < 1 or > 65_535) faults.Add("port", "out-of-range", $"{port} is not a valid port; it may be 1 to 65535.");
            var host = address is null ? null : HostOf(address, "address", faults);
            return host is null || port is not (>= 1 and <= 65_535) ? null : new(host, port.Value, null);
        }

        if (address is not null || port is not null) faults.Add("url", "contradiction", "Set url, or address and port, not both.");
        return OfUrl(url, faults);
    }

    private static EndpointAddress? OfUrl(string url, Faults faults)
    {
        var colon = url.IndexOf("://", StringComparison.Ordinal);
        if (colon <= 0 || url.Length > 2048 || url.AsSpan().ContainsAnyInRange('\0', ' '))
        {
            faults.Add("url", "not-a-url", "This is not a valid URL; write it as http://host:port, grpc://host:port or tcp://host:port.");
            return null;
        }

        MeshProtocol? protocol = url[..colon].ToLowerInvariant() switch { "http" => MeshProtocol.Http, "grpc" => MeshProtocol.Grpc,
            "tcp" => MeshProtocol.Tcp, _ => null };
        if (protocol is null)
            faults.Add("url", "unknown-protocol", $"'{Shortened(url[..colon])}' is not a scheme of an instance; use http, grpc or tcp.");
        var rest = url.AsSpan(colon + 3);
        var end = rest.IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest : rest[..end];
        var tail = end < 0 ? default : rest[end..];
        if (tail is not ("" or "/"))
        {
            if (tail[0] == '/' && tail.Length > 1 && tail[1] is not ('?' or '#'))
                faults.Add("url", "url-with-path", "An instance's URL has no path; requests bring their own.");
            if (tail.Contains('?')) faults.Add("url", "url-with-query", "An instance's URL has no query.");
            if (tail.Contains('#')) faults.Add("url", "url-with-fragment", "An instance's URL has no fragment.");
        }

        var at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            faults.Add("url", "url-with-credentials", "A URL with user name or password would show them to everybody; leave them out.");
            authority = authority[(at + 1)..];
        }

        var (hostText, portText) = Split(authority);
        var host = HostOf(hostText.ToString(), "url", faults);
        var port = 0;
        if (portText.IsEmpty)
        {
            if (protocol is null or MeshProtocol.Http) port = HttpPort;
            else faults.Add("url", "missing-port", $"A URL with the scheme {url[..colon]} needs a port.");
        }
        else if (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65_535)
        {
            faults.Add("url", "out-of-range", $"'{Shortened(portText.ToString())}' is not a valid port; it may be 1 to 65535.");
            port = 0;
        }

        return host is null || port == 0 ? null : new(host, port, protocol);
    }

    private static SpanPair Split(ReadOnlySpan<char> authority)
    {
        var bracket = authority.LastIndexOf(']');
        var colon = authority.LastIndexOf(':');
        return colon <= bracket
            ? new(authority, default)
            : new(authority[..colon], authority[(colon + 1)..] is { IsEmpty: false } port ? port : "0");
    }

    private static string? HostOf(string text, string field, Faults faults)
    {
        if (text is ['[', .. var inner, ']']) text = inner;
        else if (field == "url" && text.Contains(':')) text = "";
        if (text.Contains(':'))
        {
            if (IPAddress.TryParse(text, out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6
                && !text.AsSpan().ContainsAny('%', '[', '/')) return Usable(v6, field, faults);
        }
        else if (text.Length > 0 && text.AsSpan().IndexOfAnyExcept("0123456789.") < 0)
        {
            if (text.Count(c => c == '.') == 3 && IPAddress.TryParse(text, out var v4) && v4.ToString() == text)
                return Usable(v4, field, faults);
        }
        else if (text.Length is > 0 and <= MaxHostLength && text.ToLowerInvariant() is var host
            && host.Split('.').All(label => Labels.IsDnsLabel(label))
            && !IPAddress.TryParse(host, out _)) // '0x1f' and the like: a label to us, 0.0.0.31 to every resolver
        {
            return host;
        }

        faults.Add(field, "not-an-address", $"'{Shortened(text)}' is neither an IP address nor a host name.");
        return null;
    }

    private static string? Usable(IPAddress address, string field, Faults faults)
    {
        if (!address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) && !address.Equals(IPAddress.Broadcast)
            && !address.IsIPv6Multicast
            && !(address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] is >= 224 and <= 239))
            return address.ToString();
        faults.Add(field, "not-reachable",
            $"{address} is not the address of one instance: nobody can connect to it. Register the address that others reach it at.");
        return null;
    }

    private static string Shortened(string text) => text.Length <= 80 ? text : text[..80] + "…";

    private readonly ref struct SpanPair(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        private readonly ReadOnlySpan<char> _first = first;
        private readonly ReadOnlySpan<char> _second = second;

        public void Deconstruct(out ReadOnlySpan<char> first, out ReadOnlySpan<char> second)
        {
            first = _first;
            second = _second;
        }
    }
}
