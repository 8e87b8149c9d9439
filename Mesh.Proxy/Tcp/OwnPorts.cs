using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Mesh.ServiceDefaults.Listening;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Tcp;

/// <summary>
/// The ports of this process that pass bytes. An endpoint that is the one a connection has come in by would have it come in again, and
/// again, until there are no more descriptors: bytes carry no count of hops as a request does. Flow step 9.
/// </summary>
internal sealed class OwnPorts(IEnumerable<RawListener> listeners, TimeProvider time)
{
    private static readonly TimeSpan LookUpTime = TimeSpan.FromSeconds(5);

    // To ask the system for its addresses takes longer than to connect; services often have the port number of their listener here.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    private readonly IPEndPoint[] _own = [.. listeners.Select(listener => listener.Address)];

    // By the port that they come from: connections that this process has made to ports of its own, and what they came in by before.
    private readonly ConcurrentDictionary<int, IPEndPoint[]> _inside = new();
    private volatile Addresses? _addresses;

    /// <summary>
    /// The ports that a connection has come in by: the one it is at, and those before where this process has made it itself.
    /// </summary>
    public IPEndPoint[] WayOf(ConnectionContext client)
    {
        if (client.LocalEndPoint is not IPEndPoint local)
            return [];
        var port = Array.Find(_own, own => own.Port == local.Port && (IsAny(own.Address) || own.Address.Equals(Plain(local.Address))))
            ?? local;
        return client.RemoteEndPoint is IPEndPoint remote && _inside.TryGetValue(remote.Port, out var before)
            && IsLocal(Plain(remote.Address)) ? [.. before, port] : [port];
    }

    /// <summary>The port among these, or of this process, that is at an address; null where there is none.</summary>
    public ValueTask<IPEndPoint?> AtAsync(string host, int port, IPEndPoint[] way) =>
        Array.Exists(_own, own => own.Port == port) || Array.Exists(way, own => own.Port == port)
            ? AmongAsync(_own.Concat(way), host, port)
            : default;

    private async ValueTask<IPEndPoint?> AmongAsync(IEnumerable<IPEndPoint> all, string host, int port)
    {
        var addresses = IPAddress.TryParse(host, out var one) ? [one] : await ResolveAsync(host);
        return all.FirstOrDefault(own => own.Port == port && addresses.Any(address => Covers(own.Address, Plain(address))));
    }

    /// <summary>Remembers by what a connection has come in that goes to a port of this process, until that is disposed of.</summary>
    public IDisposable Remember(Socket socket, IPEndPoint[] way)
    {
        // Its port has to be known before the other side can see it.
        socket.Bind(new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0));
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        _inside[port] = way;
        return new Entry(_inside, port);
    }

    private bool Covers(IPAddress own, IPAddress address)
    {
        if (own.Equals(IPAddress.Any) && address.AddressFamily != AddressFamily.InterNetwork)
            return false;
        return IsAny(own) ? IsLocal(address) : Plain(own).Equals(address);
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    // To connect to "any" is to connect to oneself.
    private static IPAddress Plain(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.Equals(IPAddress.Any) ? IPAddress.Loopback : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : address;
    }

    private bool IsLocal(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
            return true;
        if (_addresses is not { } known || time.GetElapsedTime(known.At) > Fresh)
        {
            _addresses = known = new Addresses(
                [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(network => network.GetIPProperties().UnicastAddresses)
                    .Select(own => own.Address)], time.GetTimestamp());
        }

        return known.Own.Contains(address);
    }

    private async Task<IPAddress[]> ResolveAsync(string host)
    {
        using var late = new CancellationTokenSource(LookUpTime, time);
        try
        {
            return await Dns.GetHostAddressesAsync(host, late.Token);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or OperationCanceledException)
        {
            // To connect there fails alike, and says why.
            return [];
        }
    }

    private sealed record Addresses(HashSet<IPAddress> Own, long At);

    private sealed class Entry(ConcurrentDictionary<int, IPEndPoint[]> inside, int port) : IDisposable
    {
        public void Dispose() => inside.TryRemove(port, out _);
    }
}
