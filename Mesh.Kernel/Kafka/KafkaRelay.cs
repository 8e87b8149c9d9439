using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.ServiceDefaults.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Kernel.Kafka;

/// <summary>
/// Publishes the log to Kafka (Flow step 4): whole commands in sequence order, woken by the commit itself, at-least-once. While Kafka is
/// away nothing waits for it; when it is back the relay goes on from the last acknowledged entry.
/// </summary>
public sealed class KafkaRelay : BackgroundService
{
    private const int Page = 512;
    private const int MostInFlight = 4_096;
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(1);
    private static readonly Counter<long> Published = KernelTelemetry.Meter.CreateCounter<long>("cdaprod.mesh.relay.published", "{message}", "Messages acknowledged by Kafka.");
    private static readonly Counter<long> Restarts = KernelTelemetry.Meter.CreateCounter<long>("cdaprod.mesh.relay.restarts", "{restart}", "Producers made anew after a failure.");
    private readonly ILogStore _store;
    private readonly ICommittedFeed _feed;
    private readonly IStateSource _states;
    private readonly INotificationSource[] _notifications;
    private readonly MeshKafkaSettings _kafka;
    private readonly TimeProvider _time;
    private readonly ILogger<KafkaRelay> _logger;
    private readonly RelayLease _lease;
    private volatile InFlight? _inFlight;
    private volatile string? _problem;

    /// <summary>A relay; it begins when the host starts.</summary>
    public KafkaRelay(ILogStore store, ICommittedFeed feed, IStateSource states, IEnumerable<INotificationSource> notifications, MeshKafkaSettings kafka,
        TimeProvider time, ILogger<KafkaRelay> logger)
    {
        (_store, _feed, _states, _kafka, _time, _logger) = (store, feed, states, kafka, time, logger);
        _notifications = [.. notifications];
        _lease = new RelayLease(store, time);
        KernelTelemetry.Meter.CreateObservableGauge("cdaprod.mesh.relay.lag", () => Status is { State: RelayState.Relaying or RelayState.Failing } status
            ? [new Measurement<long>(status.Lag)] : Enumerable.Empty<Measurement<long>>(), "{entry}", "Committed entries that Kafka has not acknowledged.");
    }

    /// <summary>How it is doing.</summary>
    public RelayStatus Status => (_kafka.BootstrapServers, _inFlight) switch
    {
        (null, _) => new RelayStatus(),
        (_, null) => new RelayStatus { State = RelayState.Standby, Problem = _problem },
        (_, { } inFlight) => StatusOf(inFlight.Watermark, Math.Max(0, _feed.Head.Sequence - inFlight.Watermark)),
    };

    // A problem of the past that holds nothing up is none.
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

