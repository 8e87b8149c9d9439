using Mesh.Contracts.Discovery;
using Mesh.Kernel.Catalog;
using Mesh.Xds.Resources;

namespace Mesh.Kernel.Xds;

/// <summary>What the catalogue knows of instances, as the compiler needs it. Flow step 6.</summary>
public static class CatalogEndpoints
{
    /// <summary>
    /// The addresses of instances, of a whole service or of a subset of it. A host name counts with the addresses it was resolved to, which
    /// share its weight.
    /// </summary>
    public static IEnumerable<XdsEndpoint> Of(IEnumerable<InstanceView> instances) =>
        from instance in instances
        from address in instance.Addresses
        select new XdsEndpoint(
            address, instance.Port, (uint)Math.Max(1, instance.Weight / instance.Addresses.Length), instance.Zone, instance.Id,
            instance.Version,
            Wire(instance.Protocol), instance.Health == HealthState.Warning)
        {
            TakesTls = instance.Metadata.GetValueOrDefault(TransportSockets.TlsLabel) == "true",
        };

    /// <summary>The protocol as resources name it.</summary>
    public static string Wire(MeshProtocol protocol) => protocol switch
    {
        MeshProtocol.Grpc => "grpc",
        MeshProtocol.Tcp => "tcp",
        _ => "http",
    };
}
