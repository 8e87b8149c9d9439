using Mesh.Kernel.Loads;
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

/// <summary>Registers the windows of load.</summary>
public static class LoadWindowServices
{
    /// <summary>
    /// Adds <see cref="ILoadWindows"/> and <see cref="ILoadDirectory"/> on <c>ConnectionStrings__redis</c> (an
    /// <see cref="IConnectionMultiplexer"/> that is registered already is used); needs an <see cref="IStateSource"/>, which says which log
    /// the results belong to.
    /// </summary>
    public static IHostApplicationBuilder AddMeshLoadWindows(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<LoadWindowOptions>().BindConfiguration("Mesh:Loads").ValidateDataAnnotations().ValidateOnStart();
        builder.AddMeshRedis();
        if (builder.Configuration.GetConnectionString("redis") is { Length: > 0 })
        {
            services.TryAddSingleton(provider =>
            {
                var states = provider.GetRequiredService<IStateSource>();
                return new RedisLoadWindows(
                    provider.GetRequiredService<IConnectionMultiplexer>(), () => states.Current.Position.Log,
                    provider.GetRequiredService<IOptions<LoadWindowOptions>>().Value);
            });
            services.TryAddSingleton<ILoadWindows>(provider => provider.GetRequiredService<RedisLoadWindows>());
            services.TryAddSingleton<ILoadDirectory>(provider => provider.GetRequiredService<RedisLoadWindows>());
        }

        services.TryAddSingleton<NoLoadWindows>();
        services.TryAddSingleton<ILoadWindows>(provider => provider.GetRequiredService<NoLoadWindows>());
        services.TryAddSingleton<ILoadDirectory>(provider => provider.GetRequiredService<NoLoadWindows>());
        return builder;
    }
}
