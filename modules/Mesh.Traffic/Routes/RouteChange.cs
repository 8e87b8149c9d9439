using System.Text.Json;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.Decisions;
using Mesh.Traffic.Rules;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Routes;

/// <summary>What all commands that set a route decide alike (Flow step 2): limits, conflicts, and whether it is so already.</summary>
internal static class RouteChange
{
    public const string Default = "default";

    /// <summary>The route as <paramref name="wanted"/>. Where a canary runs on it, its destinations are the canary's to set.</summary>
    public static Decision Set(MeshState state, RouteSpec wanted, bool byDelivery = false)
    {
        var key = new ServiceKey(wanted.Namespace, wanted.Service);
        var traffic = state.Facts<TrafficState>();
        var service = traffic.Find(key);
        var present = service?.Routes.GetValueOrDefault(wanted.Name);
        if (present is not null && IsSame(present.Spec, wanted)) return Decision.Unchanged(Answer(state, wanted, present.Version));
        if (!byDelivery && CanaryHold.Of(service, wanted.Name, wanted) is { } held) return Decision.Rejected(held);
        if (ConflictOf(service, new RouteState(wanted, 0)) is { } conflict) return Decision.Rejected(conflict);
        if (present is null && LimitReached(traffic, service, key) is { } limit) return Decision.Rejected(limit);
        var stream = TrafficStreams.Route(key, wanted.Name);
        return Decision.Changed([NewEvent.Of(stream, new RouteSet(wanted))], Answer(state, wanted, state.Stream(stream).Version + 1));
    }

    /// <summary>The route gone, unless a canary runs on it.</summary>
    public static Decision Remove(MeshState state, RouteSpec present) =>
        CanaryHold.Of(state.Facts<TrafficState>().Find(new(present.Namespace, present.Service)), present.Name, null) is { } held
            ? Decision.Rejected(held)
            : Removed(present);

    private static Decision Removed(RouteSpec present) => Decision.Changed(
        [NewEvent.Of(TrafficStreams.Route(new(present.Namespace, present.Service), present.Name),
            new RouteRemoved(present.Namespace, present.Service, present.Name))],
        new TrafficAnswer { Route = present.Name });

    public static TrafficAnswer Answer(MeshState state, RouteSpec route, long version) =>
        new()
        {
            Route = route.Name,
            Destinations = route.Destinations?.Count ?? 0,
            Version = version,
            Warnings = GrpcGaps.Of(state, route),
        };

    // Both are in normal form, so what is equal is equal as JSON.
    private static bool IsSame(RouteSpec one, RouteSpec other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, TrafficJson.Default.RouteSpec).AsSpan()
            .SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, TrafficJson.Default.RouteSpec));

    /// <summary>
    /// The routes that take the same as <paramref name="wanted"/> at its priority, so that one of them would never be used; null for none.
    /// </summary>
    public static Refusal? ConflictOf(ServiceTraffic? service, RouteState wanted)
    {
        if (service is null) return null;
        var problems = new List<Problem>();
        foreach (var other in service.Routes.Values)
        {
            if (other.Name == wanted.Name || other.Spec.Priority != wanted.Spec.Priority) continue;
            foreach (var rule in wanted.Rules)
            {
                if (!other.Rules.Any(there => there.Identity == rule.Identity)) continue;
                problems.Add(new Problem(rule.Match is null ? "match" : $"match[{rule.Index}]", "conflict",
                    $"Routes '{wanted.Name}' and '{other.Name}' of {service.Key} take the same requests at priority "
                        + $"{wanted.Spec.Priority}, so one of them would never be used. Give one another priority or match, or change "
                        + $"'{other.Name}'."));
            }
        }

        return problems.Count == 0 ? null : new Refusal(RefusalKind.Conflict, problems);
    }

    private static Refusal? LimitReached(TrafficState traffic, ServiceTraffic? service, ServiceKey key)
    {
        if (service is not null && service.Routes.Count >= TrafficLimits.RoutesPerService)
            return Refusal.Of(RefusalKind.LimitReached, "name", "limit-reached",
                $"Service {key} has {service.Routes.Count} routes, the limit. Remove some.");
        return traffic.Use(key.Namespace).Routes >= TrafficLimits.RoutesPerNamespace
            ? Refusal.Of(RefusalKind.LimitReached, "name", "limit-reached",
                $"Namespace {key.Namespace} holds {TrafficLimits.RoutesPerNamespace} routes, the limit. Remove some.")
            : null;
    }
}