        var failures = 0;
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
                _problem = exception.Message;
                RelayLog.Interrupted(_logger, exception.Message);
            }

            failures = _time.GetElapsedTime(begun) > LongestPause * 2 ? 0 : Math.Min(failures + 1, 4);
            Restarts.Add(1);
            await Task.Delay(Pause * (1 << failures) is var pause && pause > LongestPause ? LongestPause : pause, _time, stoppingToken).ConfigureAwait(false);
        }
    }

    /// <summary>Relays until something fails, another Registry takes over or the host stops.</summary>
    private async Task RelayAsync(CancellationToken stoppingToken)
    {
        await LogIsOpenAsync(stoppingToken).ConfigureAwait(false);
        var position = await _lease.TakeAsync(stoppingToken).ConfigureAwait(false);
        var inFlight = new InFlight(position);
        _inFlight = inFlight;
        RelayLog.Begins(_logger, _kafka.Topic, position);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var saving = SaveAsync(inFlight, stop);
        try
        {
            using var producer = NewProducer(inFlight);
            try
            {
                await PumpAsync(producer, inFlight, position, stop.Token).ConfigureAwait(false);
            }
            finally
            {
                // What is on its way is given a moment; what does not arrive comes again after the next start.
                if (stoppingToken.IsCancellationRequested && inFlight.Failure is null) producer.Flush(FlushTime);
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

    /// <summary>The writer opens the log: before, the head is no head and the database may have no tables.</summary>
    private async Task LogIsOpenAsync(CancellationToken cancellationToken)
    {
        using var subscription = _states.Subscribe();
        while ((await subscription.NextAsync(cancellationToken).ConfigureAwait(false)).State.Position.Log == default)
        {
        }
    }

    private async Task PumpAsync(IProducer<byte[], byte[]> producer, InFlight inFlight, long position, CancellationToken cancellationToken)
    {
        var log = _feed.Head.Log;
        while (inFlight.Failure is null)
        {
            // A log that was restored or truncated has fewer entries than were published: go on at its end.
            if (_feed.Head is var head && (head.Sequence < position || head.Log != log)) (position, log) = (Math.Min(position, head.Sequence), head.Log);
            var entries = await NextAsync(position, inFlight, cancellationToken).ConfigureAwait(false);
            if (entries.Count == 0) continue;
            position = entries[^1].Sequence;
            foreach (var command in Commands(entries)) Produce(producer, command, inFlight);
            await inFlight.WaitForRoomAsync(MostInFlight, cancellationToken).ConfigureAwait(false);
        }

        throw new KafkaException(new Error(ErrorCode.Local_Fail, inFlight.Failure));
    }

    /// <summary>The next entries, or none after a while, so that a failed message and a changed log are noticed on a quiet day too.</summary>
    private async ValueTask<IReadOnlyList<LogEntry>> NextAsync(long position, InFlight inFlight, CancellationToken cancellationToken)
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

    private void Produce(IProducer<byte[], byte[]> producer, IReadOnlyList<LogEntry> command, InFlight inFlight)
    {
        var messages = new List<(Message<byte[], byte[]> Message, LogEntry? Entry)>(command.Count + 1);
        foreach (var entry in command) messages.Add((EventMessage.Of(entry), entry));
        foreach (var source in _notifications)
        {
            foreach (var notification in source.NotificationsOf(command, _states.Current)) messages.Add((EventMessage.Of(notification), null));
        }

        var span = StartSpan(command, messages.Count);
        var group = inFlight.Begin(command[^1].Sequence, messages.Count);
        var left = messages.Count;
        foreach (var (message, entry) in messages) Send(message, entry);

        void Send(Message<byte[], byte[]> message, LogEntry? entry)
        {
            producer.Produce(_kafka.Topic, message, report =>
            {
                if (report.Error.Code is ErrorCode.MsgSizeTooLarge or ErrorCode.InvalidMsgSize && entry is not null && message.Value.Length > 0)
                {
                    RelayLog.TooLarge(_logger, entry.Sequence, message.Value.Length);
                    Send(EventMessage.Of(entry, withData: false), entry);
                    return;
                }

                if (report.Error.IsError)
                {
                    span?.SetStatus(ActivityStatusCode.Error, report.Error.Reason);
                    inFlight.Fail($"Kafka did not take the entry: {report.Error.Reason} ({report.Error.Code})");
                }
                else
                {
                    _problem = null;
                    Published.Add(1);
                    group.Acknowledge();
                }

                if (Interlocked.Decrement(ref left) == 0) span?.Dispose();
            });
        }
    }

    private Activity? StartSpan(IReadOnlyList<LogEntry> command, int messages)
    {
        if (command[0].TraceParent is not { } text || !KernelTelemetry.Source.HasListeners() || !ActivityContext.TryParse(text, null, isRemote: true, out var parent)) return null;
        var span = KernelTelemetry.Source.StartActivity("kafka publish", ActivityKind.Producer, parent);
        span?.SetTag("messaging.system", "kafka").SetTag("messaging.destination.name", _kafka.Topic).SetTag("messaging.batch.message_count", messages)
            .SetTag("mesh.sequence", command[^1].Sequence);

        // It ends on the producer's thread: it must not stay the current one here.
        Activity.Current = null;
        return span;
    }

    /// <summary>Keeps the position in the database while it moves, and the lease while others could take it.</summary>
    private async Task SaveAsync(InFlight inFlight, CancellationTokenSource stop)
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
            _problem = exception.Message;
            inFlight.Fail(exception.Message);
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

    /// <summary>An idempotent producer; after a fatal error it is of no more use and the relay makes another.</summary>
    private IProducer<byte[], byte[]> NewProducer(InFlight inFlight)
    {
        var config = new ProducerConfig(_kafka.NewClientConfig("cdaprod-mesh-relay"))
        {
            Acks = Acks.All,
            EnableIdempotence = true,
            LingerMs = 0,
            SocketNagleDisable = true,
            MessageTimeoutMs = 30_000,
            MessageMaxBytes = 4_000_000,
            RetryBackoffMs = 50,
            RetryBackoffMaxMs = 500,
            EnableBackgroundPoll = true,
        };
        return new ProducerBuilder<byte[], byte[]>(config)
            .SetLogHandler((_, message) => RelayLog.Client(_logger, message.Level <= SyslogLevel.Error ? LogLevel.Warning : LogLevel.Debug, message.Message))
            .SetErrorHandler((_, error) =>
            {
                _problem = $"{error.Reason} ({error.Code})";
                if (error.IsFatal) inFlight.Fail(_problem);
            })
            .Build();
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
