using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Transport;
using Mesh.Proxy.Forwarding;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Tcp;

/// <summary>
/// Connects to an endpoint of a service, to another one where the first cannot be reached, as far as the service's circuit breaker lets
/// connections in. Flow step 9.
/// </summary>
internal sealed class TcpConnector(ConfigState config, OwnPorts ports, IOptions<GatewayOptions> options, TimeProvider time,
    ILogger<TcpConnector> logger, IClientIdentity? identity = null)
{
    private readonly int _maxAttempts = options.Value.MaxAttempts;
    private readonly EndpointAvoidance _avoidance = new(options.Value.AvoidFor, time, logger);

    /// <summary>
    /// A connection to a cluster of a service, or why there is none. A client that has ended its side already still waits for an answer, so
    /// nothing but the time to connect ends this.
    /// </summary>
    /// <param name="service">The service.</param>
    /// <param name="clusterName">Its cluster.</param>
    /// <param name="way">The ports of this process that the client's connection has come in by: no endpoint may be one of them.</param>
    public async ValueTask<TcpAttempt> ConnectAsync(string service, string clusterName, IPEndPoint[] way)
    {
        var tried = new List<EndpointState>();
        var loops = 0;
        while (true)
        {
            var cluster = config.Snapshot.Clusters.Find(clusterName);
            var now = time.GetTimestamp();
            var endpoint = tried.Count >= _maxAttempts
                ? null
                : cluster?.PickerAt(now).Pick(CollectionsMarshal.AsSpan(tried), now, (ulong)Random.Shared.NextInt64());
            if (endpoint is null)
                return None(service, clusterName, cluster, tried, loops);

            var own = await OwnPortAsync(endpoint.State.Address, way);
            if (own is not null && way.Contains(own))
            {
                // It is there, and nothing is wrong with it: it is nobody's failure.
                loops++;
                tried.Add(endpoint.State);
                continue;
            }

            var certificate = endpoint.Tls is null ? null : identity?.Current;
            if (endpoint.Tls is not null && certificate is null)
                return new TcpAttempt(null, GatewayRefusal.NoCertificate,
                    $"Service '{service}' takes only mutual TLS, and this proxy has no valid certificate of the mesh.");

            // Made before anything is counted: a process that has no more files or ports fails here.
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            var remembered = own is null ? null : ports.Remember(socket, way);
            // A connection that would have to wait for another one to end might wait for ever: it is rejected instead.
            var limits = cluster!.Config.Breakers is { LimitsRequests: true } breakers ? breakers with { MaxPending = 0 } : null;
            if (limits is not null
                && await cluster.State.Gate.EnterAsync(limits, ownConnection: true, CancellationToken.None) != Overflow.None)
            {
                remembered?.Dispose();
                socket.Dispose();
                return new TcpAttempt(null, GatewayRefusal.Overflow,
                    $"Service '{service}' has as many connections as its circuit breaker allows.");
            }

            endpoint.State.Begin();
            var upstream = new TcpUpstream(socket, cluster, endpoint, limits, endpoint.State.Address, tried.Count + 1)
            {
                Remembered = remembered,
            };
            var begun = time.GetTimestamp();
            var fault = await DialAsync(upstream.Socket, endpoint.State.Address, cluster.Config.ConnectTimeout);
            if (fault is null && certificate is not null)
                (upstream, fault) = await GreetAsync(upstream, certificate, cluster.Config.ConnectTimeout - time.GetElapsedTime(begun));
            if (cluster.Config.Outliers is { } outliers)
                cluster.State.Outliers.Report(outliers, cluster.Endpoints, endpoint.State,
                    fault is null ? AttemptOutcome.Success : AttemptOutcome.GatewayFailure);
            if (fault is null)
            {
                endpoint.State.Reached();
                return new TcpAttempt(upstream, null, "");
            }

            upstream.Dispose();
            _avoidance.Avoid(endpoint.State, fault);
            tried.Add(endpoint.State);
        }
    }

    /// <summary>Connects a socket to <c>host:port</c>; what was wrong, or null.</summary>
    public async ValueTask<string?> DialAsync(Socket socket, string address, TimeSpan timeout)
    {
        if (!TryRead(address, out var host, out var port))
            return "it is not host:port";
        using var late = new CancellationTokenSource(timeout, time);
        try
        {
            if (IPEndPoint.TryParse(address, out var ip))
                await socket.ConnectAsync(ip, late.Token);
            else
                await socket.ConnectAsync(host, port, late.Token);
            return null;
        }
        catch (SocketException e)
        {
            return e.Message;
        }
        catch (ArgumentException)
        {
            return "it is not host:port";
        }
        catch (OperationCanceledException)
        {
            return $"no connection within {timeout.TotalSeconds} s";
        }
    }

    private async Task<(TcpUpstream Upstream, string? Fault)> GreetAsync(
        TcpUpstream upstream, IClientCertificate certificate, TimeSpan timeout)
    {
        using var late = new CancellationTokenSource(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, time);
        var address = upstream.Address;
        try
        {
            var tls = await TlsGreeting.GreetAsync(upstream.Socket, address[..address.LastIndexOf(':')].Trim('[', ']'), certificate,
                upstream.Endpoint!.Tls!, late.Token);
            return (upstream with { Tls = tls }, null);
        }
        catch (ClientSafeException refused)
        {
            return (upstream, refused.Message);
        }
        catch (OperationCanceledException)
        {
            return (upstream, $"no TLS handshake within the {upstream.Cluster!.Config.ConnectTimeout.TotalSeconds} s for connecting");
        }
    }

    /// <summary>The port of this process that passes bytes at an address, or null.</summary>
    public ValueTask<IPEndPoint?> OwnPortAsync(string address, IPEndPoint[] way) =>
        TryRead(address, out var host, out var port) ? ports.AtAsync(host.Trim('[', ']'), port, way) : default;

    // An address may be what a client has written.
    private static bool TryRead(string address, out string host, out ushort port)
    {
        var colon = address.LastIndexOf(':');
        host = colon < 1 ? "" : address[..colon];
        return ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port != 0
            && host.Length > 0;
    }

    private static TcpAttempt None(string service, string clusterName, ClusterSnapshot? cluster, List<EndpointState> tried, int loops)
    {
        if (loops > 0 && loops == tried.Count)
        {
            return new(null, GatewayRefusal.Loop,
                $"Service '{service}' leads back to a port of this proxy on which the connection arrived "
                    + $"({string.Join(", ", tried.Select(e => e.Address))}). " +
                "Register the service's own address in its place.");
        }

        if (tried.Count > 0)
            return new(null, GatewayRefusal.Unreachable,
                $"No endpoint of service '{service}' can be reached; tried {string.Join(", ", tried.Select(e => e.Address))}.");
        return new(null, GatewayRefusal.NoEndpoint, cluster is { Endpoints.Count: > 0 }
            ? $"None of the {cluster.Endpoints.Count} endpoints of '{clusterName}' is healthy."
            : $"Service '{service}' has no endpoint.");
    }
}
