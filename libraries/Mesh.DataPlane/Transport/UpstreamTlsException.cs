namespace Mesh.DataPlane.Transport;

/// <summary>TLS with an endpoint failed before anything of a request was sent.</summary>
/// <param name="message">Why, in words that a client may read.</param>
internal sealed class UpstreamTlsException(string message) : ClientSafeException(message);

/// <summary>An endpoint takes mutual TLS alone, and this data plane has no certificate that is valid.</summary>
internal sealed class NoCertificateException()
    : ClientSafeException("it takes only mutual TLS, and this data plane has no valid certificate of the mesh");
