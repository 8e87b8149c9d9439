using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Messaging.Connections;
using Mesh.Messaging.Kafka;
using Mesh.Messaging.Redis;
using Mesh.Messaging.Registries;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Mesh.Messaging.Hosting;

/// <summary>Registers a replica of the mesh's state.</summary>
public static class ReplicaBuilderExtensions
{
    /// <summary>
    /// Adds <see cref="IMeshReplica"/> (also as <see cref="IStateSource"/>) over the fold that <c>AddMeshModules</c> has registered, and
    /// the service that keeps it level with the log. Configuration: see <see cref="ReplicaOptions"/>, <see cref="MeshKafkaSettings"/> and
    /// <c>ConnectionStrings__redis</c> (last-known-good copy; none without it).
    /// </summary>
    public static IHostApplicationBuilder AddMeshReplica(this IHostApplicationBuilder builder)
    {
        builder.AddMeshKafka();
        builder.AddMeshRedis();
        builder.Services.TryAddSingleton(TimeProvider.System);
        var options = ReplicaOptions.From(builder.Configuration);
        builder.Services.TryAddSingleton(options);
        builder.Services.TryAddSingleton<MeshReplica>();
        builder.Services.TryAddSingleton<IMeshReplica>(services => services.GetRequiredService<MeshReplica>());
        builder.Services.TryAddSingleton<IStateSource>(services => services.GetRequiredService<MeshReplica>());
        builder.Services.TryAddSingleton<RegistryChannels>();
        builder.Services.TryAddSingleton<ILogClient, GrpcLogClient>();
        builder.Services.TryAddSingleton<ILogHead, SharedHeadReads>();
        builder.Services.TryAddSingleton<ILastKnownGood, RedisLastKnownGood>();
        var kafka = MeshKafkaSettings.From(builder.Configuration).BootstrapServers is not null;
        if (kafka && options.Feeds != FeedChoice.TailLog)
            builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IReplicaFeed, KafkaFeed>());
        if (!kafka || options.Feeds != FeedChoice.Kafka)
            builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IReplicaFeed, TailLogFeed>());
        builder.Services.AddHostedService<ReplicaService>();
        builder.Services.AddHostedService<LastKnownGoodKeeper>();
        return builder;
    }
}
