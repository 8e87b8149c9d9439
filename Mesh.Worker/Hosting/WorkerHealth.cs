using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Kernel.Replication;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mesh.Worker.Hosting;

/// <summary>A worker is ready once it has a state to work on; which shards it owns is said, but one that owns none is in order.</summary>
internal sealed class WorkerHealth(IMeshReplica replica, IShardOwnership shards) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
        replica.Status.HasState
            ? HealthCheckResult.Healthy($"{shards.Current.Count} of {Shards.Count} shards ({shards.Description})")
            : HealthCheckResult.Unhealthy("No state yet: neither a Registry nor a last-known-good copy can be read."));
}
