using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Replication;

/// <summary>
/// Merges feeds into one state (Flow step 5): takes entries in any order, any number of times, from anywhere, and lets only those into the
/// state that continue the hash chain, whole commands at a time. No I/O and no clock, used by one thread.
/// </summary>
internal sealed class ReplicaMerge(StateFolder folder, Action<LogEntry, Exception?>? onSkip = null, int mostPending = 65_536,
    KnownEntries? known = null)
{
    private readonly Dictionary<long, LogEntry> _pending = [];
    private readonly KnownEntries _known = known ?? new();

    // Entries that continue the state and are verified, of which the last command may be incomplete.
    private readonly List<LogEntry> _chained = [];
    private int _whole;
    private EntryHash _chainedHash;
    private long _sealedAt;

    /// <summary>The state; null before the first <see cref="Reset"/>.</summary>
    public MeshState? State { get; private set; }

    /// <summary>The log that is followed.</summary>
    public LogIdentity Log { get; private set; }

    /// <summary>The highest sequence heard of in this log.</summary>
    public long KnownHead { get; private set; }

    /// <summary>The last sequence that is at hand without a gap.</summary>
    public long Contiguous => (State?.Sequence ?? 0) + _chained.Count;

    /// <summary>Whether entries are known to exist that are not at hand.</summary>
    public bool Behind => State is not null && Contiguous < KnownHead;

    /// <summary>Starts from a state.</summary>
    /// <param name="state">Stands at the end of a command.</param>
    /// <param name="head">
    /// The head that the log had: its identity is followed, and after it every entry must be of that epoch. Older entries may be of older
    /// epochs; that is what a restore leaves.
    /// </param>
    public void Reset(MeshState state, LogPosition head)
    {
        var waiting = _pending.Values.ToArray();
        _pending.Clear();
        Log = head.Log;
        _sealedAt = head.Sequence;
        State = state.Position.Log == Log ? state : state.At(state.Position with { Log = Log });
        KnownHead = Math.Max(head.Sequence, state.Sequence);
        _chained.Clear();
        _whole = 0;
        _chainedHash = state.Position.Hash;
        _known.Restart(state.Sequence, state.Position.Hash);

        // What came while the state was being fetched is looked at again, now that the right log is known.
        foreach (var entry in waiting) Take(entry, out _);
    }

    /// <summary>Hears of a head of this log.</summary>
    public void Hear(LogPosition head)
    {
        if (head.Log == Log) KnownHead = Math.Max(KnownHead, head.Sequence);
    }

    /// <summary>The hash that the state has, or had, at a sequence; null if it is too long ago or still to come.</summary>
    public EntryHash? HashAt(long sequence) => _known.HashAt(sequence);

    /// <summary>Takes one entry.</summary>
    public Offer Take(LogEntry entry, out string? fault)
    {
        fault = null;
        if (State is null)
        {
            // Kept for the state that is being fetched; which log is the right one will be known then.
            if (_pending.Count < mostPending) _pending.TryAdd(entry.Sequence, entry);
            return Offer.New;
        }

        if (entry.Log.LogId != Log.LogId || entry.Log.Epoch > Log.Epoch)
        {
            fault = $"entry {entry.Sequence} is of log {entry.Log}, this is {Log}";
            return Offer.Foreign;
        }

        if (entry.Sequence <= Contiguous)
        {
            if (HashAt(entry.Sequence) is not { } known || known == entry.Hash) return Offer.Known;
            if (entry.Log.Epoch < Log.Epoch) return Offer.Stale;
            fault = $"entry {entry.Sequence} has hash {entry.Hash}, known is {known}";
            return Offer.Conflict;
        }

        // An older epoch after the point where this one is known to have begun: a future that a restore has undone.
        if (entry.Log.Epoch < Log.Epoch && entry.Sequence > _sealedAt) return Offer.Stale;
        if (!entry.DataDropped && EntryHash.OfData(entry.Data.Span) != entry.DataHash)
        {
            fault = $"the payload of entry {entry.Sequence} does not match its hash";
            return Offer.Conflict;
        }

        KnownHead = Math.Max(KnownHead, entry.Sequence);
        if (_pending.TryGetValue(entry.Sequence, out var other))
        {
            if (other.Hash == entry.Hash) return Offer.Known;
            _pending.Remove(entry.Sequence);
            fault = $"entry {entry.Sequence} came with two hashes, {other.Hash} and {entry.Hash}";
            return Offer.Conflict;
        }

        // A full store of early entries drops this one: the gap is filled from the log when its turn comes.
        if (_pending.Count >= mostPending && entry.Sequence != Contiguous + 1) return Offer.New;
        _pending.Add(entry.Sequence, entry);
        return Offer.New;
    }

    /// <summary>Applies the whole commands that are at hand.</summary>
    /// <param name="fault">Set where an entry did not continue the chain; it is dropped.</param>
    /// <returns>The applied entries; empty if no command is complete.</returns>
    public IReadOnlyList<LogEntry> Advance(out string? fault)
    {
        fault = null;
        if (State is null) return [];
        while (_pending.Remove(Contiguous + 1, out var next))
        {
            if (EntryHash.Link(_chainedHash, next) != next.Hash)
            {
                fault = $"entry {next.Sequence} does not continue the chain after {_chainedHash}";
                break;
            }

            _chained.Add(next);
            _chainedHash = next.Hash;
            _known.Add(next.Sequence, next.Hash);
            if (next.EndsCommand) _whole = _chained.Count;
        }

        if (_whole == 0) return [];
        var applied = _chained.GetRange(0, _whole);
        State = folder.Apply(State, applied, onSkip);
        if (State.Position.Log != Log) State = State.At(State.Position with { Log = Log });
        _chained.RemoveRange(0, _whole);
        _whole = 0;
        return applied;
    }
}

/// <summary>What an offered entry turned out to be.</summary>
internal enum Offer
{
    /// <summary>Not seen before.</summary>
    New,

    /// <summary>Seen before.</summary>
    Known,

    /// <summary>Of another log or a later epoch: ask the Registry.</summary>
    Foreign,

    /// <summary>Of an earlier epoch that ended before it: no part of this log any more.</summary>
    Stale,

    /// <summary>Contradicts what is known: ask the Registry.</summary>
    Conflict,
}
