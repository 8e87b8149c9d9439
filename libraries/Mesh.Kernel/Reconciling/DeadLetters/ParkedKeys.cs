using System.Collections.Concurrent;
using Grpc.Core;
using Mesh.Contracts.V1;
using Mesh.Contracts.Waiting;
using Mesh.Kernel.Reconciling.Registries;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Kernel.Reconciling.DeadLetters;

/// <summary>
/// What this worker knows of parked keys: its own, sent to the Registry until that has them, and those that the Registry lists. One that
/// vanishes from the list has been replayed: its key is visited at once.
/// </summary>
public sealed partial class ParkedKeys(
    IRegistryClient registry, ReconcileQueue queue, CommandBudget budget, TimeProvider time, IOptions<ReconcilingOptions> options,
    ILogger<ParkedKeys> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<ReconcileKey, DeadLetter> _parked = new();
    private readonly ConcurrentDictionary<ReconcileKey, DeadLetter> _untold = new();
    private readonly Signal _added = new();

    /// <summary>Every parked key, whoever parked it.</summary>
    public IReadOnlyCollection<DeadLetter> All => [.. _parked.Values];

    /// <summary>Whether the key is parked.</summary>
    public bool Contains(ReconcileKey key) => _parked.ContainsKey(key);

    /// <summary>Parks a key: at once here, and at the Registry as soon as it can be told.</summary>
    public void Park(ReconcileKey key, string reason, Log.LogEntry? cause)
    {
        var letter = new DeadLetter
        {
            Id = DeadLetterId.Of(key),
            Reconciler = key.Reconciler,
            Resource = key.Resource,
            Reason = reason,
            Worker = $"{Environment.MachineName}/{Environment.ProcessId}",
            CausationId = cause?.EventId.ToString() ?? "",
            CausationSequence = cause?.Sequence ?? 0,
            Depth = cause?.Depth ?? 0,
        };
        if (!_parked.TryAdd(key, letter)) return;
        _untold[key] = letter;
        ReconcilingTelemetry.Parked.Add(1, new KeyValuePair<string, object?>("reconciler", key.Reconciler));
        LogParked(key, reason, letter.Id);
        _added.Set();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                // Taken before the letters are sent, so that a key parked meanwhile is not left for the next poll.
                var added = _added.Next;
                try
                {
                    await TellAsync(stoppingToken).ConfigureAwait(false);
                    await LearnAsync(stoppingToken).ConfigureAwait(false);
                }
                catch (RpcException exception) when (!stoppingToken.IsCancellationRequested)
                {
                    LogRegistryAway(exception.StatusCode, exception.Status.Detail, _untold.Count);
                }

                await added.OrAfterAsync(options.Value.ParkedPollInterval, time, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or RpcException && stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        foreach (var (key, letter) in _untold)
        {
            await registry.CallAsync((invoker, call) => new Contracts.V1.DeadLetters.DeadLettersClient(invoker).ParkAsync(letter, call),
                cancellationToken)
                .ConfigureAwait(false);
            _untold.TryRemove(key, out _);
        }
    }

    private async Task LearnAsync(CancellationToken cancellationToken)
    {
        var before = _parked.Keys.ToList();
        var listed = await registry.CallAsync(
            (invoker, call) => new Contracts.V1.DeadLetters.DeadLettersClient(invoker).ListAsync(new(), call), cancellationToken)
            .ConfigureAwait(false);
        var there = listed.Items.ToDictionary(letter => new ReconcileKey(letter.Reconciler, letter.Resource));
        foreach (var (key, letter) in there) _parked[key] = letter;

        // Only what was known before the question: a key parked meanwhile cannot be in the answer.
        foreach (var key in before.Where(key => !there.ContainsKey(key) && !_untold.ContainsKey(key)))
        {
            if (!_parked.TryRemove(key, out _)) continue;
            LogReplayed(key);
            budget.Forget(sent => sent == key);
            queue.Add(key);
        }
    }
}
