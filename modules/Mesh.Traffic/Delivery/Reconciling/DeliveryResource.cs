using Mesh.Kernel.Catalog;

namespace Mesh.Traffic.Delivery.Reconciling;

/// <summary>What deliveries' reconcilers look after: services, by <c>namespace/name</c>.</summary>
internal static class DeliveryResource
{
    /// <summary>The service that a resource names.</summary>
    public static ServiceKey KeyOf(string resource)
    {
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        return new ServiceKey(resource[..slash], resource[(slash + 1)..]);
    }
}
