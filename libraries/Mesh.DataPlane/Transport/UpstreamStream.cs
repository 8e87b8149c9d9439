using System.Net.Sockets;
using Mesh.DataPlane.Connections;

namespace Mesh.DataPlane.Transport;

/// <summary>A plaintext connection to an endpoint that notices what <see cref="BodyWrites"/> looks for. Flow step 9.</summary>
internal sealed class UpstreamStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        new UpstreamStream(await ProbedSocket.DialAsync(context, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        BodyWrites.Further is { } sending
            ? WriteFurtherAsync(sending, buffer, cancellationToken)
            : base.WriteAsync(buffer, cancellationToken);

    private async ValueTask WriteFurtherAsync(Sending sending, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            BodyWrites.Look(Socket, sending);
            await base.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            sending.NoteInterruption();
            throw;
        }
    }
}
