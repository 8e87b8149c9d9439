using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Kernel.Replication;

/// <summary>
/// Keeps the replica level with the log (Flow step 5). One loop owns the state: feeds, timers and errands to the Registry only leave news
/// in its bounded inbox, so whatever hangs, what arrives is applied.
/// </summary>
internal sealed class ReplicaService : BackgroundService
{
    private const int InboxLength = 256;
    private readonly Channel<ReplicaNews> _inbox = Channel.CreateBounded<ReplicaNews>(new BoundedChannelOptions(InboxLength) { SingleReader = true });
    private readonly MeshReplica _replica;
    private readonly ReplicaMerge _merge;
    private readonly ReplicaAttach _attach;
    private readonly ILogClient _client;
    private readonly IReadOnlyList<IReplicaFeed> _feeds;
    private readonly ILastKnownGood _lastKnownGood;
    private readonly ReplicaOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ReplicaService> _logger;
    private readonly HashSet<LogIdentity> _refuted = [];
    private readonly long _started;
    private bool _attached;
    private bool _attachWanted = true;
    private string? _doubt;
    private Task _errand = Task.CompletedTask;
    private bool _errandRuns;
    private int _failures;
    private long _pauseUntil;
    private long _headDue;
    private long _missing;
    private long _missingSince;
    private long _rememberDue;

