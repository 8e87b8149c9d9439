using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Mesh.Kernel.Reconciling;

/// <summary>Registers reconcilers; the engine is the host's.</summary>
public static class ReconcilerServices
{
    /// <summary>Adds a reconciler.</summary>
    public static IServiceCollection AddReconciler<T>(this IServiceCollection services) where T : class, IReconciler
    {
        services.TryAddSingleton<T>();
        return services.AddSingleton<IReconciler>(provider => provider.GetRequiredService<T>());
    }

    /// <summary>Adds a singleton that also is a hosted service.</summary>
    public static IServiceCollection AddHosted<T>(this IServiceCollection services) where T : class, IHostedService
    {
        services.TryAddSingleton<T>();
        return services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
