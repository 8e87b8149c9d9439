using Mesh.Contracts.Discovery;
using Mesh.Discovery.State;
using Mesh.Kernel.Leases;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Discovery.Probing.Leases;

/// <summary>
/// Looks for leases that have run out in the owned shards (Flow step 8) and has the <see cref="HealthReporter"/> say so. What Redis has
/// lost it gives back: a registration with a TTL and no lease gets a full one. Leases of what is expired, replaced or gone are released.
/// </summary>
public sealed partial class LeaseExpirer(
    ILeaseStore store, LeaseWatch watch, IMeshReplica replica, IShardOwnership shards, IReconcileTrigger trigger, TimeProvider time,
    IOptions<ProbingOptions> options, IOptions<ReconcilingOptions> reconciling, ILogger<LeaseExpirer> logger) : BackgroundService
{
    private const int Limit = 50_000;
    private string? _suspended;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await replica.WaitForStateAsync(stoppingToken).ConfigureAwait(false);
            using var timer = new PeriodicTimer(options.Value.LeaseInterval, time);
            var owned = ShardSet.None;
            long ensured = 0;
            do
            {
                var now = shards.Current;
                if (now.Except(owned).Count > 0 || time.GetElapsedTime(ensured) >= reconciling.Value.SweepInterval)
                {
                    ensured = time.GetTimestamp();
                    await EnsureAsync(now, stoppingToken).ConfigureAwait(false);
                }

                owned = now;
                await LookAsync(now, stoppingToken).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    // Those that the log calls expired get none: only a heartbeat brings them back.
    private async Task EnsureAsync(ShardSet owned, CancellationToken cancellationToken)
    {
        var leases = Owned(replica.Current, owned)
            .SelectMany(service => service.Instances
                .Where(instance => instance.Spec.TtlSeconds > 0 && instance.Status.Lease != HealthState.Critical)
                .Select(instance => new Lease(LeaseWatch.KeyOf(service, instance), TimeSpan.FromSeconds(instance.Spec.TtlSeconds))))
            .ToList();
        await store.EnsureAsync(leases, cancellationToken).ConfigureAwait(false);
    }

    private async Task LookAsync(ShardSet owned, CancellationToken cancellationToken)
    {
        var found = await store.ReadExpiredAsync(Limit, cancellationToken).ConfigureAwait(false);
        if (found.Suspended != _suspended)
        {
            _suspended = found.Suspended;
            if (_suspended is not null) LogSuspended(_suspended);
            else LogResumed();
        }

        var state = replica.Current;
        var services = state.Facts<DiscoveryState>();
        var mine = new List<LeaseKey>();
        // A lease of an incarnation newer than the replica's has only not arrived here yet.
        foreach (var key in found.Keys.Where(key => owned.Owns(key.Service.ToString())))
        {
            var instance = services.Find(key.Service)?.Find(key.InstanceId);
            if (instance is not null && instance.Incarnation < key.Incarnation) continue;

            // What the log calls expired needs no lease any more: the next heartbeat makes it again. One released in the very moment of a
            // heartbeat comes back with the sweep.
            if (instance?.Incarnation == key.Incarnation && instance.Status.Lease != HealthState.Critical) mine.Add(key);
            else await store.ReleaseAsync(key, cancellationToken).ConfigureAwait(false);
        }

        watch.Set(mine);
        foreach (var service in mine.Select(key => key.Service).Distinct())
            trigger.Trigger(HealthReporter.ReconcilerName, service.ToString(), TimeSpan.Zero);
    }

    private static IEnumerable<ServiceState> Owned(MeshState state, ShardSet owned) =>
        state.Facts<DiscoveryState>().Services.Where(service => owned.Owns(service.Key.ToString()));
}
