using System.Net.Security;
using Mesh.DataPlane.Balancing;

namespace Mesh.DataPlane.Transport;

/// <summary>This data plane's own identity, by which it makes connections of mutual TLS.</summary>
public interface IClientIdentity
{
    /// <summary>The certificate that is valid now; null where there is none.</summary>
    IClientCertificate? Current { get; }
}

/// <summary>A certificate of this data plane. Connections that were made by another one are not used for new requests.</summary>
public interface IClientCertificate
{
    /// <summary>How to greet an endpoint, without the protocols that are spoken inside.</summary>
    /// <param name="host">The host that is dialled, for SNI; it says nothing about who answers.</param>
    /// <param name="tls">Who may answer.</param>
    /// <param name="refused">Hears why an endpoint was refused, in words that a client may read, such as "its certificate is of another
    /// service".</param>
    SslClientAuthenticationOptions OptionsFor(string host, UpstreamTls tls, Action<string> refused);
}
