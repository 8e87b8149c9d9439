using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Delivery.Decisions;

/// <summary>
/// While a canary runs, the destinations of its route are set by its steps only: everything else of the route may be changed.
/// </summary>
internal static class CanaryHold
{
    /// <summary>The refusal; null where no canary has anything against it.</summary>
    /// <param name="service">The service as it is.</param>
    /// <param name="route">The route that is changed.</param>
    /// <param name="wanted">What it is to become; null to remove it.</param>
    public static Refusal? Of(ServiceTraffic? service, string route, RouteSpec? wanted)
    {
        if (service?.Delivery?.Running is not { } canary || canary.Spec.Route != route) return null;
        var present = service.Routes.GetValueOrDefault(route)?.Spec;
        if (wanted is not null && present is not null && AreSame(wanted.Destinations, present.Destinations)) return null;
        return Refusal.Of(RefusalKind.Conflict, wanted is null ? "name" : "destinations", "canary-running",
            $"Canary {canary} runs on route '{route}' of {service.Key} and sets its destinations. End it first (canary promote or "
                + "abort), or leave the destinations as they are.");
    }

    private static bool AreSame(IReadOnlyList<DestinationSpec>? one, IReadOnlyList<DestinationSpec>? other) =>
        (one ?? []).SequenceEqual(other ?? []);
}
