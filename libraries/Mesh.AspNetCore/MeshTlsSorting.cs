using Microsoft.AspNetCore.Connections;

namespace Mesh.AspNetCore;

/// <summary>Tells connections of TLS from others by their first byte, and refuses those without where the mode says so.</summary>
internal sealed class MeshTlsSorting(Func<MeshTlsMode> mode, MeshTlsMetrics metrics, TimeProvider time)
{
    // The record that a ClientHello is in (RFC 8446 §5.1). No HTTP request begins with it.
    private const byte HandshakeRecord = 22;

    // As long as Kestrel itself waits for a handshake, and for a first request. Clients open connections in advance and say nothing on
    // them for a while, but greet a server of TLS at once.
    private static readonly TimeSpan ForTls = TimeSpan.FromSeconds(10), ForRequest = TimeSpan.FromSeconds(130);

    /// <summary>Serves a connection until it is over.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="tls">Serves one that begins with TLS.</param>
    /// <param name="plain">Serves one that does not.</param>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate tls, ConnectionDelegate plain)
    {
        if (await BeginsWithTlsAsync(connection).ConfigureAwait(false) is not { } isTls) return;
        if (isTls) await tls(connection).ConfigureAwait(false);
        else if (TakesPlaintext(connection)) await plain(connection).ConfigureAwait(false);
    }

    /// <summary>Whether a connection without TLS is taken; else it is ended. Either is counted.</summary>
    /// <param name="connection">The connection.</param>
    public bool TakesPlaintext(ConnectionContext connection)
    {
        switch (mode())
        {
            case MeshTlsMode.Disable:
                return true;
            case MeshTlsMode.Permissive:
                metrics.Plaintext();
                return true;
            default:
                metrics.Refused("plaintext");
                connection.Abort(new ConnectionAbortedException("This endpoint takes TLS of the mesh only."));
                return false;
        }
    }

    private async Task<bool?> BeginsWithTlsAsync(ConnectionContext connection)
    {
        using var late = new CancellationTokenSource(mode() == MeshTlsMode.Strict ? ForTls : ForRequest, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(late.Token, connection.ConnectionClosed);
        var input = connection.Transport.Input;
        try
        {
            var read = await input.ReadAsync(ending.Token).ConfigureAwait(false);
            var first = read.Buffer.IsEmpty ? default(byte?) : read.Buffer.FirstSpan[0];
            input.AdvanceTo(read.Buffer.Start);
            return first is { } record ? record == HandshakeRecord : null;
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            return null;
        }
    }
}
