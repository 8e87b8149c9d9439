using System.Collections.Concurrent;
using Grpc.Core;
using Mesh.Contracts.Waiting;
using Mesh.Kernel.Log;
using Mesh.Kernel.Reconciling.DeadLetters;
using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Kernel.Reconciling;

/// <summary>
/// The engine of all reconcilers (Flow step 8): what changes in the replica, a shard that comes in, a timer or the sweep puts keys into one
/// queue; a few workers take them out and let the reconciler look. What fails is tried again, later and later; what never ends is parked.
/// </summary>
public sealed partial class ReconcilerLoop(
    ReconcilerSet reconcilers, IMeshReplica replica, IShardOwnership shards, ReconcileQueue queue, CommandSender sender,
    CommandBudget budget,
    ParkedKeys parked, TimeProvider time, IOptions<ReconcilingOptions> options, ILogger<ReconcilerLoop> logger) : BackgroundService
{
    // Until the replica shows what this key's last command did, a visit would only send it again.
    private static readonly TimeSpan OwnWriteRetry = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan WarnEvery = TimeSpan.FromSeconds(30);
    private readonly ReconcilingOptions _options = options.Value;
    private readonly ConcurrentDictionary<ReconcileKey, LogEntry> _causes = new();
    private readonly ConcurrentDictionary<ReconcileKey, (int Count, DateTimeOffset NotBefore)> _failures = new();
    private long _warned;
    private long _sweeps;

    /// <summary>Completed sweeps over all owned keys since the start.</summary>
    public long Sweeps => Interlocked.Read(ref _sweeps);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await replica.WaitForStateAsync(stoppingToken).ConfigureAwait(false);
        await BackgroundTasks.RunAsync(
            stoppingToken,
            [FollowStateAsync, FollowShardsAsync, SweepAsync, RefillAsync,
                .. Enumerable.Repeat<Func<CancellationToken, Task>>(WorkAsync, _options.Concurrency)])
            .ConfigureAwait(false);
    }

    private async Task FollowStateAsync(CancellationToken cancellationToken)
    {
        using var subscription = replica.Subscribe();
        while (true)
        {
            var change = await subscription.NextAsync(cancellationToken).ConfigureAwait(false);

            // Causes first: a key may be taken out of the queue the moment it is in.
            foreach (var cause in change.Causes) AddKeysOf(cause.Stream, change.State, cause);
            if (change.Reset) await FillAsync(change.State, shards.Current, cancellationToken).ConfigureAwait(false);
            foreach (var stream in change.Streams) AddKeysOf(stream, change.State, null);
        }
    }

    private void AddKeysOf(string stream, MeshState state, LogEntry? cause)
    {
        foreach (var reconciler in reconcilers.All)
        {
            if (reconciler.ResourceOf(stream, state) is not { } resource || !shards.Current.Owns(resource)) continue;
            var key = new ReconcileKey(reconciler.Name, resource);
            if (cause is not null && !reconciler.ReportsObservations)
                _causes.AddOrUpdate(key, cause, (_, known) => known.Depth > cause.Depth ? known : cause);
            queue.Add(key);
        }
    }

    private async Task FollowShardsAsync(CancellationToken cancellationToken)
    {
        var known = ShardSet.None;
        while (true)
        {
            var now = await shards.ChangedAsync(known, cancellationToken).ConfigureAwait(false);
            var gained = now.Except(known);
            known = now;
            if (gained.Count == 0) continue;
            LogGained(gained.Count, now.Count);
            await FillAsync(replica.Current, gained, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Backoff.Around(_options.SweepInterval, 0.2, Random.Shared), time, cancellationToken).ConfigureAwait(false);
            budget.Forget();
            sender.Forget();
            await FillAsync(replica.Current, shards.Current, cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref _sweeps);
        }
    }

    private async Task RefillAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await queue.OverflowAsync(cancellationToken).ConfigureAwait(false);
            LogOverflow(_options.QueueCapacity);
            await FillAsync(replica.Current, shards.Current, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task FillAsync(MeshState state, ShardSet owned, CancellationToken cancellationToken)
    {
        foreach (var reconciler in reconcilers.All)
        {
            foreach (var resource in reconciler.Resources(state))
            {
                if (owned.Owns(resource))
                    await queue.AddAsync(new ReconcileKey(reconciler.Name, resource), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var key = await queue.TakeAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await VisitAsync(key, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                queue.Done(key);
            }
        }
    }

    private async Task VisitAsync(ReconcileKey key, CancellationToken cancellationToken)
    {
        if (reconcilers.Find(key.Reconciler) is not { } reconciler || !shards.Current.Owns(key.Resource) || parked.Contains(key))
        {
            Forget(key);
            return;
        }

        var pause = PauseOf(key, reconciler);
        if (pause > TimeSpan.Zero)
        {
            queue.AddAfter(key, pause);
            return;
        }

        _causes.TryRemove(key, out var cause);
        try
        {
            var again = await reconciler.ReconcileAsync(new ReconcileContext(key, replica.Current, cause, sender),
                cancellationToken).ConfigureAwait(false);
            _failures.TryRemove(key, out _);
            Count(key, "done");
            if (again is { } delay) queue.AddAfter(key, delay);
        }
        catch (ParkedException exception)
        {
            Forget(key);
            Count(key, "parked");
            parked.Park(key, exception.Message, cause);
        }
        // A resource that cannot be reconciled must not keep the others waiting; it is logged, counted and tried again.
#pragma warning disable CA1031
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Fail(key, cause, exception);
        }
    }

    private void Fail(ReconcileKey key, LogEntry? cause, Exception exception)
    {
        Count(key, "failed");
        if (cause is not null) _causes.TryAdd(key, cause);
        var failures = _failures.GetValueOrDefault(key).Count + 1;
        var delay = new Backoff(_options.FirstBackoff, _options.LongestBackoff).After(failures, Random.Shared);
        _failures[key] = (failures, time.GetUtcNow() + delay);
        queue.AddAfter(key, delay);
        if (exception is not RpcException rpc) LogFailed(exception, key, failures, delay);
        else if (rpc.StatusCode is not (StatusCode.Unavailable or StatusCode.DeadlineExceeded))
            LogRefused(key, failures, rpc.StatusCode, rpc.Status.Detail, delay);
        else if (MayWarn()) LogNoRegistry(_failures.Count, rpc.StatusCode, rpc.Status.Detail);
    }

    // While no Registry answers every key fails in the same way: that is said once in a while, not for each.
    private bool MayWarn()
    {
        var last = Interlocked.Read(ref _warned);
        return (last == 0 || time.GetElapsedTime(last) > WarnEvery)
            && Interlocked.CompareExchange(ref _warned, time.GetTimestamp(), last) == last;
    }

    // What a key waits for before it may be visited: its own last write, the end of its backoff, its share of the commands.
    private TimeSpan PauseOf(ReconcileKey key, IReconciler reconciler)
    {
        if (sender.IsAwaited(key, replica.Current)) return OwnWriteRetry;
        if (_failures.TryGetValue(key, out var failed) && failed.NotBefore - time.GetUtcNow() is var left && left > TimeSpan.Zero)
            return left;
        return reconciler.ReportsObservations ? budget.Pace(key, _options.MaxCommandsPerMinute) : TimeSpan.Zero;
    }

    private void Forget(ReconcileKey key)
    {
        _causes.TryRemove(key, out _);
        _failures.TryRemove(key, out _);
    }

    private static void Count(ReconcileKey key, string outcome) =>
        ReconcilingTelemetry.Visits.Add(1, new KeyValuePair<string, object?>("reconciler", key.Reconciler),
            new KeyValuePair<string, object?>("outcome", outcome));
}
