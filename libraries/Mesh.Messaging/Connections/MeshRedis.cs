using System.Net;
using Mesh.Contracts.Text;
using Mesh.Kernel.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Mesh.Messaging.Connections;

/// <summary>
/// Redis by Aspire's client integration: <c>ConnectionStrings__redis</c>, and <c>Aspire__StackExchange__Redis__*</c> for what it does not
/// hold.
/// </summary>
public static class MeshRedis
{
    private const int TimeoutMs = 1_000;
    private const string Tracing = "Aspire:StackExchange:Redis:DisableTracing";

    /// <summary>
    /// Registers an <see cref="IConnectionMultiplexer"/> that is made on first use and goes on trying while Redis is unavailable:
    /// commands fail then (<see cref="RedisConnectionException"/>), start-up does not, and the host is ready, with the health check
    /// <c>redis</c> degraded. Nothing is registered without a connection string, so take it as <c>IConnectionMultiplexer?</c>.
    /// </summary>
    /// <exception cref="SettingException">A setting cannot be used, also one that means nothing without a connection string.</exception>
    public static IHostApplicationBuilder AddMeshRedis(this IHostApplicationBuilder builder, string connectionName = "redis")
    {
        var isTraced = IsTraced(builder.Configuration);
        if (builder.Configuration.GetConnectionString(connectionName) is not { Length: > 0 } connectionString
            || builder.Services.Any(service => service.ServiceType == typeof(IConnectionMultiplexer)))
        {
            return builder;
        }

        CheckAddresses(connectionString, connectionName);
        builder.AddRedisClient(
            connectionName,
            settings =>
            {
                // A start waits for nobody.
                settings.DisableAutoActivation = true;
                // It fails where Redis is unavailable, and all that reads readiness would take hosts out that work without it.
                settings.DisableHealthChecks = true;
                // It records every command for ten seconds, also of requests that nobody traces: heartbeats by the thousand. So it is asked
                // for.
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

    private static bool IsTraced(IConfiguration configuration) => configuration[Tracing] switch
    {
        null or "" => false,
        var text when bool.TryParse(text, out var isDisabled) => !isDisabled,
        var text =>
            throw new SettingException($"'{text}' in {Tracing.Replace(":", "__", StringComparison.Ordinal)} is neither true nor false."),
    };

    // The client takes whatever it cannot read for a host's name, and looks for it for ever.
    private static void CheckAddresses(string connectionString, string connectionName)
    {
        foreach (var endpoint in ConfigurationOptions.Parse(connectionString).EndPoints.OfType<DnsEndPoint>())
        {
            if (Uri.CheckHostName(endpoint.Host) == UriHostNameType.Unknown)
                throw new SettingException(
                    $"'{Printable.Of(endpoint.Host, 80)}' in ConnectionStrings__{connectionName} is not the address of a Redis; write "
                        + "it as host:6379.");
        }
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
