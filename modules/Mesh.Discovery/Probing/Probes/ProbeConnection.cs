using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Discovery.Probing.Probes;

/// <summary>Connects to the addresses of a target itself: probes neither look names up nor go through a proxy.</summary>
internal static class ProbeConnection
{
    /// <summary>A connected socket, to the first address that accepts.</summary>
    /// <exception cref="SocketException">None did.</exception>
    public static async ValueTask<Socket> OpenAsync(ImmutableArray<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(addresses[i], port, cancellationToken).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException) when (i + 1 < addresses.Length)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    /// <summary>A handler for one target or many: nothing is followed, kept, decompressed or drained.</summary>
    public static SocketsHttpHandler NewHandler(Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        PooledConnectionLifetime = TimeSpan.Zero,
        MaxResponseHeadersLength = 64,
        MaxResponseDrainSize = 0,
        ResponseDrainTimeout = TimeSpan.Zero,
        ActivityHeadersPropagator = null,
        ConnectCallback = connect,
    };
}
