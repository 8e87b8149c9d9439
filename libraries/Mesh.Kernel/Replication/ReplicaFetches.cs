using System.Threading.Channels;
using Mesh.Contracts.Waiting;
using Microsoft.Extensions.Logging;

namespace Mesh.Kernel.Replication;

/// <summary>
/// What the replica fetches from a Registry, one fetch at a time and never waited for: attach, else fill a gap, else compare heads; and
/// the last-known-good copy while there is nothing else. What a fetch brings goes into the inbox; only the loop calls this class.
/// </summary>
internal sealed class ReplicaFetches
{
    /// <summary>Pauses between attempts, short enough that a Registry that is back is found soon.</summary>
    internal static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2));

    private readonly MeshReplica _replica;
    private readonly ReplicaMerge _merge;
    private readonly ReplicaAttach _attach;
    private readonly ILogClient _client;
    private readonly ILastKnownGood _lastKnownGood;
    private readonly ChannelWriter<ReplicaMessage> _inbox;
    private readonly ReplicaOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private bool _runs;
    private bool _asksRegistry;
    private int _failures;
    private long _pauseUntil;
    private long _headDue;
    private long _rememberDue;
    private long _missing;
    private long _missingSince;

    public ReplicaFetches(MeshReplica replica, ReplicaMerge merge, ReplicaAttach attach, ILogClient client, ILastKnownGood lastKnownGood,
        ChannelWriter<ReplicaMessage> inbox, ReplicaOptions options, TimeProvider time, ILogger logger)
    {
        (_replica, _merge, _attach, _client, _lastKnownGood, _inbox, _options, _time, _logger) =
            (replica, merge, attach, client, lastKnownGood, inbox, options, time, logger);
        _headDue = After(time.GetTimestamp(), options.HeadCheckEvery);
        _rememberDue = After(time.GetTimestamp(), options.LastKnownGoodAfter);
    }

    /// <summary>Whether a Registry is to be asked if the state is its log's.</summary>
    public bool AttachWanted { get; set; } = true;

    /// <summary>The fetch in progress, or the last one.</summary>
    public Task Current { get; private set; } = Task.CompletedTask;

    /// <summary>Starts the most urgent fetch that is due, if none is in progress.</summary>
    public void Start(CancellationToken stoppingToken)
    {
        var now = _time.GetTimestamp();
        WatchGap(now);
        if (_runs || Next(now) is not { } fetch) return;
        (_runs, _asksRegistry) = (true, fetch != LoadLastKnownGoodAsync);
        Current = RunAsync(fetch, stoppingToken);
    }

    /// <summary>A fetch has ended; after a failure the next one waits a little.</summary>
    public void Ended(string? failure)
    {
        _runs = false;

        // One that was not about the Registry says nothing of it.
        if (!_asksRegistry) return;
        if (failure is null)
        {
            if (_failures > 0) ReplicaLog.RegistryBack(_logger, _client.Description);
            _failures = 0;
            return;
        }

        if (_failures++ == 0) ReplicaLog.RegistryAway(_logger, failure);
        _pauseUntil = After(_time.GetTimestamp(), Pauses.After(_failures, Random.Shared));
    }

    /// <summary>When to look again.</summary>
    public TimeSpan Soonest()
    {
        if (_runs) return Timeout.InfiniteTimeSpan;
        var now = _time.GetTimestamp();
        var due = Math.Max(_pauseUntil, AttachWanted ? now : Math.Min(_headDue, GapDue()));
        if (_merge.State is null) due = Math.Min(due, _rememberDue);
        return (due <= now ? TimeSpan.Zero : _time.GetElapsedTime(now, due)) + TimeSpan.FromMilliseconds(1);
    }

    private Func<CancellationToken, Task>? Next(long now)
    {
        if (_merge.State is null && now >= _rememberDue)
        {
            _rememberDue = After(now, _options.LastKnownGoodAfter);
            return LoadLastKnownGoodAsync;
        }

        if (now < _pauseUntil) return null;
        if (AttachWanted) return AttachAsync;
        if (now >= GapDue())
        {
            _missingSince = now;
            return FillGapAsync;
        }

        if (now < _headDue) return null;
        _headDue = After(now, _options.HeadCheckEvery);
        return ReadHeadAsync;
    }

    private async Task RunAsync(Func<CancellationToken, Task> fetch, CancellationToken stoppingToken)
    {
        ReplicaMessage end;
        try
        {
            await fetch(stoppingToken).ConfigureAwait(false);
            end = new ReplicaMessage.FetchEnded(null);
        }
        catch (LogUnavailableException exception)
        {
            end = new ReplicaMessage.FetchEnded(exception.Message);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
#pragma warning disable CA1031 // The loop throws it on: nobody awaits a fetch.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            end = new ReplicaMessage.Defect(exception);
        }

        await _inbox.WriteAsync(end, stoppingToken).ConfigureAwait(false);
    }

    private async Task AttachAsync(CancellationToken cancellationToken)
    {
        var own = _replica.HasState ? _replica.Current.Position : null;
        await _inbox.WriteAsync(await _attach.AttachAsync(own, cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task FillGapAsync(CancellationToken cancellationToken)
    {
        ReplicaMetrics.GapsFilled.Add(1);
        await foreach (var page in _client.ReadAsync(_replica.Current.Sequence, 8_192, cancellationToken).ConfigureAwait(false))
            await _inbox.WriteAsync(new ReplicaMessage.Entries("readlog", page), cancellationToken).ConfigureAwait(false);
    }

    private async Task ReadHeadAsync(CancellationToken cancellationToken)
    {
        // The own position is taken first: the log can only have grown since.
        var own = _replica.Current.Position;
        await _inbox.WriteAsync(new ReplicaMessage.HeadRead(await _client.ReadHeadAsync(cancellationToken).ConfigureAwait(false), own),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task LoadLastKnownGoodAsync(CancellationToken cancellationToken)
    {
        if (await _lastKnownGood.LoadAsync(cancellationToken).ConfigureAwait(false) is { } state)
            await _inbox.WriteAsync(new ReplicaMessage.LastKnownGoodLoaded(state), cancellationToken).ConfigureAwait(false);
    }

    private void WatchGap(long now)
    {
        var missing = _merge.Behind ? _merge.Contiguous + 1 : 0;
        if (missing != _missing) (_missing, _missingSince) = (missing, now);
    }

    private long GapDue() => _missing == 0 ? long.MaxValue : After(_missingSince, _options.GapPatience);

    private long After(long timestamp, TimeSpan span) => timestamp + (long)(span.TotalSeconds * _time.TimestampFrequency);
}
