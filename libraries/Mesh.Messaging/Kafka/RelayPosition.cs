using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Kernel.Log;

namespace Mesh.Messaging.Kafka;

/// <summary>
/// How far the log has been published and who does it, kept in the log's own database so that it is restored together with it.
/// </summary>
/// <param name="Sequence">Everything up to here was acknowledged by the broker.</param>
/// <param name="Owner">The relaying Registry (<c>machine/pid/random</c>); null where it has stopped in good order.</param>
/// <param name="Beat">Counts up with every write: an owner whose beat stands still is dead.</param>
/// <param name="LogId">
/// The log that the sequence is of; of another one nothing has been published. Null where an older build wrote it: of this one.
/// </param>
internal sealed record RelayPosition(long Sequence, string? Owner, long Beat, Guid? LogId = null)
{
    /// <summary>Key in <see cref="ILogStore.GetValueAsync"/>.</summary>
    public const string Key = "relay/position";

    /// <summary>How far the log <paramref name="log"/> has been published.</summary>
    public long SequenceIn(LogIdentity log) => LogId is { } id && id != log.LogId ? 0 : Sequence;

    public static async ValueTask<RelayPosition?> LoadAsync(ILogStore store, CancellationToken cancellationToken) =>
        await store.GetValueAsync(Key, cancellationToken).ConfigureAwait(false) is { } text
            ? JsonSerializer.Deserialize(text, RelayJson.Default.RelayPosition)
            : null;

    public ValueTask SaveAsync(ILogStore store, CancellationToken cancellationToken) =>
        store.SetValueAsync(Key, JsonSerializer.Serialize(this, RelayJson.Default.RelayPosition), cancellationToken);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(RelayPosition))]
internal sealed partial class RelayJson : JsonSerializerContext;
