using Mesh.DataPlane.Ads;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mesh.Proxy.Hosting;

/// <summary>Ready when there is a configuration, from a control plane or from the last good file; no longer ready once the host is stopping.</summary>
internal sealed class ReadyCheck(AdsClient client, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return Task.FromResult(HealthCheckResult.Unhealthy("The gateway is stopping."));
        if (!client.Config.Ready.IsCompleted)
            return Task.FromResult(HealthCheckResult.Unhealthy($"No configuration yet. Control plane {client.Status.ControlPlane}: {client.Status.LastFault ?? "no answer yet"}"));
        return Task.FromResult(client.Status.Connected
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Healthy($"Serving the last good configuration; control plane {client.Status.ControlPlane} is away: {client.Status.LastFault}"));
    }
}
