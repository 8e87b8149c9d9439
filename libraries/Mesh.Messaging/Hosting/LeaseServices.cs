using Mesh.Kernel.Leases;
using Mesh.Kernel.State;
using Mesh.Messaging.Connections;
using Mesh.Messaging.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Mesh.Messaging.Hosting;

/// <summary>Registers leases.</summary>
public static class LeaseServices
{
    /// <summary>
    /// Adds <see cref="ILeaseStore"/> on <c>ConnectionStrings__redis</c> (an <see cref="IConnectionMultiplexer"/> that is registered
    /// already is used); needs an <see cref="IStateSource"/>, which says which log the leases belong to.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="ticks">Whether this host takes heartbeats and so ticks: a Registry.</param>
    public static IHostApplicationBuilder AddMeshLeases(this IHostApplicationBuilder builder, bool ticks = false)
    {
        var services = builder.Services;
        services.AddOptions<LeaseOptions>().BindConfiguration("Mesh:Leases").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        builder.AddMeshRedis();
        if (builder.Configuration.GetConnectionString("redis") is { Length: > 0 })
        {
            services.TryAddSingleton<ILeaseStore>(provider =>
            {
                var states = provider.GetRequiredService<IStateSource>();
                return new RedisLeaseStore(
                    provider.GetRequiredService<IConnectionMultiplexer>(), () => states.Current.Position.Log,
                    provider.GetRequiredService<IOptions<LeaseOptions>>().Value);
            });
            if (ticks) services.AddHostedService<LeaseTicker>();
        }

        services.TryAddSingleton<ILeaseStore, NoLeaseStore>();
        return builder;
    }
}
