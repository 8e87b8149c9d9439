using System.Diagnostics.Metrics;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Kernel.Replication;

/// <summary>
/// Keeps the replica level with the log (Flow step 5). One loop owns the state: feeds, timers and fetches from the Registry only leave news
/// in its bounded inbox, so whatever hangs, what arrives is applied.
/// </summary>
internal sealed class ReplicaService : BackgroundService
{
    private const int InboxLength = 256;
    private readonly Channel<ReplicaMessage> _inbox = Channel.CreateBounded<ReplicaMessage>(new BoundedChannelOptions(InboxLength)
    {
        SingleReader = true,
    });
    private readonly MeshReplica _replica;
    private readonly ReplicaMerge _merge;
    private readonly ReplicaFetches _fetches;
    private readonly ILogClient _client;
    private readonly IReadOnlyList<IReplicaFeed> _feeds;
    private readonly TimeProvider _time;
    private readonly ILogger<ReplicaService> _logger;
    private readonly HashSet<LogIdentity> _refuted = [];
    private volatile bool _attached;
    private volatile string? _mismatch;

    public ReplicaService(MeshReplica replica, StateFolder folder, ILogClient client, IEnumerable<IReplicaFeed> feeds,
        ILastKnownGood lastKnownGood,
        ReplicaOptions options, TimeProvider time, IMeterFactory meters, ILogger<ReplicaService> logger)
    {
        (_replica, _client, _time, _logger) = (replica, client, time, logger);
        _feeds = [.. feeds];
        _merge = new ReplicaMerge(folder, Skipped, known: replica.Known);
        var attach = new ReplicaAttach(client, folder, Skipped, reason => ReplicaLog.BadSnapshot(_logger, reason));
        _fetches = new ReplicaFetches(replica, _merge, attach, client, lastKnownGood, _inbox.Writer, options, time, logger);
        replica.Report = Report;
        ReplicaMetrics.Watch(replica, meters);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Attached to the feeds before anything is fetched: what happens meanwhile waits in the merge.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        Task[] feeds = [.. _feeds.Select(feed => feed.RunAsync(_inbox.Writer, _replica, stop.Token))];
        using var alarm = _time.CreateTimer(_ => _inbox.Writer.TryWrite(new ReplicaMessage.Tick()), null, Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        try
        {
            do
            {
                for (var taken = 0; taken < InboxLength && _inbox.Reader.TryRead(out var news); taken++) Handle(news);
                Apply();
                _fetches.Start(stop.Token);
                alarm.Change(_fetches.Soonest(), Timeout.InfiniteTimeSpan);
                await ThrowIfEndedAsync(feeds).ConfigureAwait(false);
            }
            while (await _inbox.Reader.WaitToReadAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll([.. feeds, _fetches.Current]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Handle(ReplicaMessage news)
    {
        switch (news)
        {
            case ReplicaMessage.Entries entries:
                Take(entries);
                break;
            case ReplicaMessage.Mismatch mismatch:
                Mismatch(mismatch.Reason);
                break;
            case ReplicaMessage.HeadRead read:
                Compare(read.Head, read.Own);
                break;
            case ReplicaMessage.Attached attached:
                Attach(attached);
                break;
            case ReplicaMessage.LastKnownGoodLoaded remembered:
                Remember(remembered.State);
                break;
            case ReplicaMessage.FetchEnded ended:
                _fetches.Ended(ended.Failure);
                break;
            case ReplicaMessage.Defect defect:
                ExceptionDispatchInfo.Throw(defect.Exception);
                break;
            default:
                break;
        }
    }

    private void Take(ReplicaMessage.Entries entries)
    {
        foreach (var entry in entries.Items)
        {
            var offer = _merge.Take(entry, out var fault);
            ReplicaMetrics.Took(entries.Feed, offer);
            if (offer is Offer.Conflict || (offer is Offer.Foreign && !_refuted.Contains(entry.Log))) Mismatch($"{entries.Feed}: {fault}");
            if (offer is Offer.Foreign && _refuted.Count < 64) _refuted.Add(entry.Log);
        }

        if (entries.Head is not { } head || _merge.State is null) return;
        if (head.Log != _merge.Log) Mismatch($"{entries.Feed}: the Registry's log is {head.Log}, this is {_merge.Log}");
        else if (_merge.HashAt(head.Sequence) is { } known && known != head.Hash)
            Mismatch($"{entries.Feed}: the Registry has another entry {head.Sequence}");
        _merge.Hear(head);
        if (head.Sequence == _merge.Contiguous) _replica.Level(_time.GetTimestamp());
    }

    private void Compare(LogPosition head, LogPosition own)
    {
        if (_merge.State is null) return;
        if (head.Log != _merge.Log) Mismatch($"the Registry's log is {head.Log}, this is {_merge.Log}");
        else if (head.Sequence < own.Sequence) Mismatch($"the Registry's log ends at {head.Sequence}, this replica is at {own.Sequence}");
        else if (_merge.HashAt(head.Sequence) is { } known && known != head.Hash)
            Mismatch($"the Registry has another entry {head.Sequence}");
        else if (head.Sequence <= _merge.Contiguous) _replica.Level(_time.GetTimestamp());
        _merge.Hear(head);
    }

    private void Mismatch(string reason)
    {
        if (_merge.State is null || _mismatch is not null) return;
        _mismatch = reason;
        _fetches.AttachWanted = true;
        ReplicaLog.Mismatch(_logger, reason);
    }

    private void Attach(ReplicaMessage.Attached attached)
    {
        var reason = _mismatch ?? "the Registry's log is another one";
        (_mismatch, _attached) = (null, true);
        _fetches.AttachWanted = false;
        if (attached.State is not { } state)
        {
            _replica.LastKnownGood = false;
            _merge.Hear(attached.Head);
            ReplicaLog.Confirmed(_logger, _merge.Log.ToString(), attached.Head.Sequence);
            return;
        }

        // A last-known-good copy of this log that was loaded while a long log was being read is only older.
        if (_merge.State is { } old && !(_replica.LastKnownGood && _merge.Log == attached.Head.Log))
        {
            ReplicaMetrics.Discards.Add(1);
            ReplicaLog.Discarded(_logger, old.Position.Log.ToString(), old.Sequence, attached.Head.Log.ToString(), state.Sequence, reason);
            _replica.Discarded($"{old.Position.Log}#{old.Sequence} was discarded for {attached.Head.Log}#{state.Sequence}: {reason}");
        }
        else
        {
            ReplicaLog.Attached(_logger, attached.Head.Log.ToString(), state.Sequence, _client.Description);
        }

        _replica.LastKnownGood = false;
        Begin(state, attached.Head);
    }

    private void Remember(MeshState state)
    {
        if (_merge.State is not null) return;
        ReplicaLog.LastKnownGoodLoaded(_logger, state.Position.Log.ToString(), state.Sequence);
        _replica.LastKnownGood = true;
        Begin(state, state.Position);
    }

    private void Begin(MeshState state, LogPosition head)
    {
        _refuted.Clear();
        _merge.Reset(state, head);
        _replica.Publish(_merge.State!, [], reset: true);
        foreach (var feed in _feeds) feed.Restart();
    }

    private void Apply()
    {
        var begun = _time.GetUtcNow();
        var applied = _merge.Advance(out var fault);
        if (fault is not null) Mismatch(fault);
        if (applied.Count == 0) return;
        using var span = ReplicaMetrics.StartSpan(applied, begun);
        ReplicaMetrics.Applied(applied, begun);
        _replica.Publish(_merge.State!, applied, reset: false);
    }

    private ReplicaStatus Report(ReplicaStatus status) => status with
    {
        KnownHead = Math.Max(_merge.KnownHead, status.Sequence),
        Attached = _attached && _mismatch is null,
        Feeds = [.. _feeds.Select(feed => feed.Status)],
        Alert = _mismatch ?? status.Alert,
    };

    /// <summary>A feed never ends by itself: if one does, its defect must stop the host rather than go unseen.</summary>
    private static async ValueTask ThrowIfEndedAsync(Task[] feeds)
    {
        foreach (var feed in feeds)
        {
            if (feed.IsFaulted) await feed.ConfigureAwait(false);
        }
    }

    private void Skipped(LogEntry entry, Exception? exception) => ReplicaLog.Skipped(_logger, entry.Sequence, entry.Type, exception);
}
