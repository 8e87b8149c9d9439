using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.State;

namespace Mesh.Traffic.State;

/// <summary>
/// Traffic's part of a state snapshot: one JSON object for each service, in the order of their keys, so that equal states are
/// equal bytes.
/// </summary>
internal static class TrafficSnapshot
{
    public static void Save(TrafficState state, Stream target) =>
        SnapshotRecords.Save(state.Services.OrderBy(service => service.Key).Select(SavedTraffic.Of), target,
            SnapshotJson.Default.SavedTraffic);

    public static TrafficState Load(Stream source) =>
        SnapshotRecords.Load(source, SnapshotJson.Default.SavedTraffic)
            .Aggregate(TrafficState.Empty, (state, service) => state.With(service.ToState()));
}

internal sealed record SavedRoute(RouteSpec Spec, long Version);

internal sealed record SavedPolicy(TrafficPolicySpec Spec, long Version);

internal sealed record SavedCanary(CanarySpec Spec, long Id, CanaryPhase Phase, int Step, DateTimeOffset Since,
    IReadOnlyList<CanaryStepAnswer> History);

internal sealed record SavedDelivery(SavedCanary? Canary, SwitchState? Switch, long Version)
{
    public static SavedDelivery Of(DeliveryState delivery) => new(
        delivery.Canary is { } canary
            ? new SavedCanary(canary.Spec, canary.Id, canary.Phase, canary.Step, canary.Since, canary.History)
            : null, delivery.Switch, delivery.Version);

    public DeliveryState ToState() => new(
        Canary is { } canary ? new CanaryState(canary.Spec, canary.Id, canary.Phase, canary.Step, canary.Since, canary.History) : null,
        Switch, Version);
}

internal sealed record SavedTraffic(string Namespace, string Name, IReadOnlyList<SavedRoute> Routes, SavedPolicy? Policy,
    SavedDelivery? Delivery, RolloutState? Rollout)
{
    public static SavedTraffic Of(ServiceTraffic service) => new(
        service.Key.Namespace, service.Key.Name, [.. service.Routes.Values.Select(route => new SavedRoute(route.Spec, route.Version))],
        service.Policy is { } policy ? new SavedPolicy(policy.Spec, policy.Version) : null,
        service.Delivery is { } delivery ? SavedDelivery.Of(delivery) : null, service.Rollout);

    public ServiceTraffic ToState() => new()
    {
        Key = new ServiceKey(Namespace, Name),
        Routes = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal,
            Routes.Select(route => KeyValuePair.Create(route.Spec.Name, new RouteState(route.Spec, route.Version)))),
        Rollout = Rollout,
        Policy = Policy is null ? null : new PolicyState(Policy.Spec, Policy.Version),
        Delivery = Delivery?.ToState(),
    };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SavedTraffic))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
