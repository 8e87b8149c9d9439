using Mesh.Kernel.Modules;
using Mesh.Kernel.State;
using Mesh.ServiceDefaults.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Mesh.Kernel.Replication;

/// <summary>Registers a replica of the mesh's state.</summary>
public static class ReplicaBuilderExtensions
{
    /// <summary>
    /// Adds <see cref="IMeshReplica"/> (also as <see cref="IStateSource"/>), a fold of the registered <see cref="IMeshModule"/>s, and the
    /// service that keeps it level with the log. Configuration: see <see cref="ReplicaOptions"/>, <see cref="MeshKafkaSettings"/> and
    /// <c>ConnectionStrings__redis</c> (last-known-good copy; none without it).
    /// </summary>
    public static IHostApplicationBuilder AddMeshReplica(this IHostApplicationBuilder builder)
    {
        builder.AddMeshKafka();
        builder.AddMeshRedis();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton(ReplicaOptions.From(builder.Configuration));
        builder.Services.TryAddSingleton(services => new StateFolder(services.GetServices<IMeshModule>().Select(module => module.Fold).OfType<IModuleFold>()));
        builder.Services.TryAddSingleton<MeshReplica>();
        builder.Services.TryAddSingleton<IMeshReplica>(services => services.GetRequiredService<MeshReplica>());
        builder.Services.TryAddSingleton<IStateSource>(services => services.GetRequiredService<MeshReplica>());
        return builder;
    }
}
