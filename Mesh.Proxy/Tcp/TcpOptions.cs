using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using Mesh.Kernel.Settings;
using Mesh.Xds.Resources;

namespace Mesh.Proxy.Tcp;

/// <summary>Services whose bytes are passed through: configuration section <c>Mesh:Tcp</c>.</summary>
public sealed class TcpOptions
{
    /// <summary>Where these settings stand.</summary>
    public const string Section = "Mesh:Tcp";

    /// <summary>
    /// Ports and the services behind them, separated by commas: <c>5432=orders-db,127.0.0.2:6379=cache.billing</c>. Without an address a
    /// port is on loopback. <value>none</value>
    /// </summary>
    public string Listen { get; set; } = "";

    /// <summary>A connection on which nothing moves for this long is ended. <value>1 h</value></summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "7.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The listeners that <see cref="Listen"/> names.</summary>
    /// <exception cref="SettingException">It names none; the text says where and why.</exception>
    internal IReadOnlyList<TcpListenerConfig> Listeners =>
        [.. Listen.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(One)];

    private static TcpListenerConfig One(string text)
    {
        var equals = text.IndexOf('=');
        var address = equals < 0 ? "" : text[..equals].Trim();
        var service = equals < 0 ? "" : text[(equals + 1)..].Trim();
        if (!XdsNames.IsService(XdsNames.Canonical(service)) || AddressOf(address) is not { Port: > 0 } at)
            throw new SettingException($"'{text}' in Mesh__Tcp__Listen is not a port with a service; write it as 5432=orders-db.");
        return new TcpListenerConfig(at, XdsNames.Canonical(service));
    }

    private static IPEndPoint? AddressOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port <= IPEndPoint.MaxPort ? new IPEndPoint(IPAddress.Loopback, port) : null
            : IPEndPoint.TryParse(text, out var address) ? address : null;
}

/// <summary>A port and the service behind it.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="Service">The service's name on the wire.</param>
internal sealed record TcpListenerConfig(IPEndPoint Address, string Service);
