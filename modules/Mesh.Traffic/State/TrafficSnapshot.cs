using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Traffic.Delivery.State;

namespace Mesh.Traffic.State;

/// <summary>
/// Traffic's part of a state snapshot: one length-prefixed JSON object for each service, in the order of their keys, so that equal states are
/// equal bytes.
/// </summary>
internal static class TrafficSnapshot
{
    public static void Save(TrafficState state, Stream target)
    {
        Span<byte> length = stackalloc byte[4];
        foreach (var service in state.Services.OrderBy(service => service.Key))
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(SavedTraffic.Of(service), SnapshotJson.Default.SavedTraffic);
            BinaryPrimitives.WriteInt32BigEndian(length, json.Length);
            target.Write(length);
            target.Write(json);
        }
    }

    public static TrafficState Load(Stream source)
    {
        var state = TrafficState.Empty;
        Span<byte> length = stackalloc byte[4];
        while (source.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) == length.Length)
        {
            var json = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            source.ReadExactly(json);
            state = state.With((JsonSerializer.Deserialize(json, SnapshotJson.Default.SavedTraffic) ?? throw new JsonException("A service is null.")).ToState());
        }

        return state;
    }
}

internal sealed record SavedRoute(RouteSpec Spec, long Version);

internal sealed record SavedPolicy(TrafficPolicySpec Spec, long Version);

internal sealed record SavedCanary(CanarySpec Spec, long Id, CanaryPhase Phase, int Step, DateTimeOffset Since, IReadOnlyList<CanaryStepAnswer> History);

internal sealed record SavedDelivery(SavedCanary? Canary, SwitchState? Switch, long Version)
{
    public static SavedDelivery Of(DeliveryState delivery) => new(
        delivery.Canary is { } canary ? new SavedCanary(canary.Spec, canary.Id, canary.Phase, canary.Step, canary.Since, canary.History) : null, delivery.Switch, delivery.Version);

    public DeliveryState ToState() => new(
        Canary is { } canary ? new CanaryState(canary.Spec, canary.Id, canary.Phase, canary.Step, canary.Since, canary.History) : null, Switch, Version);
}

internal sealed record SavedTraffic(string Namespace, string Name, IReadOnlyList<SavedRoute> Routes, SavedPolicy? Policy, SavedDelivery? Delivery, RolloutState? Rollout)
{
    public static SavedTraffic Of(ServiceTraffic service) => new(
        service.Key.Namespace, service.Key.Name, [.. service.Routes.Values.Select(route => new SavedRoute(route.Spec, route.Version))],
        service.Policy is { } policy ? new SavedPolicy(policy.Spec, policy.Version) : null, service.Delivery is { } delivery ? SavedDelivery.Of(delivery) : null, service.Rollout);

    public ServiceTraffic ToState() => new()
    {
        Key = new ServiceKey(Namespace, Name),
        Routes = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, Routes.Select(route => KeyValuePair.Create(route.Spec.Name, new RouteState(route.Spec, route.Version)))),
        Rollout = Rollout,
        Policy = Policy is null ? null : new PolicyState(Policy.Spec, Policy.Version),
        Delivery = Delivery?.ToState(),
    };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SavedTraffic))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
