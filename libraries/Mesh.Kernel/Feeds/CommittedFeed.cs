using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Feeds;

/// <summary>A ring of the most recent entries in front of the store.</summary>
public sealed class CommittedFeed(ILogStore store, StatePublisher states, int capacity = 16_384) : ICommittedFeed
{
    private readonly Lock _lock = new();
    private readonly LogEntry?[] _ring = new LogEntry?[capacity];

    /// <inheritdoc/>
    public LogPosition Head => states.Current.Position;

    /// <summary>
    /// Called by the writer before the state with these entries is published, so that who waits for the state finds them.
    /// </summary>
    internal void Add(IReadOnlyList<LogEntry> entries)
    {
        lock (_lock)
        {
            foreach (var entry in entries) _ring[entry.Sequence % capacity] = entry;
        }
    }

    /// <summary>Forgets all: the log is another one.</summary>
    internal void Clear()
    {
        lock (_lock) Array.Clear(_ring);
    }

    /// <inheritdoc/>
    public async ValueTask WaitAsync(long sequence, CancellationToken cancellationToken)
    {
        var log = Head.Log;
        await states.WaitUntilAsync(state => state.Sequence > sequence || state.Position.Log != log,
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LogEntry>> ReadAsync(long afterSequence, int limit, CancellationToken cancellationToken)
    {
        var head = states.Current.Sequence;
        if (head <= afterSequence) return [];
        return FromRing(afterSequence, head, limit)
            ?? await FromStoreAsync(afterSequence, head, limit, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IReadOnlyList<LogEntry>? Recent(long afterSequence)
    {
        var head = states.Current.Sequence;
        if (head <= afterSequence) return [];
        return head - afterSequence > capacity ? null : FromRing(afterSequence, head, int.MaxValue);
    }

    private List<LogEntry>? FromRing(long after, long head, int limit)
    {
        var entries = new List<LogEntry>((int)Math.Min(limit, head - after));
        lock (_lock)
        {
            for (var sequence = after + 1; sequence <= head; sequence++)
            {
                if (_ring[sequence % capacity] is not { } entry || entry.Sequence != sequence) return null;
                entries.Add(entry);
                if (entries.Count >= limit && entry.EndsCommand) break;
            }
        }

        return entries;
    }

    private async ValueTask<IReadOnlyList<LogEntry>> FromStoreAsync(long after, long head, int limit, CancellationToken cancellationToken)
    {
        var entries = new List<LogEntry>(limit);
        await foreach (var entry in store.ReadAsync(after, (int)Math.Min(int.MaxValue, head - after),
            cancellationToken).ConfigureAwait(false))
        {
            entries.Add(entry);
            if (entries.Count >= limit && entry.EndsCommand) break;
        }

        return entries;
    }
}
