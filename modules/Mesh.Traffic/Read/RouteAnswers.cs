using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Traffic.State;
using Mesh.Traffic.Xds;

namespace Mesh.Traffic.Read;

/// <summary>
/// Routes as REST and gRPC show them: by namespace and service, and within a service in the order in which they are tried.
/// </summary>
internal static class RouteAnswers
{
    /// <summary>All that the filter lets through.</summary>
    public static RouteListAnswer ToList(MeshState state, RouteFilter filter) => new()
    {
        Sequence = state.Sequence,
        Items = [.. filter.Apply(state.Facts<TrafficState>()).SelectMany(traffic => Of(traffic, state))],
    };

    /// <summary>One route; null if there is none.</summary>
    public static RouteAnswer? Find(MeshState state, ServiceKey key, string route) =>
        state.Facts<TrafficState>().Find(key) is { } traffic ? Of(traffic, state).FirstOrDefault(answer => answer.Name == route) : null;

    /// <summary>All routes of the state, for people.</summary>
    public static IReadOnlyList<RouteAnswer> All(TrafficState traffic) =>
        [.. traffic.Services.OrderBy(service => service.Key).SelectMany(service => Of(service, null))];

    private static IEnumerable<RouteAnswer> Of(ServiceTraffic service, MeshState? state)
    {
        var catalog = state?.TryFacts<IServiceCatalog>();
        var order = 0;
        foreach (var route in service.InOrder)
        {
            order++;
            string[] unresolved = catalog is null
                ? []
                : [.. route.Targets.Where(to => !Subsets.IsServed(to, catalog, state!)).Select(to => to.Cluster)];
            yield return new RouteAnswer(route.Spec)
            {
                Order = order,
                Revision = route.Version,
                Unresolved = unresolved.Length == 0 ? null : unresolved,
            };
        }
    }
}
