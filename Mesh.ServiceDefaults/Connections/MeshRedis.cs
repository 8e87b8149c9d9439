using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Mesh.ServiceDefaults.Connections;

/// <summary>Redis by Aspire's naming (<c>ConnectionStrings__redis</c>).</summary>
public static class MeshRedis
{
    private const int TimeoutMs = 1_000;

    /// <summary>
    /// Registers an <see cref="IConnectionMultiplexer"/> that is made on first use and goes on trying while Redis is away:
    /// commands fail then (<see cref="RedisConnectionException"/>), start-up does not. Nothing is registered without a connection
    /// string, so take it as <c>IConnectionMultiplexer?</c>.
    /// </summary>
    public static IHostApplicationBuilder AddMeshRedis(this IHostApplicationBuilder builder, string connectionName = "redis")
    {
        if (builder.Configuration.GetConnectionString(connectionName) is { Length: > 0 } connectionString)
            builder.Services.TryAddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(Configure(connectionString)));
        return builder;
    }

    /// <summary>Fails fast while Redis is away and comes back by itself, so that neither a start nor a heartbeat waits for it.</summary>
    public static ConfigurationOptions Configure(string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = false;
        options.AllowAdmin = true; // INFO, which tells one life of Redis from the next
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ConnectTimeout = Math.Min(options.ConnectTimeout, TimeoutMs);
        options.AsyncTimeout = Math.Min(options.AsyncTimeout, TimeoutMs);
        options.ReconnectRetryPolicy = new LinearRetry(500);
        return options;
    }
}
