using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Policies;
using Mesh.Traffic.Routes;
using Mesh.Traffic.Rules;

namespace Mesh.Traffic.Api;

/// <summary>Which command a request means; the same for REST and gRPC (Flow step 1). Each is null where there are faults.</summary>
internal static class RouteCommands
{
    /// <summary>A route as a body or a message says it.</summary>
    public static ValidRequest<TrafficAnswer>? Set(JsonFields? fields, Faults faults) =>
        fields is not null && RouteReader.Read(fields, faults) is { } demand && !faults.Any
            ? new(new(demand.Route.Namespace, demand.Route.Service), precondition => Set(demand, precondition))
            : null;

    /// <summary>A whole route, or destinations beside those that the route <c>default</c> has.</summary>
    public static ICommand<TrafficAnswer> Set(RouteDemand demand, Precondition? precondition) => demand.OnlyDestinations
        ? new AddDestination(new(demand.Route.Namespace, demand.Route.Service), [.. demand.Route.Destinations!])
        {
            Precondition = precondition,
        }
        : new SetRoute(demand.Route) { Precondition = precondition };

    /// <summary>A route by its name, or one destination of the route <c>default</c>; a fault if neither or both are set.</summary>
    public static ValidRequest<TrafficAnswer>? Remove(ServiceKey? key, string? name, string? destination, Faults faults)
    {
        if (name is null == destination is null)
        {
            if (name is null)
                faults.Add("name", "missing", "Set 'name' to remove a route, or 'destination' to remove it from the route 'default'.");
            else
                faults.Add("destination", "contradiction",
                    "Set 'name' or 'destination', not both: a destination is removed from the route 'default'.");
            return null;
        }

        if (name is not null)
        {
            var route = Labels.Read(name, "name", null, faults);
            return route is null ? null : ValidRequest.Of<TrafficAnswer>(
                key, faults, (service, precondition) => new RemoveRoute(service, route) { Precondition = precondition });
        }

        return DestinationText.Read(destination, key?.Namespace ?? ServiceKey.DefaultNamespace, "destination", faults) is not { } to ? null
            : ValidRequest.Of<TrafficAnswer>(
                key, faults, (service, precondition) => new RemoveDestination(service, to) { Precondition = precondition });
    }

    /// <summary>The traffic policy of a service, as a body or a message says it.</summary>
    public static ValidRequest<TrafficAnswer>? SetPolicy(ServiceKey? key, JsonFields? fields, Faults faults) =>
        fields is null || PolicyReader.Read(fields, key, faults) is not { } policy ? null
            : ValidRequest.Of<TrafficAnswer>(
                key, faults, (service, precondition) => new SetTrafficPolicy(service, policy) { Precondition = precondition });

    /// <summary>A service's traffic policy, taken back.</summary>
    public static ValidRequest<TrafficAnswer>? RemovePolicy(ServiceKey? key, Faults faults) =>
        ValidRequest.Of<TrafficAnswer>(
            key, faults, (service, precondition) => new SetTrafficPolicy(service, null) { Precondition = precondition });
}
