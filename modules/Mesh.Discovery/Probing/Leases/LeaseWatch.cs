using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Health;
using Mesh.Discovery.State;
using Mesh.Kernel.Leases;

namespace Mesh.Discovery.Probing.Leases;

/// <summary>What is known of run-out leases, and the verdicts that follow. A lease is read again right before it counts.</summary>
public sealed class LeaseWatch(ILeaseStore store)
{
    private volatile FrozenSet<LeaseKey> _expired = [];

    /// <summary>The leases that had run out when it was last looked; none while expiry is suspended.</summary>
    public IReadOnlyCollection<LeaseKey> Expired => _expired;

    /// <summary>Takes over what has been found.</summary>
    public void Set(IEnumerable<LeaseKey> expired) => _expired = expired.ToFrozenSet();

    /// <summary>The instances whose lease has run out and of which the log does not say so yet.</summary>
    public async ValueTask<ImmutableArray<HealthVerdict>> VerdictsOfAsync(ServiceState service, CancellationToken cancellationToken)
    {
        var expired = _expired;
        if (expired.Count == 0) return [];
        var verdicts = ImmutableArray.CreateBuilder<HealthVerdict>();
        foreach (var instance in service.Instances)
        {
            var key = KeyOf(service, instance);
            if (instance.Spec.TtlSeconds == 0 || instance.Status.Lease == HealthState.Critical || !expired.Contains(key)) continue;
            if (await store.IsExpiredAsync(key, cancellationToken).ConfigureAwait(false))
                verdicts.Add(
                    new HealthVerdict(instance.Id, instance.Incarnation, VerdictSource.Lease, HealthState.Critical,
                        $"lease of {instance.Spec.TtlSeconds} s ran out"));
        }

        return verdicts.ToImmutable();
    }

    internal static LeaseKey KeyOf(ServiceState service, InstanceState instance) => new(service.Key, instance.Id, instance.Incarnation);
}
