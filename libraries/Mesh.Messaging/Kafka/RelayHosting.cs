using Mesh.Messaging.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Mesh.Messaging.Kafka;

/// <summary>Registers the relay.</summary>
public static class RelayHosting
{
    /// <summary>
    /// Adds the relay to Kafka (<c>ConnectionStrings__kafka</c>; nothing is published without it). Call <c>AddMeshWriter</c> first.
    /// </summary>
    public static IHostApplicationBuilder AddMeshRelay(this IHostApplicationBuilder builder)
    {
        builder.AddMeshKafka();
        builder.Services.TryAddSingleton<KafkaRelay>();
        builder.Services.AddHostedService(services => services.GetRequiredService<KafkaRelay>());
        return builder;
    }
}
