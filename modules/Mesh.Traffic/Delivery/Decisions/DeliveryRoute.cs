using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Traffic.Routes;
using Mesh.Traffic.State;
using Mesh.Traffic.Xds;

namespace Mesh.Traffic.Delivery.Decisions;

/// <summary>
/// The route that a delivery sets, in the command that decides the delivery (Flow step 2): what the log says of the delivery and what the
/// route says are one.
/// </summary>
internal static class DeliveryRoute
{
    /// <summary>The event, and the route with exactly these destinations.</summary>
    public static Decision Lead(MeshState state, ServiceKey key, string route, NewEvent e, DeliveryAnswer answer,
        params ReadOnlySpan<(Destination To, int Weight)> to)
    {
        var destinations = new SortedDictionary<string, DestinationSpec>(StringComparer.Ordinal);
        foreach (var (destination, weight) in to)
        {
            destinations[destination.Cluster] = new DestinationSpec
            {
                Service = destination.Service.Name,
                Namespace = destination.Service.Namespace == key.Namespace ? null : destination.Service.Namespace,
                Subset = destination.Subset,
                Weight = weight,
            };
        }

        return Set(state, key, route, e, answer, [.. destinations.Values]);
    }

    /// <summary>The same with destinations in normal form.</summary>
    public static Decision Set(MeshState state, ServiceKey key, string route, NewEvent e, DeliveryAnswer answer,
        IReadOnlyList<DestinationSpec> destinations)
    {
        var present = Find(state, key, route) ?? new RouteSpec { Namespace = key.Namespace, Service = key.Name, Name = route };
        var set = RouteChange.Set(state, present with { Destinations = destinations }, byDelivery: true);
        return set.Refusal is { } refusal ? Decision.Rejected(refusal) : Decision.Changed([e, .. set.Events], answer);
    }

    /// <summary>The route, or null.</summary>
    public static RouteSpec? Find(MeshState state, ServiceKey key, string route) =>
        state.Facts<TrafficState>().Find(key)?.Routes.GetValueOrDefault(route)?.Spec;

    /// <summary>Why a delivery cannot set the destinations of this route; null if it can.</summary>
    public static Refusal? RefuseUnsuitable(ServiceKey key, string name, RouteSpec? route)
    {
        if (route is null)
            return name == RouteChange.Default
                ? null
                : Refusal.Of(RefusalKind.NotFound, "route", "unknown-route",
                    $"{key} has no route '{name}'. Only the route '{RouteChange.Default}' is created automatically.");
        return route.Destinations is null
            ? Refusal.Of(RefusalKind.Conflict, "route", "no-destinations",
                $"Route '{name}' of {key} has a fixed response and no destinations. Set it again, or name another route.")
            : null;
    }

    /// <summary>Where requests go now, those with weight 0 left out; empty where there is no route.</summary>
    public static IReadOnlyList<Destination> Leads(RouteSpec? route) =>
        [.. (route?.Destinations ?? []).Where(destination => destination.Weight > 0)
            .Select(destination => Destination.Of(destination, route!.Namespace))];

    /// <summary>
    /// Whether anybody serves the destination who may be sent requests now. Without facts about services nobody can be said to be missing.
    /// </summary>
    public static bool IsServed(MeshState state, Destination destination)
    {
        if (state.TryFacts<IServiceCatalog>() is not { } catalog) return true;
        if (catalog.Find(destination.Service) is not { } service) return false;
        var policy = state.Facts<TrafficState>().Find(destination.Service)?.Policy?.Spec;
        IEnumerable<InstanceView> instances = destination.Subset is null
            ? service.Instances
            : Subsets.Of(service, destination.Subset, policy);
        return instances.Any(instance => instance.Routable);
    }

    /// <summary>What to say where nobody serves it.</summary>
    public static Problem NotServed(string field, Destination destination) =>
        new(field, "not-served",
            $"No instance serves {destination.Cluster} that may be sent requests. Register one first, or look at its health.");
}
