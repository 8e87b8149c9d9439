using System.Net.Sockets;
using System.Text;
using Mesh.DataPlane.Requests;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Tcp;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.WebUtilities;

namespace Mesh.Proxy.Sidecar;

/// <summary>
/// Answers <c>CONNECT service:port</c> (RFC 9110 §9.3.6) as the first request of a connection. Bytes for a service that speaks tcp are
/// passed on. HTTP inside a tunnel is served like any other request, so that routes and policies hold for it; TLS, which would hide it,
/// ends with an alert. Flow step 9.
/// </summary>
/// <remarks>
/// It stands before the web server, which knows no tunnels over HTTP/1.1. Connections that begin with anything else only pass here.
/// </remarks>
internal sealed class ConnectTunnels
{
    private const string Established = "HTTP/1.1 200 Connection established\r\n\r\n";
    private static readonly byte[] Connect = "CONNECT "u8.ToArray();
    // The type of the record that holds a ClientHello (RFC 8446 §5.1). No HTTP request begins with it.
    private static readonly byte[] Handshake = [0x16];
    // A fatal access_denied (RFC 8446 §6), which a TLS client names to whoever reads its error.
    private static readonly byte[] Denied = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x31];
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private ConnectionDelegate? _http1;
    private ConnectionDelegate? _http2;

    /// <summary>Puts this before HTTP/1.1, and remembers where HTTP/2 is served.</summary>
    public void Use(ListenOptions options)
    {
        var services = options.ApplicationServices;
        var first = options.Protocols == HttpProtocols.Http1;
        options.Use(next =>
        {
            if (!first)
                return _http2 = next;
            _http1 = next;
            return connection => ServeAsync(connection, services.GetRequiredService<OutboundServices>(),
                services.GetRequiredService<TcpSessions>());
        });
    }

    private async Task ServeAsync(ConnectionContext connection, OutboundServices services, TcpSessions sessions)
    {
        using var first = new FirstBytes(connection, Patience);
        if (!await first.StartWithAsync(Connect))
        {
            await _http1!(connection);
            return;
        }

        if (await first.HeadAsync() is not { } head)
        {
            await RefuseAsync(
                connection, GatewayRefusal.BadTunnel, "", "The head of the CONNECT request is not whole, or longer than 16 KB.");
            return;
        }

        if (head.Split(' ') is not [_, var authority, "HTTP/1.1" or "HTTP/1.0"] || HeadSyntax.FaultOfTunnel(authority) is not null)
        {
            await RefuseAsync(connection, GatewayRefusal.BadTunnel, "",
                "A CONNECT request names a host and a port: CONNECT service:port HTTP/1.1.");
            return;
        }

        var read = OutboundHost.Read(authority);
        var found = read.Service is null ? default : await services.FindAsync(read.Service);
        var isOutside = read.Service is null || (found.Refusal == GatewayRefusal.UnknownService && !read.IsMesh);
        if (found.Listener is null && isOutside && services.Outside == OutsidePolicy.Pass)
            await CarryAsync(connection, authority, await sessions.OpenFixedAsync(authority), sessions);
        else if (read.Service is null)
            await RefuseAsync(connection, GatewayRefusal.Outside, authority, OutboundServices.OutsideDetail(authority));
        else if (found.Listener is not { } listener)
            await RefuseAsync(connection, found.Refusal!, read.Service, found.Detail);
        else if (listener.Hosts is null)
            await CarryAsync(connection, listener.Name, await sessions.OpenAsync(listener.Name), sessions);
        else
            await InsideAsync(connection, first, listener.Name, sessions);
    }

    private async Task InsideAsync(ConnectionContext connection, FirstBytes first, string service, TcpSessions sessions)
    {
        if (!await SendAsync(connection, Established))
            return;
        if (await first.StartWithAsync(Preface))
        {
            await _http2!(connection);
        }
        else if (await first.StartWithAsync(Handshake))
        {
            // The tunnel has been promised, so this is all that can still be said to the client.
            await SendAsync(connection, Denied);
            sessions.Count(service, new TcpAttempt(null, GatewayRefusal.TlsInside,
                $"'{service}' speaks HTTP, and its routes and policies cannot see into TLS. Call it without TLS, or register it with "
                    + "the protocol tcp."));
        }
        else
        {
            await _http1!(connection);
        }
    }

    private static async Task CarryAsync(ConnectionContext connection, string service, TcpAttempt attempt, TcpSessions sessions)
    {
        if (attempt.Upstream is { } upstream)
        {
            // A client that has left meanwhile leaves neither the connection nor its place behind.
            if (await SendAsync(connection, Established))
                await sessions.CarryAsync(connection, upstream, service);
            else
                upstream.Dispose();
            return;
        }

        sessions.Count(service, attempt);
        await RefuseAsync(connection, attempt.Refusal!, service, attempt.Detail);
    }

    private static Task RefuseAsync(ConnectionContext connection, GatewayRefusal refusal, string service, string detail)
    {
        var problem = Answers.Problem(refusal, service, detail);
        return SendAsync(connection,
            $"HTTP/1.1 {refusal.Status} {ReasonPhrases.GetReasonPhrase(refusal.Status)}\r\nContent-Type: application/problem+json\r\n" +
            $"Content-Length: {Encoding.UTF8.GetByteCount(problem)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{problem}");
    }

    /// <summary>Tells the client; false if it has left.</summary>
    private static Task<bool> SendAsync(ConnectionContext connection, string text) => SendAsync(connection, Encoding.UTF8.GetBytes(text));

    private static async Task<bool> SendAsync(ConnectionContext connection, byte[] bytes)
    {
        var socket = TcpRelay.SocketOf(connection);
        try
        {
            for (var sent = 0; sent < bytes.Length;)
                sent += await socket.SendAsync(bytes.AsMemory(sent));
            return true;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
