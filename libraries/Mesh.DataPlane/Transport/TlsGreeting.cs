using System.Net.Security;
using System.Net.Sockets;
using Mesh.DataPlane.Balancing;

namespace Mesh.DataPlane.Transport;

/// <summary>Mutual TLS over connections that are not a cluster's: of bytes that are not HTTP, and of probes. Flow step 9.</summary>
public static class TlsGreeting
{
    /// <summary>Greets an endpoint over a connected socket, which is closed with the stream, and where it fails.</summary>
    /// <param name="socket">Connected to the endpoint.</param>
    /// <param name="host">The host that was dialled.</param>
    /// <param name="certificate">This data plane's own.</param>
    /// <param name="tls">Who may answer.</param>
    /// <param name="cancellationToken">Ends the handshake.</param>
    /// <param name="inside">The protocol that is spoken inside (ALPN), or null for bytes.</param>
    /// <exception cref="ClientSafeException">The endpoint is not who it should be, or does not speak TLS.</exception>
    public static Task<SslStream> GreetAsync(
        Socket socket, string host, IClientCertificate certificate, UpstreamTls tls, CancellationToken cancellationToken,
        SslApplicationProtocol? inside = null) =>
        UpstreamTlsStream.GreetAsync(socket, host, certificate, tls, inside, cancellationToken);
}
