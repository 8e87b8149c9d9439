using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mesh.Kernel.Settings;
using Microsoft.Extensions.Configuration;

namespace Mesh.ServiceDefaults.Listening;

/// <summary>
/// Where a host listens, by ASP.NET's own settings: <c>urls</c> (<c>ASPNETCORE_URLS</c>, <c>--urls</c>), else <c>HTTP_PORTS</c>
/// (all interfaces, as in a container), else the default port on loopback.
/// </summary>
internal static class ListenAddresses
{
    private static readonly char[] Separators = [';', ','];

    public static IReadOnlyList<IPEndPoint> Of(IConfiguration configuration, int defaultPort)
    {
        if (configuration["urls"] is { Length: > 0 } urls)
            return [.. Split(urls).SelectMany(url => OfUrl(url, "ASPNETCORE_URLS"))];
        if (configuration["http_ports"] is { Length: > 0 } ports)
            return [.. Split(ports).Select(port => new IPEndPoint(Everywhere, PortOf(port, "HTTP_PORTS")))];
        return [new IPEndPoint(IPAddress.Loopback, defaultPort)];
    }

    /// <summary>The same for a further listener that is configured by one variable holding a port or URLs.</summary>
    /// <param name="configuration">The host's.</param>
    /// <param name="variable">The variable's name, with colons between its parts.</param>
    /// <param name="defaultPort">The port on loopback without it.</param>
    public static IReadOnlyList<IPEndPoint> OfVariable(IConfiguration configuration, string variable, int defaultPort) =>
        OfValue(configuration[variable], variable.Replace(":", "__", StringComparison.Ordinal), defaultPort);

    private static IReadOnlyList<IPEndPoint> OfValue(string? value, string name, int defaultPort) => value switch
    {
        null or "" => [new IPEndPoint(IPAddress.Loopback, defaultPort)],
        _ when value.Contains("://", StringComparison.Ordinal) => [.. Split(value).SelectMany(url => OfUrl(url, name))],
        _ => [new IPEndPoint(IPAddress.Loopback, PortOf(value, name))],
    };

    private static IPAddress Everywhere => Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;

    private static string[] Split(string list) =>
        list.Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static IEnumerable<IPEndPoint> OfUrl(string url, string name)
    {
        // '+' and '*' are legal here and nowhere else, so Uri would refuse them.
        if (!Uri.TryCreate(url.Replace("://*", "://0.0.0.0").Replace("://+", "://0.0.0.0"), UriKind.Absolute, out var uri)
            || uri.PathAndQuery != "/")
            throw new SettingException($"'{url}' in {name} is not an address to listen on; write it as http://127.0.0.1:7400.");
        if (uri.Scheme != Uri.UriSchemeHttp)
            throw new SettingException(
                $"'{url}' in {name}: this host listens on cleartext http only (HTTP/1.1 and HTTP/2 on one port); put http:// there.");
        if (url.Contains("://*", StringComparison.Ordinal) || url.Contains("://+", StringComparison.Ordinal))
            return [new IPEndPoint(Everywhere, uri.Port)];
        if (IPAddress.TryParse(uri.DnsSafeHost, out var address))
            return [new IPEndPoint(address, uri.Port)];
        if (!uri.IsLoopback)
            return [new IPEndPoint(Everywhere, uri.Port)];
        // Port 0 twice would be two different ports.
        return uri.Port != 0 && HasIPv6Loopback()
            ? [new IPEndPoint(IPAddress.Loopback, uri.Port), new IPEndPoint(IPAddress.IPv6Loopback, uri.Port)]
            : [new IPEndPoint(IPAddress.Loopback, uri.Port)];
    }

    private static int PortOf(string text, string name) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= IPEndPoint.MaxPort
            ? port
            : throw new SettingException($"'{text}' in {name} is not a valid port (0-65535).");

    private static bool HasIPv6Loopback()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
