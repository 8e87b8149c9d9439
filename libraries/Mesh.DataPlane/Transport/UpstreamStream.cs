using System.Net.Sockets;
using Mesh.DataPlane.Connections;

namespace Mesh.DataPlane.Transport;

/// <summary>
/// A connection to an endpoint that looks, before each further part of a request's body is written, whether the endpoint has already ended
/// the connection or answered. The platform's client gathers small parts and reads nothing before the whole body is written, so that by the
/// time it notices nobody could tell whether the endpoint had the whole request. Flow step 9.
/// </summary>
internal sealed class UpstreamStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    // A connection serves one request after the other, and does not know them. Writes run in the flow of whoever sends.
    private static readonly AsyncLocal<Sending?> Writer = new();

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        new UpstreamStream(await ProbedSocket.DialAsync(context, cancellationToken).ConfigureAwait(false));

    /// <summary>What the caller's asynchronous flow writes from now on belongs to an attempt.</summary>
    public static void WritesAreOf(Sending sending) => Writer.Value = sending;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        Writer.Value is { } sending && sending.NoteWrite()
            ? WriteFurtherAsync(sending, buffer, cancellationToken)
            : base.WriteAsync(buffer, cancellationToken);

    private async ValueTask WriteFurtherAsync(Sending sending, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            // There is something to read, or the end.
            if (Socket.Poll(0, SelectMode.SelectRead))
                sending.NoteInterruption();
            await base.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            sending.NoteInterruption();
            throw;
        }
    }
}
