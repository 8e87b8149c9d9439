namespace Mesh.Kernel.Catalog;

/// <summary>
/// How connections to the instances of a service are made, for modules that make some. Offered by the state of the module that knows.
/// </summary>
public interface IInstanceSecurity
{
    /// <summary>Whom an instance must show itself to be in mutual TLS; null for plaintext.</summary>
    /// <param name="service">The service.</param>
    /// <param name="takesTls">Whether the instance carries the label <c>mesh.tls=true</c>.</param>
    InstancePeer? PeerOf(ServiceKey service, bool takesTls);
}

/// <summary>The other end of a connection of mutual TLS.</summary>
/// <param name="SpiffeId">The SPIFFE id that it must show.</param>
/// <param name="IsStrict">Whether it takes nothing else; else it takes plaintext too.</param>
public sealed record InstancePeer(string SpiffeId, bool IsStrict);