    public ReplicaService(MeshReplica replica, StateFolder folder, ILogClient client, IEnumerable<IReplicaFeed> feeds, ILastKnownGood lastKnownGood,
        ReplicaOptions options, TimeProvider time, ILogger<ReplicaService> logger)
    {
        (_replica, _client, _lastKnownGood, _options, _time, _logger) = (replica, client, lastKnownGood, options, time, logger);
        _feeds = [.. feeds];
        _merge = new ReplicaMerge(folder, Skipped);
        _attach = new ReplicaAttach(client, folder, Skipped, reason => ReplicaLog.BadSnapshot(_logger, reason));
        _started = time.GetTimestamp();
        replica.Report = Report;
        ReplicaMetrics.Watch(replica);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Attached to the feeds before anything is fetched: what happens meanwhile waits in the merge.
        Task[] feeds = [.. _feeds.Select(feed => feed.RunAsync(_inbox.Writer, _replica, stoppingToken))];
        var now = _time.GetTimestamp();
        _headDue = After(now, _options.HeadCheckEvery);
        _rememberDue = After(now, _options.LastKnownGoodAfter);
        using var alarm = _time.CreateTimer(_ => _inbox.Writer.TryWrite(new ReplicaNews.Tick()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            do
            {
                for (var taken = 0; taken < InboxLength && _inbox.Reader.TryRead(out var news); taken++) Handle(news);
                Apply();
                StartErrand(stoppingToken);
                alarm.Change(Soonest(), Timeout.InfiniteTimeSpan);
                await ThrowIfEnded(feeds).ConfigureAwait(false);
            }
            while (await _inbox.Reader.WaitToReadAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
        finally
        {
            await Task.WhenAll([.. feeds, _errand]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Handle(ReplicaNews news)
    {
        switch (news)
        {
            case ReplicaNews.Entries entries:
                Take(entries);
                break;
            case ReplicaNews.Doubt doubt:
                Doubt(doubt.Reason);
                break;
            case ReplicaNews.HeadRead read:
                Compare(read.Head, read.Own);
                break;
            case ReplicaNews.Attached attached:
                Attach(attached);
                break;
            case ReplicaNews.Remembered remembered:
                Remember(remembered.State);
                break;
            case ReplicaNews.ErrandEnded ended:
                ErrandEnded(ended.Failure);
                break;
            case ReplicaNews.Defect defect:
                ExceptionDispatchInfo.Throw(defect.Exception);
                break;
            default:
                break;
        }
    }

    private void Take(ReplicaNews.Entries entries)
    {
        foreach (var entry in entries.Items)
        {
            var offer = _merge.Take(entry, out var fault);
            ReplicaMetrics.Took(entries.Feed, offer);
            if (offer is Offer.Conflict || (offer is Offer.Foreign && !_refuted.Contains(entry.Log))) Doubt($"{entries.Feed}: {fault}");
            if (offer is Offer.Foreign && _refuted.Count < 64) _refuted.Add(entry.Log);
        }

        if (entries.Head is not { } head || _merge.State is null) return;
        if (head.Log != _merge.Log) Doubt($"{entries.Feed}: the Registry's log is {head.Log}, this is {_merge.Log}");
        else if (_merge.HashAt(head.Sequence) is { } known && known != head.Hash) Doubt($"{entries.Feed}: the Registry has another entry {head.Sequence}");
        _merge.Hear(head);
        if (head.Sequence == _merge.Contiguous) _replica.Level(_time.GetTimestamp());
    }

    private void Compare(LogPosition head, LogPosition own)
    {
        if (_merge.State is null) return;
        if (head.Log != _merge.Log) Doubt($"the Registry's log is {head.Log}, this is {_merge.Log}");
        else if (head.Sequence < own.Sequence) Doubt($"the Registry's log ends at {head.Sequence}, this has come to {own.Sequence}");
        else if (_merge.HashAt(head.Sequence) is { } known && known != head.Hash) Doubt($"the Registry has another entry {head.Sequence}");
        else if (head.Sequence <= _merge.Contiguous) _replica.Level(_time.GetTimestamp());
        _merge.Hear(head);
    }

    private void Doubt(string reason)
    {
        if (_merge.State is null || _doubt is not null) return;
        _doubt = reason;
        _attachWanted = true;
        ReplicaLog.Doubt(_logger, reason);
    }

    private void Attach(ReplicaNews.Attached attached)
    {
        var reason = _doubt ?? "the Registry's log is another one";
        (_doubt, _attachWanted, _attached, _failures) = (null, false, true, 0);
        _replica.LastKnownGood = false;
        if (attached.State is not { } state)
        {
            _merge.Hear(attached.Head);
            ReplicaLog.Confirmed(_logger, _merge.Log.ToString(), attached.Head.Sequence);
            return;
        }

        if (_merge.State is { } old)
        {
            ReplicaMetrics.Discards.Add(1);
            ReplicaLog.Discarded(_logger, old.Position.Log.ToString(), old.Sequence, attached.Head.Log.ToString(), state.Sequence, reason);
            _replica.Discarded($"{old.Position.Log}#{old.Sequence} was discarded for {attached.Head.Log}#{state.Sequence}: {reason}");
        }
        else
        {
            ReplicaLog.Attached(_logger, attached.Head.Log.ToString(), state.Sequence, _client.Description);
        }

        Begin(state, attached.Head);
    }

    private void Remember(MeshState state)
    {
        if (_merge.State is not null) return;
        ReplicaLog.Remembered(_logger, state.Position.Log.ToString(), state.Sequence);
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
        if (fault is not null) Doubt(fault);
        if (applied.Count == 0) return;
        using var span = ReplicaMetrics.StartSpan(applied, begun);
        ReplicaMetrics.Applied(applied, begun);
        _replica.Publish(_merge.State!, applied, reset: false);
    }

    /// <summary>At most one errand to the Registry at a time: attach, else fill a gap, else compare heads.</summary>
    private void StartErrand(CancellationToken stoppingToken)
    {
        var now = _time.GetTimestamp();
        WatchGap(now);
        if (_errandRuns) return;
        Func<CancellationToken, Task>? errand = null;
        if (_merge.State is null && now >= _rememberDue)
        {
            _rememberDue = After(now, _options.LastKnownGoodAfter);
            errand = LoadLastKnownGoodAsync;
        }
        else if (now < _pauseUntil)
        {
            return;
        }
        else if (_attachWanted)
        {
            errand = AttachAsync;
        }
        else if (GapDue() is { } due && now >= due)
        {
            _missingSince = now;
            errand = FillGapAsync;
        }
        else if (now >= _headDue)
        {
            _headDue = After(now, _options.HeadCheckEvery);
            errand = ReadHeadAsync;
        }

        if (errand is null) return;
        _errandRuns = true;
        _errand = RunAsync(errand, stoppingToken);
    }

    private async Task RunAsync(Func<CancellationToken, Task> errand, CancellationToken stoppingToken)
    {
        string? failure = null;
        try
        {
            await errand(stoppingToken).ConfigureAwait(false);
        }
        catch (LogUnavailableException exception)
        {
            failure = exception.Message;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
#pragma warning disable CA1031 // The loop throws it on: nobody awaits an errand.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await _inbox.Writer.WriteAsync(new ReplicaNews.Defect(exception), stoppingToken).ConfigureAwait(false);
            return;
        }

        await _inbox.Writer.WriteAsync(new ReplicaNews.ErrandEnded(failure), stoppingToken).ConfigureAwait(false);
    }

    private async Task AttachAsync(CancellationToken cancellationToken)
    {
        var own = _replica.Status.HasState ? _replica.Current.Position : null;
        await _inbox.Writer.WriteAsync(await _attach.AttachAsync(own, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    private async Task FillGapAsync(CancellationToken cancellationToken)
    {
        ReplicaMetrics.GapsFilled.Add(1);
        await foreach (var page in _client.ReadAsync(_replica.Current.Sequence, 8_192, cancellationToken).ConfigureAwait(false))
            await _inbox.Writer.WriteAsync(new ReplicaNews.Entries("readlog", page), cancellationToken).ConfigureAwait(false);
    }

    private async Task ReadHeadAsync(CancellationToken cancellationToken)
    {
        // The own position is taken first: the log can only have grown since.
        var own = _replica.Current.Position;
        await _inbox.Writer.WriteAsync(new ReplicaNews.HeadRead(await _client.ReadHeadAsync(cancellationToken).ConfigureAwait(false), own), cancellationToken).ConfigureAwait(false);
    }

    private async Task LoadLastKnownGoodAsync(CancellationToken cancellationToken)
    {
        if (await _lastKnownGood.LoadAsync(cancellationToken).ConfigureAwait(false) is { } state)
            await _inbox.Writer.WriteAsync(new ReplicaNews.Remembered(state), cancellationToken).ConfigureAwait(false);
    }

    private void ErrandEnded(string? failure)
    {
        _errandRuns = false;
        var now = _time.GetTimestamp();
        if (failure is null)
        {
            if (_failures > 0) ReplicaLog.RegistryBack(_logger, _client.Description);
            _failures = 0;
            return;
        }

        if (_failures++ == 0) ReplicaLog.RegistryAway(_logger, failure);
        _pauseUntil = After(now, Backoff.Jittered(_failures));
    }

    private void WatchGap(long now)
    {
        var missing = _merge.Behind ? _merge.Contiguous + 1 : 0;
        if (missing != _missing) (_missing, _missingSince) = (missing, now);
    }

    private long? GapDue() => _missing == 0 ? null : After(_missingSince, _options.GapPatience);

    private TimeSpan Soonest()
    {
        var now = _time.GetTimestamp();
        var due = Math.Max(_pauseUntil, _attachWanted ? 0 : Math.Min(_headDue, GapDue() ?? long.MaxValue));
        if (_errandRuns) due = _headDue;
        if (_merge.State is null) due = Math.Min(due, _rememberDue);
        return due <= now ? TimeSpan.FromMilliseconds(1) : _time.GetElapsedTime(now, due) + TimeSpan.FromMilliseconds(1);
    }

    private long After(long timestamp, TimeSpan span) => timestamp + (long)(span.TotalSeconds * _time.TimestampFrequency);

    private ReplicaStatus Report(ReplicaStatus status) => status with
    {
        KnownHead = Math.Max(_merge.KnownHead, status.Sequence),
        Attached = _attached,
        Feeds = [.. _feeds.Select(feed => feed.Status)],
        Alert = _doubt ?? status.Alert,
    };

    /// <summary>A feed never ends by itself: if one does, its defect must stop the host rather than go unseen.</summary>
    private static async ValueTask ThrowIfEnded(Task[] feeds)
    {
        foreach (var feed in feeds)
        {
            if (feed.IsFaulted) await feed.ConfigureAwait(false);
        }
    }

    private void Skipped(LogEntry entry, Exception? exception) => ReplicaLog.Skipped(_logger, entry.Sequence, entry.Type, exception);
}
