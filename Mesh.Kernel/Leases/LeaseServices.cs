using Mesh.Kernel.State;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Mesh.Kernel.Leases;

/// <summary>Registers leases.</summary>
public static class LeaseServices
{
    /// <summary>
    /// Adds <see cref="ILeaseStore"/> on <c>ConnectionStrings__redis</c> (an <see cref="IConnectionMultiplexer"/> that is registered already is used);
    /// needs an <see cref="IStateSource"/>, which says which log the leases belong to.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="ticks">Whether this host takes heartbeats and so ticks: a Registry.</param>
    public static IHostApplicationBuilder AddMeshLeases(this IHostApplicationBuilder builder, bool ticks = false)
    {
        var services = builder.Services;
        services.AddOptions<LeaseOptions>().BindConfiguration("Mesh:Leases").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        if (builder.Configuration.GetConnectionString("redis") is { Length: > 0 } connection)
        {
            services.TryAddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(Configure(connection)));
            services.TryAddSingleton<ILeaseStore>(provider =>
            {
                var states = provider.GetRequiredService<IStateSource>();
                return new RedisLeaseStore(
                    provider.GetRequiredService<IConnectionMultiplexer>(), () => states.Current.Position.Log, provider.GetRequiredService<IOptions<LeaseOptions>>().Value);
            });
            if (ticks) services.AddHostedService<LeaseTicker>();
        }

        services.TryAddSingleton<ILeaseStore, NoLeaseStore>();
        return builder;
    }

    /// <summary>Fails fast while Redis is away and comes back by itself, so that neither start nor heartbeats wait for it.</summary>
    public static ConfigurationOptions Configure(string connection)
    {
        var configuration = ConfigurationOptions.Parse(connection);
        configuration.AbortOnConnectFail = false;
        configuration.AllowAdmin = true; // INFO, which tells one life of Redis from the next
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ConnectTimeout = Math.Min(configuration.ConnectTimeout, 1000);
        configuration.AsyncTimeout = Math.Min(configuration.AsyncTimeout, 1000);
        configuration.ReconnectRetryPolicy = new LinearRetry(500);
        return configuration;
    }
}
