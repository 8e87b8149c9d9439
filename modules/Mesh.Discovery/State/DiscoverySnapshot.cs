using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Contracts.Discovery;
using Mesh.Kernel.Catalog;

namespace Mesh.Discovery.State;

/// <summary>
/// Discovery's part of a state snapshot: one length-prefixed JSON object for each service, in the order of their keys, so that equal states
/// are equal bytes.
/// </summary>
internal static class DiscoverySnapshot
{
    public static void Save(DiscoveryState state, Stream target)
    {
        Span<byte> length = stackalloc byte[4];
        foreach (var service in state.All.OrderBy(service => service.Key))
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(SavedService.Of(service), SnapshotJson.Default.SavedService);
            BinaryPrimitives.WriteInt32BigEndian(length, json.Length);
            target.Write(length);
            target.Write(json);
        }
    }

    public static DiscoveryState Load(Stream source)
    {
        var state = DiscoveryState.Empty;
        Span<byte> length = stackalloc byte[4];
        while (source.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) == length.Length)
        {
            var json = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            source.ReadExactly(json);
            state = state.With((JsonSerializer.Deserialize(json, SnapshotJson.Default.SavedService) ?? throw new JsonException("A service is null.")).ToState());
        }

        return state;
    }
}

internal sealed record SavedInstance(InstanceSpec Spec, long Incarnation, long Version, long FirstSequence, InstanceStatus Status);

internal sealed record SavedService(
    string Namespace, string Name, long Version, ServiceSettings? Settings, ImmutableArray<string> DefaultsOf, ImmutableArray<SavedInstance> Instances)
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
