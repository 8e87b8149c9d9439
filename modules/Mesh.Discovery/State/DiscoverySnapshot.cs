using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Contracts.Discovery;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;

namespace Mesh.Discovery.State;

/// <summary>
/// Discovery's part of a state snapshot: one JSON object for each service, in the order of their keys, so that equal states
/// are equal bytes.
/// </summary>
internal static class DiscoverySnapshot
{
    public static void Save(DiscoveryState state, Stream target) =>
        SnapshotRecords.Save(state.All.OrderBy(service => service.Key).Select(SavedService.Of), target, SnapshotJson.Default.SavedService);

    public static DiscoveryState Load(Stream source) =>
        SnapshotRecords.Load(source, SnapshotJson.Default.SavedService)
            .Aggregate(DiscoveryState.Empty, (state, service) => state.With(service.ToState()));
}

internal sealed record SavedInstance(InstanceSpec Spec, long Incarnation, long Version, long FirstSequence, InstanceStatus Status);

internal sealed record SavedService(
    string Namespace, string Name, long Version, ServiceSettings? Settings, ImmutableArray<string> DefaultsOf,
    ImmutableArray<SavedInstance> Instances)
{
    public static SavedService Of(ServiceState service) => new(
        service.Key.Namespace, service.Key.Name, service.Version, service.Settings, service.DefaultsOf,
        ImmutableArray.CreateRange(service.Instances, i => new SavedInstance(i.Spec, i.Incarnation, i.Version, i.FirstSequence, i.Status)));

    public ServiceState ToState() => new()
    {
        Key = new ServiceKey(Namespace, Name),
        Version = Version,
        Settings = Settings,
        DefaultsOf = DefaultsOf,
        Instances = ImmutableArray.CreateRange(Instances, i => new InstanceState
        {
            Spec = i.Spec, Incarnation = i.Incarnation, Version = i.Version, FirstSequence = i.FirstSequence, Status = i.Status,
        }),
    };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SavedService))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
