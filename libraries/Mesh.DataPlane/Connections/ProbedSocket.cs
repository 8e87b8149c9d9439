using System.Net.Sockets;

namespace Mesh.DataPlane.Connections;

/// <summary>
/// Connections to servers of others, on which the kernels see to it that a machine that is gone is noticed within 90 s. HTTP/2 pings would
/// do so too, but servers count them: gRPC's end a connection for a third one within five minutes (gRFC A8).
/// </summary>
public static class ProbedSocket
{
    private const int ProbeAfterSeconds = 60;
    private const int ProbeEverySeconds = 10;
    private const int Probes = 3;

    /// <summary>
    /// For <see cref="SocketsHttpHandler.ConnectCallback"/> of HTTP/2 alone, where what the server said before a reset is not lost:
    /// <see cref="LastWordsStream"/>.
    /// </summary>
    public static async ValueTask<Stream> ConnectForHttp2Async(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        new LastWordsStream(await DialAsync(context, cancellationToken).ConfigureAwait(false));

    /// <summary>The connection alone.</summary>
    internal static async Task<Socket> DialAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, ProbeAfterSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeEverySeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
