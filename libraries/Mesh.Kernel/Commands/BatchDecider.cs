using System.Text.Json;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Commands;

/// <summary>
/// Decides one batch (Flow step 2): each command on a speculative copy of the state that already holds what the ones before it decided.
/// Nothing here is final until the batch is durable; if the head has moved, the whole is thrown away and decided again on the newer state.
/// </summary>
internal sealed class BatchDecider(StateFolder folder, MeshState known, IReadOnlyList<CommandRecord> kept, TimeProvider time)
{
    private readonly Dictionary<CommandKey, CommandRecord> _records = kept.ToDictionary(record => record.Key);
    private readonly List<LogEntry> _entries = [];
    private readonly List<CommandRecord> _newRecords = [];
    private EntryHash _hash = known.Position.Hash;

    /// <summary>The state after all commands decided so far.</summary>
    public MeshState Speculative { get; private set; } = known;

    /// <summary>What the batch appends.</summary>
    public LogBatch Batch => new(_entries, _newRecords);

    /// <summary>Decides one more command.</summary>
    public CommandOutcome Decide(PendingCommand pending)
    {
        if (pending.Envelope is not { } envelope) return new CommandOutcome { Sequence = Speculative.Sequence };
        if (pending.Key is { } key && _records.TryGetValue(key, out var record)) return Replay(envelope, record);
        if (envelope.Command.Stream is { } stream && Blocked(stream) is { } blocked) return Refused(blocked);
        if (envelope.Command.StreamsUnder is { } prefix && BlockedUnder(prefix) is { } below) return Refused(below);

        var now = time.GetUtcNow();
        if (now < Speculative.Position.Time) now = Speculative.Position.Time;
        var decision = envelope.Command.Decide(Speculative, new DecisionContext(now, envelope.Actor, Speculative.Sequence + 1));
        if (decision.Refusal is { } refusal) return Refused(refusal);
        if (decision.Events.Count == 0) return new CommandOutcome { Sequence = Speculative.Sequence, Answer = decision.Answer };
        foreach (var change in decision.Events)
        {
            if (Blocked(change.Stream) is { } refused) return Refused(refused);
        }

        return Append(pending, envelope, decision, now);
    }

    private CommandOutcome Append(PendingCommand pending, CommandEnvelope envelope, Decision decision, DateTimeOffset now)
    {
        var entries = Entries(pending, envelope, decision, now);
        var last = entries[^1];
        LogEntry? misfit = null;
        Exception? cause = null;
        var next = folder.Apply(Speculative, entries, (entry, exception) => (misfit, cause) = (entry, exception));
        if (misfit is not null)
        {
            // A decision whose own event cannot be folded is a defect: it must not reach the log and quarantine its stream everywhere.
            throw new InvalidOperationException(
                $"{envelope.Command.Name} decided {misfit.Type} on {misfit.Stream}, which cannot be folded.", cause);
        }

        Speculative = next;
        _hash = last.Hash;
        _entries.AddRange(entries);
        if (pending.Key is { } key)
        {
            var answer = decision.Answer is null || envelope.Command.AnswerType is null
                ? []
                : JsonSerializer.SerializeToUtf8Bytes(decision.Answer, envelope.Command.AnswerType);
            var record = new CommandRecord(key, envelope.RequestHash, entries[0].Sequence, last.Sequence, answer, now);
            _records[key] = record;
            _newRecords.Add(record);
        }

        return new CommandOutcome { Changed = true, Sequence = last.Sequence, Answer = decision.Answer };
    }

    private LogEntry[] Entries(PendingCommand pending, CommandEnvelope envelope, Decision decision, DateTimeOffset now)
    {
        var entries = new LogEntry[decision.Events.Count];
        var commandId = Guid.CreateVersion7(now);
        var versions = new Dictionary<string, long>(entries.Length, StringComparer.Ordinal);
        var hash = _hash;
        for (var i = 0; i < entries.Length; i++)
        {
            var change = decision.Events[i];
            var version = (versions.TryGetValue(change.Stream, out var last) ? last : Speculative.Stream(change.Stream).Version) + 1;
            versions[change.Stream] = version;
            var entry = new LogEntry
            {
                Log = Speculative.Position.Log,
                Sequence = Speculative.Sequence + 1 + i,
                Stream = change.Stream,
                StreamVersion = version,
                EventId = Guid.CreateVersion7(now),
                Type = change.Type,
                Time = now,
                Actor = envelope.Actor,
                CommandId = commandId,
                Index = i,
                Count = entries.Length,
                CausationId = envelope.CausationId,
                Depth = envelope.Depth,
                TraceParent = pending.Span?.Id ?? envelope.TraceParent,
                Data = change.Data,
                DataHash = EntryHash.OfData(change.Data.Span),
            };
            hash = EntryHash.Link(hash, entry);
            entries[i] = entry with { Hash = hash };
        }

        return entries;
    }

    private Refusal? Blocked(string stream) => Speculative.Stream(stream) switch
    {
        { Quarantine: { } why } => Refusal.Of(RefusalKind.Unavailable, "", "stream-quarantined",
            $"The stream '{stream}' is quarantined, because an entry of it could not be folded ({why}). Other streams are not affected. "
                + "Run a build that can fold it."),
        { UnknownType: { } type } => Refusal.Of(RefusalKind.Unavailable, "", "newer-log",
            $"The stream '{stream}' holds an entry of type '{type}', which this build does not know. Write through a newer build, or "
                + "load its module."),
        _ => null,
    };

    // Only a state that had to skip an entry has such streams; all others are not searched.
    private Refusal? BlockedUnder(string prefix) => Speculative.Skipped == 0 ? null : Speculative.Streams
        .Where(stream => (stream.Value.UnknownType ?? stream.Value.Quarantine) is not null
            && stream.Key.StartsWith(prefix, StringComparison.Ordinal))
        .Select(stream => stream.Key).Order(StringComparer.Ordinal).Select(Blocked).FirstOrDefault();

    private CommandOutcome Refused(Refusal refusal) => new() { Sequence = Speculative.Sequence, Refusal = refusal };

    private CommandOutcome Replay(CommandEnvelope envelope, CommandRecord record)
    {
        if (!record.RequestHash.Span.SequenceEqual(envelope.RequestHash.Span))
        {
            return Refused(Refusal.Of(RefusalKind.KeyReused, "Idempotency-Key", "key-reused",
                $"The Idempotency-Key '{record.Key.Key}' was used for another request (sequence {record.LastSequence}). Send a new key "
                    + "with a new request."));
        }

        var answer = record.Answer.IsEmpty || envelope.Command.AnswerType is null
            ? null
            : JsonSerializer.Deserialize(record.Answer.Span, envelope.Command.AnswerType);
        return new CommandOutcome { Changed = true, Replayed = true, Sequence = record.LastSequence, Answer = answer };
    }
}
