using Mesh.Kernel.Commands;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mesh.Registry.Hosting;

/// <summary>Ready when the log has been read and commands are taken.</summary>
internal sealed class WriterHealth(CommandWriter writer) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(writer.Ready
            ? HealthCheckResult.Healthy("The log has been read.")
            : HealthCheckResult.Unhealthy("The log is still being read, or the database is unavailable."));
}
