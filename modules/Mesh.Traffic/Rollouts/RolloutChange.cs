using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Traffic.Delivery.Decisions;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Rollouts;

/// <summary>The events that make a rolled-out change the one that all clients have (Flow step 2).</summary>
internal static class RolloutChange
{
    /// <summary>What is missing; nothing where all is so already.</summary>
    public static List<NewEvent> Of(ServiceKey key, ServiceTraffic service, RolloutSpec rollout)
    {
        var events = new List<NewEvent>();
        foreach (var name in rollout.RemoveRoutes ?? [])
        {
            if (service.Routes.ContainsKey(name))
                events.Add(NewEvent.Of(TrafficStreams.Route(key, name), new RouteRemoved(key.Namespace, key.Name, name)));
        }

        foreach (var route in rollout.Routes ?? [])
        {
            if (!service.Routes.TryGetValue(route.Name, out var present) || !IsSame(present.Spec, route, TrafficJson.Default.RouteSpec))
                events.Add(NewEvent.Of(TrafficStreams.Route(key, route.Name), new RouteSet(route)));
        }

        if (rollout.Policy is { } policy
            && (service.Policy is null || !IsSame(service.Policy.Spec, policy, TrafficJson.Default.TrafficPolicySpec)))
            events.Add(NewEvent.Of(TrafficStreams.Policy(key), new TrafficPolicySet(policy)));
        return events;
    }

    /// <summary>A canary's word against it; null where none has any.</summary>
    public static Refusal? HeldBy(ServiceTraffic service, RolloutSpec rollout) =>
        (rollout.Routes ?? []).Select(route => CanaryHold.Of(service, route.Name, route))
            .Concat((rollout.RemoveRoutes ?? []).Where(service.Routes.ContainsKey).Select(name => CanaryHold.Of(service, name, null)))
            .OfType<Refusal>().FirstOrDefault();

    // Both are in normal form, so what is equal is equal as JSON.
    private static bool IsSame<T>(T one, T other, JsonTypeInfo<T> type) =>
        JsonSerializer.SerializeToUtf8Bytes(one, type).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, type));
}
