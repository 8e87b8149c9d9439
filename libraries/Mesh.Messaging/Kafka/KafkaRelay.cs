using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Mesh.Contracts.Waiting;
using Mesh.Kernel;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Messaging.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Messaging.Kafka;

/// <summary>
/// Publishes the log to Kafka (Flow step 4): whole commands in sequence order, woken by the commit itself, at-least-once. While Kafka is
/// away nothing waits for it; when it is back the relay goes on from the last acknowledged entry.
/// </summary>
public sealed class KafkaRelay : BackgroundService
{
    private const int Page = 512;
    private const int MostInFlight = 4_096;
    private const int MostBytes = 4_000_000;
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMilliseconds(250);
    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(2));
    private static readonly Counter<long> Restarts = KernelTelemetry.Meter.CreateCounter<long>(
        "cdaprod.mesh.relay.restarts", "{restart}", "Producers recreated after a failure.");
    private readonly ILogStore _store;
    private readonly ICommittedFeed _feed;
    private readonly IStateSource _states;
    private readonly INotificationSource[] _notifications;
    private readonly MeshKafkaSettings _kafka;
    private readonly TimeProvider _time;
    private readonly ILogger<KafkaRelay> _logger;
    private readonly RelayLease _lease;
    private volatile UnacknowledgedMessages? _inFlight;
    private volatile string? _problem;
    private int _interrupted;

    /// <summary>A relay; it begins when the host starts.</summary>
    public KafkaRelay(ILogStore store, ICommittedFeed feed, IStateSource states, IEnumerable<INotificationSource> notifications,
        MeshKafkaSettings kafka,
        TimeProvider time, IMeterFactory meters, ILogger<KafkaRelay> logger)
    {
        (_store, _feed, _states, _kafka, _time, _logger) = (store, feed, states, kafka, time, logger);
        _notifications = [.. notifications];
        _lease = new RelayLease(store, time);
        meters.Create(KernelTelemetry.MeterName)
            .CreateObservableGauge("cdaprod.mesh.relay.lag", () => Status is { State: RelayState.Relaying or RelayState.Failing } status
            ? [new Measurement<long>(status.Lag)] : Enumerable.Empty<Measurement<long>>(), "{entry}",
            "Committed entries that Kafka has not acknowledged.");
    }

    /// <summary>Size of the largest message in bytes; an entry that has more is published without its payload.</summary>
    internal int MaxMessageBytes { get; init; } = MostBytes;

    /// <summary>How it is doing.</summary>
    public RelayStatus Status => (_kafka.BootstrapServers, _inFlight) switch
    {
        (null, _) => new RelayStatus(),
        (_, null) => new RelayStatus { State = RelayState.Standby, Problem = _problem },
        (_, { } inFlight) => StatusOf(inFlight.Watermark, Math.Max(0, _feed.Head.Sequence - inFlight.Watermark)),
    };

    // A past problem that holds nothing up is not reported.
    private RelayStatus StatusOf(long published, long lag) => new()
    {
        State = _problem is null || lag == 0 ? RelayState.Relaying : RelayState.Failing,
        Published = published,
        Lag = lag,
        Problem = lag == 0 ? null : _problem,
    };

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_kafka.BootstrapServers is null)
        {
            RelayLog.Off(_logger);
            return;
        }

        var backoff = new BackoffState(Pauses, Random.Shared);
        while (!stoppingToken.IsCancellationRequested)
        {
            var begun = _time.GetTimestamp();
            try
            {
                await RelayAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is LogStoreException or KafkaException)
            {
                Report(exception.Message);
            }

            if (_time.GetElapsedTime(begun) > Pauses.Longest * 2) backoff.Reset();
            Restarts.Add(1);
            await Task.Delay(backoff.Next(), _time, stoppingToken).ConfigureAwait(false);
        }
    }

    /// <summary>Relays until something fails, another Registry takes over or the host stops.</summary>
    private async Task RelayAsync(CancellationToken stoppingToken)
    {
        await _states.LogIsOpenAsync(stoppingToken).ConfigureAwait(false);
        var log = _feed.Head.Log;
        var position = await _lease.TakeAsync(log, stoppingToken).ConfigureAwait(false);
        var inFlight = new UnacknowledgedMessages(position);
        _inFlight = inFlight;
        RelayLog.Begins(_logger, _kafka.Topic, position);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var saving = SaveAsync(inFlight, stop);
        try
        {
            using var producer = new RelayProducer(_kafka, inFlight, Report, _logger, MaxMessageBytes);
            try
            {
                await PumpAsync(producer, inFlight, log, position, stop.Token).ConfigureAwait(false);
            }
            finally
            {
                // What is on its way is given a moment; what does not arrive comes again after the next start.
                if (stoppingToken.IsCancellationRequested && inFlight.Failure is null) producer.Flush();
            }
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // The keeper of the position has ended it and says why below.
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await saving.ConfigureAwait(false);
            if (stoppingToken.IsCancellationRequested) await ReleaseAsync(inFlight.Watermark).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Publishes until something fails or the log becomes another one: then its position is read again, as it was restored together with
    /// it.
    /// </summary>
    private async Task PumpAsync(RelayProducer producer, UnacknowledgedMessages inFlight, LogIdentity log, long position,
        CancellationToken cancellationToken)
    {
        while (inFlight.Failure is null)
        {
            if (_feed.Head is var head && head.Log != log)
            {
                RelayLog.AnotherLog(_logger, head.Log.ToString());
                return;
            }

            // A log that was cut off has fewer entries than were published: go on at its end.
            position = Math.Min(position, head.Sequence);
            var entries = await NextAsync(position, inFlight, cancellationToken).ConfigureAwait(false);
            if (entries.Count == 0) continue;
            if (entries[^1].Log is var from && (from.LogId != log.LogId || from.Epoch > log.Epoch)) continue;
            position = entries[^1].Sequence;
            foreach (var command in Commands(entries)) producer.Send(command, NotificationsOf(command));
            await inFlight.WaitForRoomAsync(MostInFlight, cancellationToken).ConfigureAwait(false);
        }

        throw new KafkaException(new Error(ErrorCode.Local_Fail, inFlight.Failure));
    }

    /// <summary>
    /// The next entries, or none after a while, so that a failed message and a changed log are noticed on a quiet day too.
    /// </summary>
    private async ValueTask<IReadOnlyList<LogEntry>> NextAsync(long position, UnacknowledgedMessages inFlight,
        CancellationToken cancellationToken)
    {
        using var glance = new CancellationTokenSource(RelayLease.BeatEvery, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, glance.Token);
        try
        {
            await _feed.WaitAsync(position, either.Token).ConfigureAwait(false);
            return await _feed.ReadAsync(position, Page, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (glance.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return [];
        }
    }

    /// <summary>Keeps the position in the database while it moves, and the lease while others could take it.</summary>
    private async Task SaveAsync(UnacknowledgedMessages inFlight, CancellationTokenSource stop)
    {
        var saved = inFlight.Watermark;
        var since = _time.GetTimestamp();
        try
        {
            while (true)
            {
                await Task.Delay(SaveEvery, _time, stop.Token).ConfigureAwait(false);
                var watermark = inFlight.Watermark;
                if (watermark == saved && (!_store.Shared || _time.GetElapsedTime(since) < RelayLease.BeatEvery)) continue;
                if (!await _lease.BeatAsync(watermark, stop.Token).ConfigureAwait(false))
                {
                    RelayLog.TakenOver(_logger);
                    _inFlight = null;
                    await stop.CancelAsync().ConfigureAwait(false);
                    return;
                }

                (saved, since) = (watermark, _time.GetTimestamp());
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The relay has ended.
        }
        catch (LogStoreException exception)
        {
            Report(exception.Message);
            inFlight.Fail(exception.Message);
        }
    }

    // Said once for as long as it lasts, and once when it is over: while Kafka is unavailable its client fails many times a second.
    private void Report(string? problem)
    {
        _problem = problem;
        if (problem is null)
        {
            if (Volatile.Read(ref _interrupted) == 1 && Interlocked.Exchange(ref _interrupted, 0) == 1) RelayLog.Back(_logger);
        }
        else if (Interlocked.Exchange(ref _interrupted, 1) == 0)
        {
            RelayLog.Interrupted(_logger, problem);
        }
    }

    private async Task ReleaseAsync(long watermark)
    {
        try
        {
            await _lease.ReleaseAsync(watermark, CancellationToken.None).ConfigureAwait(false);
        }
        catch (LogStoreException exception)
        {
            RelayLog.Interrupted(_logger, exception.Message);
        }
    }

    private List<Notification> NotificationsOf(IReadOnlyList<LogEntry> command)
    {
        var notifications = new List<Notification>();
        foreach (var source in _notifications)
        {
            try
            {
                notifications.AddRange(source.NotificationsOf(command, _states.Current));
            }
#pragma warning disable CA1031 // A module's defect must cost its own notification, not the entries of all.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                RelayLog.NotificationFailed(_logger, source.GetType().Name, command[^1].Sequence, exception);
            }
        }

        return notifications;
    }

    private static IEnumerable<IReadOnlyList<LogEntry>> Commands(IReadOnlyList<LogEntry> entries)
    {
        var command = new List<LogEntry>();
        foreach (var entry in entries)
        {
            command.Add(entry);
            if (!entry.EndsCommand) continue;
            yield return command;
            command = [];
        }
    }
}
