using System.Net.Security;
using System.Net.Sockets;

namespace Mesh.Proxy.Tcp;

/// <summary>One side of a relay: a socket, or TLS over it. Its end of sending can be told while it still receives.</summary>
/// <param name="socket">The socket.</param>
/// <param name="tls">TLS over it, or null.</param>
internal readonly struct RelayEnd(Socket socket, SslStream? tls)
{
    /// <summary>Sends all of it.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (tls is not null)
        {
            await tls.WriteAsync(bytes, cancellationToken);
            return;
        }

        for (var sent = 0; sent < bytes.Length;)
            sent += await socket.SendAsync(bytes[sent..], cancellationToken);
    }

    /// <summary>Receives some; 0 at the end.</summary>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        tls is null ? socket.ReceiveAsync(buffer, cancellationToken) : tls.ReadAsync(buffer, cancellationToken);

    /// <summary>Tells the other side that nothing more is sent: a FIN, or a <c>close_notify</c> (RFC 8446 §6.1).</summary>
    public async ValueTask EndAsync()
    {
        if (tls is null)
            socket.Shutdown(SocketShutdown.Send);
        else
            await tls.ShutdownAsync();
    }
}
