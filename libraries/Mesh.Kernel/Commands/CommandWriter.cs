using System.Diagnostics;
using System.Threading.Channels;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Kernel.Commands;

/// <summary>
/// The single writer of the log (Flow steps 2 and 3). Commands queue in a bounded channel; a batch is decided one after another, appended
/// in one durable transaction, published, and only then answered, whatever the answer. It keeps running through every failure of the
/// database: commands are refused with <c>unavailable</c> meanwhile, and reads go on.
/// </summary>
public sealed class CommandWriter : BackgroundService, ICommandBus
{
    private readonly StateFolder _folder;
    private readonly LogFollower _log;
    private readonly ILogStore _store;
    private readonly TimeProvider _time;
    private readonly KernelOptions _options;
    private readonly ILogger<CommandWriter> _logger;
    private readonly Channel<PendingCommand> _queue;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _away;

    /// <summary>A writer; it begins when the host starts.</summary>
    public CommandWriter(StateFolder folder, LogFollower log, ILogStore store, TimeProvider time, IOptions<KernelOptions> options,
        ILogger<CommandWriter> logger)
    {
        (_folder, _log, _store, _time, _options, _logger) = (folder, log, store, time, options.Value, logger);
        _queue = Channel.CreateBounded<PendingCommand>(new BoundedChannelOptions(_options.QueueLength) { SingleReader = true });
    }

    /// <summary>
    /// Completes when the log has been read, however long the database is unavailable; fails with <see cref="UnusableLogException"/> where
    /// it cannot be used, so that the host ends.
    /// </summary>
    public Task Opened => _opened.Task;

    /// <summary>Whether the log has been read and commands are taken.</summary>
    public bool Ready { get; private set; }

