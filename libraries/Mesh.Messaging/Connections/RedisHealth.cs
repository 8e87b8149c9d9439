using System.Net;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Mesh.Messaging.Connections;

/// <summary>
/// Whether Redis can be reached. A host works without it, so this says so and keeps no host from being ready; it asks nobody.
/// </summary>
internal sealed class RedisHealth(IConnectionMultiplexer redis) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(redis.IsConnected
        ? HealthCheckResult.Healthy()
        : HealthCheckResult.Degraded($"Redis does not answer at {string.Join(", ", redis.GetEndPoints().Select(Text))}"));

    private static string Text(EndPoint endpoint) => endpoint is DnsEndPoint name ? $"{name.Host}:{name.Port}" : $"{endpoint}";
}
