using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Xds;

/// <summary>
/// Which instances a subset has: those that its policy's selector finds, else those of the version that it is named after.
/// </summary>
internal static class Subsets
{
    /// <summary>The instances of a subset, whatever their health.</summary>
    public static IEnumerable<InstanceView> Of(ServiceView service, string subset, TrafficPolicySpec? policy)
    {
        var named = policy?.Subsets?.FirstOrDefault(one => one.Name == subset);
        return named is null
            ? service.Instances.Where(instance => instance.Version == subset)
            : service.Instances.Where(
                instance => named.Selector.All(
                    wanted => instance.Metadata.TryGetValue(wanted.Key, out var value) && value == wanted.Value));
    }

    /// <summary>Whether a destination has any instance, whatever its health.</summary>
    public static bool IsServed(Destination destination, IServiceCatalog catalog, MeshState state)
    {
        if (catalog.Find(destination.Service) is not { } service) return false;
        return destination.Subset is null
            ? !service.Instances.IsEmpty
            : Of(service, destination.Subset, state.Facts<TrafficState>().Find(destination.Service)?.Policy?.Spec).Any();
    }
}
