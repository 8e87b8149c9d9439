using System.Globalization;
using System.Text.Json;
using Mesh.Contracts.Rest;
using Mesh.Contracts.V1;
using Mesh.Kernel.Log;

namespace Mesh.Kernel.Reconciling.DeadLetters;

/// <summary>Dead letters in the Registry's database, beside the log: they are an operator's matter, not a fact of the mesh.</summary>
public sealed class DeadLetterStore(ILogStore store, TimeProvider time)
{
    private const string Prefix = "dead-letter/";

    // Beside the letters, not in them: noting one that was replayed meanwhile must not bring it back.
    private const string MirroredPrefix = "dead-letter-mirrored/";

    /// <summary>Every dead letter, oldest first.</summary>
    public async ValueTask<IReadOnlyList<DeadLetterRecord>> ListAsync(CancellationToken cancellationToken)
    {
        var values = await store.ListValuesAsync(Prefix, cancellationToken).ConfigureAwait(false);
        var mirrored = (await store.ListValuesAsync(MirroredPrefix, cancellationToken).ConfigureAwait(false)).ToDictionary(
            pair => pair.Key[MirroredPrefix.Length..], pair => pair.Value);
        return [
            .. values.Select(pair => Read(pair.Value)).Select(letter => Marked(letter, mirrored.GetValueOrDefault(letter.Id)))
                .OrderBy(letter => letter.ParkedAt).ThenBy(letter => letter.Id, StringComparer.Ordinal)];
    }

    /// <summary>One, or null.</summary>
    public async ValueTask<DeadLetterRecord?> FindAsync(string id, CancellationToken cancellationToken) =>
        await store.GetValueAsync(Prefix + id, cancellationToken).ConfigureAwait(false) is { } value
            ? Marked(Read(value), await store.GetValueAsync(MirroredPrefix + id, cancellationToken).ConfigureAwait(false))
            : null;

    /// <summary>Keeps a letter, unless its key is parked already.</summary>
    /// <returns>The letter that is kept now, and whether it is new.</returns>
    public async ValueTask<(DeadLetterRecord Letter, bool Added)> ParkAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        var record = DeadLetterMessages.Record(letter, time.GetUtcNow());
        if (await FindAsync(record.Id, cancellationToken).ConfigureAwait(false) is { } known) return (known, false);
        await WriteAsync(record, cancellationToken).ConfigureAwait(false);
        return (record, true);
    }

    /// <summary>Notes that a letter stands in Kafka; one replayed meanwhile stays away.</summary>
    public ValueTask SetMirroredAsync(DeadLetterRecord letter, CancellationToken cancellationToken) =>
        store.SetValueAsync(MirroredPrefix + letter.Id, MarkOf(letter), cancellationToken);

    /// <summary>Takes a letter away; null if there is none.</summary>
    public async ValueTask<DeadLetterRecord?> ReplayAsync(string id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken).ConfigureAwait(false) is not { } letter) return null;
        await store.SetValueAsync(Prefix + id, null, cancellationToken).ConfigureAwait(false);
        await store.SetValueAsync(MirroredPrefix + id, null, cancellationToken).ConfigureAwait(false);
        return letter;
    }

    private ValueTask WriteAsync(DeadLetterRecord letter, CancellationToken cancellationToken) =>
        store.SetValueAsync(Prefix + letter.Id, JsonSerializer.Serialize(letter, DeadLetterJson.Default.DeadLetterRecord),
            cancellationToken);

    // The mark names the moment, so that a mark of an earlier letter of the same key counts for nothing.
    private static string MarkOf(DeadLetterRecord letter) => letter.ParkedAt.UtcTicks.ToString(CultureInfo.InvariantCulture);

    private static DeadLetterRecord Marked(DeadLetterRecord letter, string? mark) =>
        mark == MarkOf(letter) ? letter with { Mirrored = true } : letter;

    private static DeadLetterRecord Read(string json) =>
        JsonSerializer.Deserialize(json, DeadLetterJson.Default.DeadLetterRecord)
            ?? throw new JsonException("A dead letter in the database is null.");
}
