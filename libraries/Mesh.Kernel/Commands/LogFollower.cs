using System.Diagnostics;
using System.Runtime.CompilerServices;
using Mesh.Contracts.Waiting;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Kernel.Commands;

/// <summary>
/// Holds the state of the log for its writer and keeps it true: reads the log at the start, follows what other Registries append,
/// recognises its own batch after an unknown commit, and publishes (Flow step 3). Used by one task at a time, the writer's.
/// </summary>
public sealed class LogFollower : IStateSource
{
    private const int Page = 512, PagesAhead = 2;
    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5));
    private readonly StateFolder _folder;
    private readonly ILogStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<LogFollower> _logger;
    private readonly StatePublisher _states;
    private readonly SnapshotSaver _saver;
    private bool _settled, _triedAgain;

    /// <summary>A follower; nothing is read before <see cref="OpenAsync"/>.</summary>
    public LogFollower(StateFolder folder, ILogStore store, TimeProvider time, IOptions<KernelOptions> options, ILogger<LogFollower> logger)
    {
        (_folder, _store, _time, _logger) = (folder, store, time, logger);
        _states = new StatePublisher(folder.Empty(default));
        Feed = new CommittedFeed(store, _states);
        _saver = new SnapshotSaver(folder, store, options.Value.SnapshotEvery, logger);
    }

    /// <summary>Recent entries, for the relay and TailLog.</summary>
    public CommittedFeed Feed { get; }

    /// <inheritdoc/>
    public MeshState Current => _states.Current;

    /// <inheritdoc/>
    public ValueTask<MeshState> WaitForAsync(long sequence, CancellationToken cancellationToken) =>
        _states.WaitForAsync(sequence, cancellationToken);

    /// <inheritdoc/>
    public StateSubscription Subscribe() => _states.Subscribe();

    /// <summary>
    /// Opens the log and folds all of it, from the newest saved state on; keeps trying while the database is unavailable.
    /// </summary>
    /// <exception cref="UnusableLogException">It is available, and cannot be used.</exception>
    internal async Task OpenAsync(CancellationToken cancellationToken)
    {
        for (var backoff = new BackoffState(Pauses, Random.Shared); ; )
        {
            try
            {
                await RebuildAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (LogStoreException exception) when (exception is not UnusableLogException)
            {
                var delay = backoff.Next();
                WriterLog.OpenFailed(_logger, delay, exception);
                await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>After a failure, reads what the log really holds before anything is decided again.</summary>
    internal async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        if (_settled) return;
        await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        _settled = true;
    }

    /// <summary>
    /// Appends a decided batch (or, if it is empty, confirms the head where others write too) and publishes its state.
    /// </summary>
    /// <returns>False if nothing was written and the log has been caught up with: the batch must be decided again.</returns>
    internal async ValueTask<bool> AppendAsync(MeshState known, MeshState decided, LogBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Entries.Count == 0) return !_store.Shared || await ConfirmAsync(known, cancellationToken).ConfigureAwait(false);
        bool appended;
        try
        {
            appended = await _store.TryAppendAsync(known.Position, batch, cancellationToken).ConfigureAwait(false);
        }
        catch (LogStoreException exception)
        {
            _settled = false;
            if (!exception.OutcomeUnknown) throw;
            var written = await RecoverAsync(batch, cancellationToken).ConfigureAwait(false);

            // Certainly not written (a session that the database had ended while it was idle, say): worth one more try, not an endless one.
            if (!written && _triedAgain) throw;
            (_settled, _triedAgain) = (true, !written);
            return written;
        }
        catch (OperationCanceledException)
        {
            _settled = false;
            throw;
        }

        _triedAgain = false;
        if (appended) Publish(decided, batch.Entries);
        else await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        return appended;
    }

    private async ValueTask<bool> ConfirmAsync(MeshState known, CancellationToken cancellationToken)
    {
        var head = await _store.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        if (head.Log == known.Position.Log && head.Sequence == known.Sequence && head.Hash == known.Position.Hash) return true;
        await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        return false;
    }

    /// <summary>Whether the batch stands in the log after all; if so, everything up to now has been published.</summary>
    private async ValueTask<bool> RecoverAsync(LogBatch batch, CancellationToken cancellationToken)
    {
        var first = batch.Entries[0];
        await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        var written = false;
        await foreach (var entry in _store.ReadAsync(first.Sequence - 1, 1, cancellationToken).ConfigureAwait(false))
            written = entry.EventId == first.EventId;
        WriterLog.Recovered(_logger, written ? "written" : "not written");
        return written;
    }

    private async ValueTask CatchUpAsync(CancellationToken cancellationToken)
    {
        var known = Current.Position;
        var head = await _store.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        if (head.Log == known.Log && head.Sequence >= known.Sequence && await FollowAsync(head, cancellationToken).ConfigureAwait(false))
            return;
        WriterLog.AnotherLog(_logger, $"{known.Log}#{known.Sequence}", $"{head.Log}#{head.Sequence}");
        await RebuildAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Folds up to <paramref name="head"/>; false if the entries do not continue what is known.</summary>
    private async ValueTask<bool> FollowAsync(LogPosition head, CancellationToken cancellationToken)
    {
        if (head.Sequence == Current.Sequence) return head.Hash == Current.Position.Hash;
        await foreach (var page in PagesAsync(Current.Position, head.Sequence, cancellationToken).ConfigureAwait(false))
        {
            if (FirstMisfit(Current.Position.Hash, page) is not null) return false;
            Publish(_folder.Apply(Current, page, Skipped), page);
        }

        return true;
    }

    private async Task RebuildAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var head = await _store.OpenAsync(cancellationToken).ConfigureAwait(false);
        var state = await _saver.LoadAsync(head, cancellationToken).ConfigureAwait(false) ?? _folder.Empty(head.Log);
        var from = state.Sequence;
        var fold = _folder.Begin(state, drafts: true, Skipped);
        // Three tasks: one reads, one verifies and decodes, one folds.
        var pages = PagesAsync(state.Position, head.Sequence, cancellationToken).AheadAsync(PagesAhead, cancellationToken);
        await foreach (var (page, events, misfit) in DecodedAsync(state.Position.Hash, pages, cancellationToken)
            .AheadAsync(PagesAhead, cancellationToken).ConfigureAwait(false))
        {
            if (misfit is not null)
            {
                throw new LogStoreException(
                    $"{_store.Description}: the log is damaged: entry {misfit} does not match the hash chain. Restore the database from "
                        + "a copy and raise the epoch.", false);
            }

            fold.Add(page, events);
        }

        // An empty log, or a log whose epoch was raised without a new entry: the position speaks of today's identity.
        state = fold.End().At(head);
        Feed.Clear();
        _states.Publish(state, [], reset: true);
        _settled = true;
        WriterLog.Opened(_logger, head.Log.ToString(), _store.Description, head.Sequence,
            (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds, head.Sequence - from);
    }

    private async IAsyncEnumerable<(List<LogEntry> Page, object?[] Events, long? Misfit)> DecodedAsync(
        EntryHash hash, IAsyncEnumerable<List<LogEntry>> pages, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in pages.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            var misfit = FirstMisfit(hash, page);
            hash = page[^1].Hash;
            yield return (page, _folder.Decode(page), misfit);
        }
    }

    private static long? FirstMisfit(EntryHash hash, List<LogEntry> page)
    {
        foreach (var entry in page)
        {
            if (EntryHash.Link(hash, entry) != entry.Hash) return entry.Sequence;
            hash = entry.Hash;
        }

        return null;
    }

    /// <summary>Entries after <paramref name="from"/> in pages of whole commands.</summary>
    private async IAsyncEnumerable<List<LogEntry>> PagesAsync(LogPosition from, long head,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var page = new List<LogEntry>(Page);
        if (head <= from.Sequence) yield break;
        await foreach (var entry in _store.ReadAsync(from.Sequence, (int)Math.Min(int.MaxValue, head - from.Sequence),
            cancellationToken).ConfigureAwait(false))
        {
            page.Add(entry);
            if (page.Count < Page || !entry.EndsCommand) continue;
            yield return page;
            page = new List<LogEntry>(Page);
        }

        if (page.Count > 0) yield return page;
    }

    private void Publish(MeshState state, IReadOnlyList<LogEntry> entries)
    {
        Feed.Add(entries);
        _states.Publish(state, entries);
        _saver.Offer(state);
    }

    private void Skipped(LogEntry entry, Exception? exception) => WriterLog.Skipped(_logger, entry.Sequence, entry.Type, exception);
}
