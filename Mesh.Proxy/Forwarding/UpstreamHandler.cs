using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Forwarding;

/// <summary>The platform's client as everything that goes out of this process uses it: nothing is followed, kept, decompressed or sent a second time.</summary>
internal static class UpstreamHandler
{
    // A peer whose machine is gone is noticed within 90 s. Servers count HTTP/2 pings and end connections for them (gRPC's allow one in
    // five minutes); these probes are the kernels' business.
    private const int ProbeAfterSeconds = 60;
    private const int ProbeEverySeconds = 10;
    private const int Probes = 3;

    /// <summary>A client with connections of its own.</summary>
    /// <param name="connectTimeout">How long making one may take.</param>
    /// <param name="idleConnection">How long an unused one is kept.</param>
    public static HttpMessageInvoker New(TimeSpan connectTimeout, TimeSpan idleConnection) => new(new SendsOnce(new PromptBodies(new UpstreamGate(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        EnableMultipleHttp2Connections = true,
        // Trace headers are the exchange's business; a span for this hop would cost more than the hop.
        ActivityHeadersPropagator = null,
        ConnectTimeout = connectTimeout,
        PooledConnectionIdleTimeout = idleConnection,
        ConnectCallback = Connect,
        RequestHeaderEncodingSelector = Sending.Writes,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    }))));

    private static async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Sending.Connects(context.InitialRequestMessage);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, ProbeAfterSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeEverySeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Begins each request's attempt.</summary>
    private sealed class SendsOnce(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Sending.Begin(request);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
