using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;

namespace Notices;

/// <summary>A service has a notice from now on.</summary>
public sealed record NoticeSet(string Namespace, string Service, string Text) : IMeshEvent<NoticeSet>
{
    /// <inheritdoc/>
    public static string EventType => "samples.notices.notice-set.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<NoticeSet> JsonType => NoticesJson.Default.NoticeSet;
}

/// <summary>A worker has found the service that a notice is for.</summary>
public sealed record NoticeConfirmed(string Namespace, string Service) : IMeshEvent<NoticeConfirmed>
{
    /// <inheritdoc/>
    public static string EventType => "samples.notices.notice-confirmed.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<NoticeConfirmed> JsonType => NoticesJson.Default.NoticeConfirmed;
}

/// <summary>One notice.</summary>
public sealed record NoticeItem(string Namespace, string Service, string Text, bool Confirmed)
{
    /// <summary>The service that it is for.</summary>
    [JsonIgnore]
    public ServiceKey Key => new(Namespace, Service);
}

/// <summary>All notices at one position of the log. Immutable.</summary>
public sealed record NoticesState(ImmutableSortedDictionary<ServiceKey, NoticeItem> All) : IStateJson
{
    /// <summary>Before any event.</summary>
    public static NoticesState Empty { get; } = new(ImmutableSortedDictionary<ServiceKey, NoticeItem>.Empty);

    /// <summary>The notices of a state; none before there is any.</summary>
    public static NoticesState Of(MeshState state) => state.TryFacts<NoticesState>() ?? Empty;

    /// <summary>The stream of a service's notice.</summary>
    public static string StreamOf(ServiceKey key) => $"notices/{key.Namespace}/{key.Name}";

    /// <summary>The service that a stream speaks of; null if it is none of these.</summary>
    public static ServiceKey? KeyOf(string stream) =>
        stream.Split('/') is ["notices", var @namespace, var name] ? new(@namespace, name) : null;

    void IStateJson.WriteTo(Utf8JsonWriter writer) =>
        JsonSerializer.Serialize(writer, All.Values.ToList(), NoticesJson.Default.ListNoticeItem);
}

/// <summary>What the events mean.</summary>
public sealed class NoticesFold : ModuleFold<NoticesState>
{
    /// <summary>The fold.</summary>
    public NoticesFold()
    {
        On<NoticeSet>(
            (state, _, set) => new(state.All.SetItem(new(set.Namespace, set.Service), new(set.Namespace, set.Service, set.Text, false))));
        On<NoticeConfirmed>(
            (state, _,
                confirmed) => new ServiceKey(confirmed.Namespace, confirmed.Service) is var key
                    && state.All.TryGetValue(key, out var notice)
            ? new(state.All.SetItem(key, notice with { Confirmed = true }))
            : state);
    }

    /// <inheritdoc/>
    public override string Module => "notices";

    /// <inheritdoc/>
    public override int SchemaVersion => 1;

    /// <inheritdoc/>
    public override NoticesState Empty => NoticesState.Empty;

    /// <inheritdoc/>
    public override void Save(NoticesState state, Stream target) =>
        JsonSerializer.Serialize(target, state.All.Values.ToList(), NoticesJson.Default.ListNoticeItem);

    /// <inheritdoc/>
    public override NoticesState Load(Stream source) =>
        new((JsonSerializer.Deserialize(source, NoticesJson.Default.ListNoticeItem) ?? []).ToImmutableSortedDictionary(notice => notice.Key,
            notice => notice));
}

/// <summary>JSON of events, state and answers.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(NoticeSet))]
[JsonSerializable(typeof(NoticeConfirmed))]
[JsonSerializable(typeof(List<NoticeItem>))]
[JsonSerializable(typeof(NoticeAnswer))]
[JsonSerializable(typeof(NoticeResult))]
public sealed partial class NoticesJson : JsonSerializerContext;
