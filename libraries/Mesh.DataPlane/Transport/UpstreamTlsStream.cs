using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Connections;

namespace Mesh.DataPlane.Transport;

/// <summary>
/// A connection of mutual TLS to an endpoint that notices what <see cref="BodyWrites"/> looks for. It is made here and not by the
/// platform's client, which would offer each server both HTTP versions, or the one that its handler began with. Flow step 9.
/// </summary>
internal sealed class UpstreamTlsStream : SslStream
{
    private readonly Socket _socket;

    private UpstreamTlsStream(Socket socket) : base(new NetworkStream(socket, ownsSocket: true)) => _socket = socket;

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="UpstreamTlsException">The endpoint is not who it should be, or does not speak TLS.</exception>
    public static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, IClientCertificate certificate, UpstreamTls tls, CancellationToken cancellationToken)
    {
        var socket = await ProbedSocket.DialAsync(context, cancellationToken).ConfigureAwait(false);
        // Kestrel and gRPC's servers choose the version by it, and nothing else is offered than what will be spoken.
        var isHttp2 = context.InitialRequestMessage.Version == HttpVersion.Version20;
        return await GreetAsync(socket, context.DnsEndPoint.Host, certificate, tls,
            isHttp2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>TLS over a connected socket, which is closed with the stream, and where it fails.</summary>
    /// <param name="socket">Connected to the endpoint.</param>
    /// <param name="host">The host that was dialled.</param>
    /// <param name="certificate">This data plane's own.</param>
    /// <param name="tls">Who may answer.</param>
    /// <param name="inside">The protocol that is spoken inside, or null for bytes.</param>
    /// <param name="cancellationToken">Ends the handshake.</param>
    /// <exception cref="UpstreamTlsException">The endpoint is not who it should be, or does not speak TLS.</exception>
    public static async Task<SslStream> GreetAsync(Socket socket, string host, IClientCertificate certificate, UpstreamTls tls,
        SslApplicationProtocol? inside, CancellationToken cancellationToken)
    {
        var refused = default(string);
        var stream = new UpstreamTlsStream(socket);
        try
        {
            var options = certificate.OptionsFor(host, tls, why => refused = why);
            if (inside is { } protocol)
                options.ApplicationProtocols = [protocol];
            await stream.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch (Exception failure)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (failure is AuthenticationException or IOException)
                throw new UpstreamTlsException(refused ?? "the TLS handshake with it failed");
            throw;
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        BodyWrites.Further is { } sending
            ? WriteFurtherAsync(sending, buffer, cancellationToken)
            : base.WriteAsync(buffer, cancellationToken);

    private async ValueTask WriteFurtherAsync(Sending sending, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            BodyWrites.Look(_socket, sending);
            await base.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            sending.NoteInterruption();
            throw;
        }
    }
}
