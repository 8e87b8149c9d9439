using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Mesh.DataPlane.Configuration;
using Mesh.Proxy.Forwarding;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Tcp;

/// <summary>
/// Serves connections whose bytes go to a service as they are. The endpoint is chosen once: whatever the configuration becomes, an
/// established connection stays. Flow step 9.
/// </summary>
internal sealed class TcpSessions(
    ConfigState config, ServiceLookup lookup, TcpConnector connector, OwnPorts ports, TcpMetrics metrics, IOptions<TcpOptions> tcp,
    IOptions<GatewayOptions> options, TimeProvider time,
    ILogger<TcpSessions> logger)
{
    private readonly bool _accessLog = options.Value.AccessLog;

    /// <summary>Serves a connection to a port of a service.</summary>
    public async Task ServeAsync(ConnectionContext client, string service)
    {
        var attempt = await OpenAsync(service, ports.WayOf(client));
        if (attempt.Upstream is { } upstream)
            await CarryAsync(client, upstream, service);
        else
            Refuse(client, service, attempt);
    }

    /// <summary>Serves a connection to one address.</summary>
    public async Task ServeFixedAsync(ConnectionContext client, string service, string address)
    {
        var attempt = await OpenFixedAsync(address, ports.WayOf(client));
        if (attempt.Upstream is { } upstream)
            await CarryAsync(client, upstream, service);
        else
            Refuse(client, service, attempt);
    }

    /// <summary>A connection to a service, or why there is none.</summary>
    /// <param name="service">The service.</param>
    /// <param name="way">The ports that the client's connection has come in by, as far as they pass bytes.</param>
    public async ValueTask<TcpAttempt> OpenAsync(string service, params IPEndPoint[] way)
    {
        if ((config.Snapshot.Listeners.Find(service) ?? (await lookup.AskAsync(service)).Listeners.Find(service)) is { } listener)
            return await connector.ConnectAsync(service, listener.TcpCluster ?? service, way);
        return config.Confirmed
            ? new TcpAttempt(null, GatewayRefusal.UnknownService, $"There is no service '{service}' in the mesh.")
            : new TcpAttempt(null, GatewayRefusal.NotReady, "No control plane has confirmed the configuration yet.");
    }

    /// <summary>A connection to an address, or why there is none.</summary>
    /// <param name="address">The address.</param>
    /// <param name="way">The ports that the client's connection has come in by, as far as they pass bytes.</param>
    public async ValueTask<TcpAttempt> OpenFixedAsync(string address, params IPEndPoint[] way)
    {
        if (await connector.OwnPortAsync(address, way) is { } own && way.Contains(own))
            return new TcpAttempt(null, GatewayRefusal.Loop,
                $"{address} is the port on which the connection arrived; set the address of the application.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (await connector.DialAsync(socket, address, TimeSpan.FromSeconds(5)) is not { } fault)
            return new TcpAttempt(new TcpUpstream(socket, null, null, null, address, 1), null, "");
        socket.Dispose();
        return new TcpAttempt(null, GatewayRefusal.Unreachable, $"{address} cannot be reached: {fault}.");
    }

    /// <summary>Carries bytes until both sides have ended.</summary>
    public async Task CarryAsync(ConnectionContext client, TcpUpstream upstream, string service)
    {
        var begun = Stopwatch.GetTimestamp();
        metrics.Opened(service);
        using (upstream)
        {
            using var relay = new TcpRelay(client, upstream.End, tcp.Value.IdleTimeout, time);
            await relay.RunAsync();
            metrics.Ended(service, relay.Up, relay.Down);
            if (_accessLog)
            {
                logger.Session(
                    client.RemoteEndPoint?.ToString() ?? "", service, upstream.Address, upstream.Attempts, relay.Up, relay.Down, relay.End,
                    Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
        }
    }

    /// <summary>A connection was refused.</summary>
    public void Count(string service, TcpAttempt attempt)
    {
        metrics.Refused(service, attempt.Refusal!.Reason);
        if (_accessLog)
            logger.Refused(service, attempt.Refusal.Reason, attempt.Detail);
    }

    private void Refuse(ConnectionContext client, string service, TcpAttempt attempt)
    {
        Count(service, attempt);
        client.Abort(new ConnectionAbortedException(attempt.Detail));
    }
}