    /// <inheritdoc/>
    public async ValueTask<CommandOutcome> SendAsync(CommandEnvelope envelope, CancellationToken cancellationToken)
    {
        if (!Ready) return Unavailable("starting", "The Registry is still reading its log. Try again in a moment.");
        if (envelope.IdempotencyKey is { Length: > 128 })
        {
            return new CommandOutcome
            {
                Sequence = _log.Current.Sequence,
                Refusal = Refusal.Of(RefusalKind.Invalid, "Idempotency-Key", "key-too-long",
                    "An Idempotency-Key has at most 128 characters."),
            };
        }

        var parent = envelope.TraceParent is { } text && ActivityContext.TryParse(text, null, out var given)
            ? given
            : Activity.Current?.Context ?? default;
        return await EnqueueAsync(new PendingCommand(envelope, parent), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Confirms the head with the database and gives a state at least as new as every write that was answered before the call: what a
    /// strong read needs. Calls share one confirmation.
    /// </summary>
    /// <exception cref="LogStoreException">The database cannot be reached.</exception>
    public async ValueTask<MeshState> ConfirmHeadAsync(CancellationToken cancellationToken)
    {
        if (!Ready) throw new LogStoreException("The Registry is still reading its log.", false);
        var outcome = await EnqueueAsync(new PendingCommand(null, default), cancellationToken).ConfigureAwait(false);
        return outcome.Refusal is { } refusal ? throw new LogStoreException(refusal.Problems[0].Message, false) : _log.Current;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await _log.OpenAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (UnusableLogException unusable)
        {
            _opened.TrySetException(unusable);
            return;
        }

        Ready = true;
        _opened.TrySetResult();
        using var poll = _store.Shared
            ? _time.CreateTimer(_ => _queue.Writer.TryWrite(new PendingCommand(null, default)), null, _options.SharedPoll,
                _options.SharedPoll)
            : null;
        var batch = new List<PendingCommand>(_options.MaxBatch);
        try
        {
            while (await _queue.Reader.WaitToReadAsync(stoppingToken).ConfigureAwait(false))
            {
                while (batch.Count < _options.MaxBatch && _queue.Reader.TryRead(out var pending)) batch.Add(pending);

                // Not cancelled half-way: a host that stops finishes the batch that it has begun, so that its answers are true.
                await CommitAsync(batch, CancellationToken.None).ConfigureAwait(false);
                batch.Clear();
            }
        }
        finally
        {
            // Whoever is still waiting gets an honest answer: what was not committed by now is not going to be.
            Ready = false;
            _queue.Writer.TryComplete();
            while (_queue.Reader.TryRead(out var pending)) batch.Add(pending);
            foreach (var pending in batch)
                pending.Complete(
                    Unavailable("stopping", "The Registry is stopping. Send the command again, with the same Idempotency-Key."));
        }
    }

    private async ValueTask<CommandOutcome> EnqueueAsync(PendingCommand pending, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(pending, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            return Unavailable("stopping", "The Registry is stopping. Send the command again.");
        }

        return await pending.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task CommitAsync(List<PendingCommand> batch, CancellationToken cancellationToken)
    {
        StartSpans(batch);
        try
        {
            // Every round either commits or learns of entries that somebody else has committed.
            while (!await TryCommitAsync(batch, cancellationToken).ConfigureAwait(false))
            {
            }

            if (_away) WriterLog.CommitsAgain(_logger);
            _away = false;
        }
        catch (LogStoreException exception)
        {
            // Said once for as long as it lasts: every command is answered, and clients try again many times a second.
            if (!_away) WriterLog.CommitFailed(_logger, batch.Count, exception);
            _away = true;
            foreach (var pending in batch)
                pending.Complete(
                    Unavailable("log-unavailable",
                        $"The log cannot be written now. {exception.Message} Repeat the command with the same Idempotency-Key: it takes "
                            + "effect at most once."));
        }
    }

    private static void StartSpans(List<PendingCommand> batch)
    {
        if (!KernelTelemetry.Source.HasListeners()) return;
        foreach (var pending in batch.Where(pending => pending.Envelope is not null))
        {
            // A command without a trace of its own is not part of the one before it.
            Activity.Current = null;
            pending.Span = KernelTelemetry.Source.StartActivity("log append", ActivityKind.Internal,
                pending.Parent)?.SetTag("mesh.command", pending.Envelope!.Command.Name).SetTag("mesh.batch", batch.Count);
        }

        // What the database does for all of them shows under one that is traced.
        Activity.Current = batch.Find(pending => pending.Span is { Recorded: true })?.Span;
    }

    private async ValueTask<bool> TryCommitAsync(List<PendingCommand> batch, CancellationToken cancellationToken)
    {
        await _log.SettleAsync(cancellationToken).ConfigureAwait(false);
        var known = _log.Current;
        CommandKey[] keys = [.. batch.Select(pending => pending.Key).OfType<CommandKey>().Distinct()];
        var kept = keys.Length == 0 ? [] : await _store.FindCommandsAsync(keys, cancellationToken).ConfigureAwait(false);
        var decider = new BatchDecider(_folder, known, kept, _time);
        var answers = new (PendingCommand Pending, CommandOutcome? Outcome, Exception? Defect)[batch.Count];
        for (var i = 0; i < batch.Count; i++)
        {
            try
            {
                answers[i] = (batch[i], decider.Decide(batch[i]), null);
            }
#pragma warning disable CA1031 // A defect in one decision is that caller's error, not the batch's.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                answers[i] = (batch[i], null, exception);
            }
        }

        var started = Stopwatch.GetTimestamp();
        if (!await _log.AppendAsync(known, decider.Speculative, decider.Batch, cancellationToken).ConfigureAwait(false)) return false;
        KernelTelemetry.CommitDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        KernelTelemetry.BatchSize.Record(batch.Count);
        foreach (var (pending, outcome, defect) in answers)
        {
            if (defect is not null)
            {
                WriterLog.DecisionThrew(_logger, pending.Envelope!.Command.Name, defect);
                pending.Fail(defect);
                continue;
            }

            Count(outcome!);
            pending.Complete(outcome!);
        }

        return true;
    }

    private static void Count(CommandOutcome outcome) => KernelTelemetry.Commands.Add(1, new KeyValuePair<string, object?>("outcome",
        outcome.Refusal is not null ? "refused" : outcome.Replayed ? "replayed" : outcome.Changed ? "changed" : "unchanged"));

    private CommandOutcome Unavailable(string code, string message) => new()
    {
        Sequence = _log.Current.Sequence,
        Refusal = Refusal.Of(RefusalKind.Unavailable, "", code, message),
    };
}
