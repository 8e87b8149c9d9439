using Mesh.DataPlane.Ads;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mesh.Proxy.Hosting;

/// <summary>
/// Ready when a control plane has told the configuration, or after a while from the last good file alone; no longer ready once the host is
/// stopping.
/// </summary>
internal sealed class ReadyCheck(AdsClient client, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Check(client.Status));

    private HealthCheckResult Check(AdsStatus status)
    {
        var why = status.LastFault ?? "no answer yet";
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return HealthCheckResult.Unhealthy("The gateway is stopping.");
        if (!client.Config.Ready.IsCompleted)
        {
            var what = client.Config.Restored ? "No control plane has confirmed the last good configuration yet" : "No configuration yet";
            return HealthCheckResult.Unhealthy($"{what}. Control plane {status.ControlPlane}: {why}");
        }

        return status.Connected
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Healthy($"Serving the last good configuration; control plane {status.ControlPlane} is unavailable: {why}");
    }
}
