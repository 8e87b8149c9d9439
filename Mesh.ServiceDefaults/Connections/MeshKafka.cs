using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Mesh.ServiceDefaults.Connections;

public static class MeshKafka
{
    /// <summary>Registers <see cref="MeshKafkaSettings"/> as configured. Opens no connection.</summary>
    public static IHostApplicationBuilder AddMeshKafka(this IHostApplicationBuilder builder, string connectionName = "kafka")
    {
        builder.Services.TryAddSingleton(MeshKafkaSettings.From(builder.Configuration, connectionName));
        return builder;
    }
}
