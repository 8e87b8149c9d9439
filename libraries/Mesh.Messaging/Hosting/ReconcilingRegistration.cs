using Mesh.Kernel.Reconciling;
using Mesh.Kernel.Reconciling.DeadLetters;
using Mesh.Kernel.Reconciling.Registries;
using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Messaging.Connections;
using Mesh.Messaging.Registries;
using Mesh.Messaging.Sharding;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Mesh.Messaging.Hosting;

/// <summary>Registers the engine of reconcilers.</summary>
public static class ReconcilingRegistration
{
    /// <summary>
    /// Adds the engine, the sharing of work (by Kafka where <c>ConnectionStrings__kafka</c> is set) and the client of the Registries. Needs
    /// a replica (<c>AddMeshReplica</c>). Reconcilers are added with <see cref="ReconcilerServices.AddReconciler{T}"/>.
    /// </summary>
    public static IHostApplicationBuilder AddMeshReconciling(this IHostApplicationBuilder builder)
    {
        builder.AddMeshKafka();
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<ReconcilingOptions>().BindConfiguration(ReconcilingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ShardingOptions>().BindConfiguration(ShardingOptions.Section).ValidateDataAnnotations().ValidateOnStart()
            .PostConfigure(sharding => sharding.GroupId += GroupSuffix(builder.Configuration["Mesh:Modules"]));
        services.TryAddSingleton<RegistryChannels>();
        services.TryAddSingleton<IRegistryClient, RegistryClient>();
        services.TryAddSingleton<CommandBudget>();
        services.TryAddSingleton<CommandSender>();
        services.TryAddSingleton<ReconcilerSet>();
        services.TryAddSingleton(provider => new ReconcileQueue(
            provider.GetRequiredService<IOptions<ReconcilingOptions>>().Value.QueueCapacity, provider.GetRequiredService<TimeProvider>()));
        services.AddHosted<ParkedKeys>();
        services.AddHosted<ReconcilerLoop>();
        services.TryAddSingleton<IReconcileTrigger, ReconcileTrigger>();
        if (MeshKafkaSettings.From(builder.Configuration).BootstrapServers is null)
        {
            services.TryAddSingleton<IShardOwnership, AllShards>();
        }
        else
        {
            // Last in, first stopped: shards are handed over before the work on them ends.
            services.AddHosted<KafkaShards>();
            services.TryAddSingleton<IShardOwnership>(provider => provider.GetRequiredService<KafkaShards>());
        }

        return builder;
    }

    private static string GroupSuffix(string? modules) => string.Concat(
        (modules ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)
            .Select(module => $".{module}"));
}
