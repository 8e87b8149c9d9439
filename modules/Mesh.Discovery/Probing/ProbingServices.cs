using Mesh.Discovery.Probing.Addresses;
using Mesh.Discovery.Probing.Leases;
using Mesh.Discovery.Probing.Probes;
using Mesh.Discovery.Probing.Scheduling;
using Mesh.Kernel.Reconciling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.Discovery.Probing;

/// <summary>Registers what discovery does in a worker.</summary>
public static class ProbingServices
{
    /// <summary>Adds probes, look-ups, lease expiry and discovery's reconcilers; needs a replica, leases and <c>AddMeshReconciling</c>.</summary>
    public static IServiceCollection AddProbing(this IServiceCollection services)
    {
        services.AddOptions<ProbingOptions>().BindConfiguration(ProbingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<ProbeTable>();
        services.TryAddSingleton<HostTable>();
        services.TryAddSingleton<LeaseWatch>();
        services.TryAddSingleton<OwnedServices>();
        services.TryAddSingleton<IProber, Prober>();
        services.TryAddSingleton<IHostLookup, SystemHostLookup>();
        services.AddReconciler<HealthReporter>();
        services.AddReconciler<AddressReporter>();
        services.AddReconciler<CriticalReaper>();
        services.AddReconciler<DefaultsGiver>();
        services.AddHosted<ProbeScheduler>();
        services.AddHosted<HostResolver>();
        services.AddHosted<LeaseExpirer>();
        return services;
    }
}
