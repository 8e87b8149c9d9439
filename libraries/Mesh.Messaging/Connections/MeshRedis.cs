using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Mesh.Messaging.Connections;

/// <summary>Redis by Aspire's client integration: <c>ConnectionStrings__redis</c>, and <c>Aspire__StackExchange__Redis__*</c> for what it does not hold.</summary>
public static class MeshRedis
{
    private const int TimeoutMs = 1_000;
    private const string Tracing = "Aspire:StackExchange:Redis:DisableTracing";

    /// <summary>
    /// Registers an <see cref="IConnectionMultiplexer"/> that is made on first use and goes on trying while Redis is unavailable:
    /// commands fail then (<see cref="RedisConnectionException"/>), start-up does not, and the host is ready, with the health check <c>redis</c> degraded.
    /// Nothing is registered without a connection string, so take it as <c>IConnectionMultiplexer?</c>.
    /// </summary>
    public static IHostApplicationBuilder AddMeshRedis(this IHostApplicationBuilder builder, string connectionName = "redis")
    {
        if (builder.Configuration.GetConnectionString(connectionName) is not { Length: > 0 } || builder.Services.Any(service => service.ServiceType == typeof(IConnectionMultiplexer)))
            return builder;
        var isTraced = builder.Configuration.GetValue<bool?>(Tracing) == false;
        builder.AddRedisClient(
            connectionName,
            settings =>
            {
                // A start waits for nobody.
                settings.DisableAutoActivation = true;
                // It fails where Redis is unavailable, and all that reads readiness would take hosts out that work without it.
                settings.DisableHealthChecks = true;
                // It records every command for ten seconds, also of requests that nobody traces: heartbeats by the thousand. So it is asked for.
                settings.DisableTracing = !isTraced;
            },
            FailFast);
        builder.Services.AddHealthChecks().AddCheck<RedisHealth>("redis", HealthStatus.Degraded);
        return builder;
    }

    /// <summary>What a connection string means here.</summary>
    public static ConfigurationOptions Configure(string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        FailFast(options);
        return options;
    }

    // Fails fast while Redis is unavailable and comes back by itself, so that neither a start nor a heartbeat waits for it.
    private static void FailFast(ConfigurationOptions options)
    {
        options.AbortOnConnectFail = false;
        options.AllowAdmin = true; // INFO, which tells one life of Redis from the next
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ConnectTimeout = Math.Min(options.ConnectTimeout, TimeoutMs);
        options.AsyncTimeout = Math.Min(options.AsyncTimeout, TimeoutMs);
        options.ReconnectRetryPolicy = new LinearRetry(500);
    }
}
