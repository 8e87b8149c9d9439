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
    /// <summary>
    /// Adds probes, look-ups, lease expiry and discovery's reconcilers; needs a replica, leases and <c>AddMeshReconciling</c>.
    /// </summary>
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
        services.AddSingleton(
            provider => new WorkerGauge("discovery.probes", "{instance}", "Instances probed by this worker.",
                () => provider.GetRequiredService<ProbeTable>().Count));
        services.AddSingleton(
            provider => new WorkerGauge("discovery.hosts", "{host}", "Host names looked up by this worker.",
                () => provider.GetRequiredService<HostResolver>().Count));
        services.AddSingleton(
            provider => new WorkerGauge("discovery.expired-leases", "{lease}", "Leases of owned shards that have run out.",
                () => provider.GetRequiredService<LeaseWatch>().Expired.Count));
        return services;
    }
}
