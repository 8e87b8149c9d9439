using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Transport;

namespace Mesh.Discovery.Probing.Probes;

/// <summary>Connects to the addresses of a target itself: probes neither look names up nor go through a proxy.</summary>
internal static class ProbeConnection
{
    /// <summary>A connection to a target: TLS where it must show who it is.</summary>
    /// <param name="target">The target.</param>
    /// <param name="identity">This worker's own, or null.</param>
    /// <param name="inside">The protocol that is spoken inside TLS.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SocketException">No address accepts.</exception>
    /// <exception cref="ClientSafeException">The target is not who it should be.</exception>
    public static async ValueTask<Stream> ConnectAsync(ProbeTarget target, IClientIdentity? identity, SslApplicationProtocol inside,
        CancellationToken cancellationToken)
    {
        var socket = await OpenAsync(target.Addresses, target.Port, cancellationToken).ConfigureAwait(false);
        return target.Peer is { } peer && identity?.Current is { } certificate
            ? await TlsGreeting.GreetAsync(socket, target.Host, certificate, new UpstreamTls([peer.SpiffeId]), cancellationToken, inside)
                .ConfigureAwait(false)
            : new NetworkStream(socket, ownsSocket: true);
    }

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
