using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Messaging.Connections;
using Mesh.Messaging.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Mesh.Messaging.Hosting;

/// <summary>Registers what clients have applied.</summary>
public static class AppliedTableServices
{
    /// <summary>
    /// Adds <see cref="IAppliedClients"/> on <c>ConnectionStrings__redis</c>, where control planes keep it; needs an
    /// <see cref="IStateSource"/>, which says which log it speaks of.
    /// </summary>
    public static IHostApplicationBuilder AddMeshAppliedClients(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        if (builder.Configuration.GetConnectionString("redis") is { Length: > 0 })
        {
            builder.AddMeshRedis();
            services.TryAddSingleton<IAppliedClients>(provider =>
            {
                var states = provider.GetRequiredService<IStateSource>();
                return new RedisAppliedTable(provider.GetRequiredService<IConnectionMultiplexer>(), () => states.Current.Position.Log,
                    provider.GetRequiredService<TimeProvider>());
            });
        }

        services.TryAddSingleton<IAppliedClients, NoAppliedClients>();
        return builder;
    }
}
