using Mesh.ControlPlane.Settings;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Replication;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Mesh.ControlPlane.Compile;

/// <summary>
/// When a control plane may serve: level with the head, or less than a second behind it, or from the last-known-good copy while no Registry
/// answers. Having served once it goes on serving, whatever happens to the Registry.
/// </summary>
internal sealed class ControlPlaneReadiness(
    IMeshReplica replica, SnapshotHub hub, TimeProvider time, IOptions<ControlPlaneOptions> options, ILogger<ControlPlaneReadiness> logger)
        : IHealthCheck
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until the first snapshot may be made; not for ever where the head is always ahead.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        await replica.WaitForStateAsync(cancellationToken);
        var since = time.GetUtcNow();
        using var timer = new PeriodicTimer(Pause, time);
        while (!IsLevel(replica.Status))
        {
            if (time.GetUtcNow() - since > options.Value.ServeBehindAfter)
            {
                logger.ServingBehind(replica.Status.Sequence, replica.Status.KnownHead, options.Value.ServeBehindAfter.TotalSeconds);
                return;
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var status = replica.Status;
        var text = hub.Current.Position is null ? "No state yet: waiting for the Registry"
            : !IsLevel(status) ? $"Sequence {status.Sequence} is {status.Lag} entries behind the head"
            : status.LastKnownGood ? $"Serving the last-known-good copy of sequence {status.Sequence}: no Registry answers" : null;
        return Task.FromResult(text is null
            ? HealthCheckResult.Healthy($"Sequence {hub.Current.Sequence}")
            : hub.Current.Position is not null && IsLevel(status) ? HealthCheckResult.Degraded(text) : HealthCheckResult.Unhealthy(text));
    }

    private bool IsLevel(ReplicaStatus status) =>
        status.HasState && (status.LastKnownGood || status.Lag == 0 || status.Age <= options.Value.ReadyWithin);
}
