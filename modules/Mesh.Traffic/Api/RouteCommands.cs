using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Routes;
using Mesh.Traffic.Rules;

namespace Mesh.Traffic.Api;

/// <summary>Which command a request means; the same for REST and gRPC (Flow step 1).</summary>
internal static class RouteCommands
{
    /// <summary>A whole route, or destinations beside those that the route <c>default</c> has.</summary>
    public static ICommand Set(RouteDemand demand, Precondition? precondition) => demand.OnlyDestinations
        ? new AddDestination(new(demand.Route.Namespace, demand.Route.Service), [.. demand.Route.Destinations!]) { Precondition = precondition }
        : new SetRoute(demand.Route) { Precondition = precondition };

    /// <summary>A route by its name, or one destination of the route <c>default</c>; null, with a fault, if neither or both are set.</summary>
    public static ICommand? Remove(ServiceKey key, string? name, string? destination, Precondition? precondition, Faults faults)
    {
        if (name is null == destination is null)
        {
            if (name is null) faults.Add("name", "missing", "Set 'name' to remove a route, or 'destination' to remove it from the route 'default'.");
            else faults.Add("destination", "contradiction", "Set 'name' or 'destination', not both: a destination is removed from the route 'default'.");
            return null;
        }

        if (name is not null) return Labels.Read(name, "name", null, faults) is { } route ? new RemoveRoute(key, route) { Precondition = precondition } : null;
        return DestinationText.Read(destination, key.Namespace ?? ServiceKey.DefaultNamespace, "destination", faults) is { } to
            ? new RemoveDestination(key, to) { Precondition = precondition }
            : null;
    }
}
