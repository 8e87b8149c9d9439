using System.Net.Sockets;

namespace Mesh.DataPlane.Connections;

/// <summary>
/// A connection whose end the reader learns, never the writer. A server that resets a connection often has said why just before (a GOAWAY),
/// and that is still in the socket when a write meets the reset; the platform's client gives the connection up with the first failed write
/// and reads no more. Here such a write does nothing: what was sent before the reset is read, and then the end.
/// </summary>
/// <remarks>Only for HTTP/2, where the reader always reads: elsewhere one that only writes would never learn of the end.</remarks>
internal sealed class LastWordsStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await base.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
            when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted
                or SocketError.Shutdown })
        {
            // The read that is waiting, or the next one, comes to the end and says so.
        }
    }
}
