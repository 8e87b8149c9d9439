using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Mesh.ServiceDefaults.Connections;

/// <summary>Redis by Aspire's naming (<c>ConnectionStrings__redis</c>).</summary>
public static class MeshRedis
{
    private const int ConnectTimeoutMs = 1_000;

    /// <summary>
    /// Registers an <see cref="IConnectionMultiplexer"/> that is made on first use and goes on trying while Redis is away:
    /// commands fail then (<see cref="RedisConnectionException"/>), start-up does not. Nothing is registered without a connection
    /// string, so take it as <c>IConnectionMultiplexer?</c>.
    /// </summary>
    public static IHostApplicationBuilder AddMeshRedis(this IHostApplicationBuilder builder, string connectionName = "redis")
    {
        if (builder.Configuration.GetConnectionString(connectionName) is { Length: > 0 } connectionString)
            builder.Services.TryAddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(Options(connectionString)));
        return builder;
    }

    internal static ConfigurationOptions Options(string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = false;
        // StackExchange.Redis counts INFO as an admin command; leases need it to tell one life of Redis from the next.
        options.AllowAdmin = true;
        options.ConnectTimeout = Math.Min(options.ConnectTimeout, ConnectTimeoutMs);
        options.ReconnectRetryPolicy = new ExponentialRetry(deltaBackOffMilliseconds: 100, maxDeltaBackOffMilliseconds: 2_000);
        // A command must not wait for a Redis that may never come: its caller knows better what to do without.
        options.BacklogPolicy = BacklogPolicy.FailFast;
        return options;
    }
}
