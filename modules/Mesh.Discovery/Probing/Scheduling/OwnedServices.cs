using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Probing.Scheduling;

/// <summary>
/// Follows the services whose shards this worker owns: timers start and stop with ownership as with the services themselves.
/// </summary>
public sealed class OwnedServices(IMeshReplica replica, IShardOwnership shards)
{
    /// <summary>Whom an instance of a service must show itself to be now; null for plaintext.</summary>
    /// <param name="service">The service.</param>
    /// <param name="takesTls">Whether the instance carries the label that says that it takes TLS of the mesh.</param>
    public InstancePeer? PeerOf(ServiceKey service, bool takesTls) =>
        replica.Current.TryFacts<IInstanceSecurity>()?.PeerOf(service, takesTls);

    /// <summary>
    /// Calls <paramref name="sync"/> with every owned service, then with each one that changes or comes in; with null for one that is gone
    /// or somebody else's now. One call at a time. Does not return before it is cancelled.
    /// </summary>
    public async Task FollowAsync(Action<ServiceKey, ServiceState?> sync, CancellationToken cancellationToken)
    {
        await replica.WaitForStateAsync(cancellationToken).ConfigureAwait(false);
        using var subscription = replica.Subscribe();
        var known = new HashSet<ServiceKey>();
        var owned = shards.Current;
        var state = replica.Current;
        var moved = shards.ChangedAsync(owned, cancellationToken).AsTask();
        var changed = subscription.NextAsync(cancellationToken).AsTask();
        while (true)
        {
            await Task.WhenAny(moved, changed).ConfigureAwait(false);
            if (moved.IsCompleted)
            {
                owned = await moved.ConfigureAwait(false);
                moved = shards.ChangedAsync(owned, cancellationToken).AsTask();
                SyncAll(state, owned, known, sync);
                continue;
            }

            var change = await changed.ConfigureAwait(false);
            changed = subscription.NextAsync(cancellationToken).AsTask();
            state = change.State;
            if (change.Reset) SyncAll(state, owned, known, sync);
            else SyncSome(change, owned, known, sync);
        }
    }

    private static void SyncAll(MeshState state, ShardSet owned, HashSet<ServiceKey> known, Action<ServiceKey, ServiceState?> sync)
    {
        var services = state.Facts<DiscoveryState>();
        foreach (var key in known.Where(key => services.Find(key) is null || !owned.Owns(key.ToString())).ToList())
        {
            known.Remove(key);
            sync(key, null);
        }

        foreach (var service in services.All.Where(service => owned.Owns(service.Key.ToString())))
        {
            known.Add(service.Key);
            sync(service.Key, service);
        }
    }

    private static void SyncSome(StateChange change, ShardSet owned, HashSet<ServiceKey> known, Action<ServiceKey, ServiceState?> sync)
    {
        var services = change.State.Facts<DiscoveryState>();
        foreach (var key in change.Streams.Select(DiscoveryStreams.KeyOf).OfType<ServiceKey>().Distinct())
        {
            if (!owned.Owns(key.ToString())) continue;
            var service = services.Find(key);
            if (service is null) known.Remove(key);
            else known.Add(key);
            sync(key, service);
        }
    }
}
