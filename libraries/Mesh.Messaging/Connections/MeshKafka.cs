using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Mesh.Messaging.Connections;

public static class MeshKafka
{
    /// <summary>Registers <see cref="MeshKafkaSettings"/> as configured, checked when the host starts. Opens no connection.</summary>
    public static IHostApplicationBuilder AddMeshKafka(this IHostApplicationBuilder builder, string connectionName = "kafka")
    {
        builder.Services.AddOptions<MeshKafkaSettings>().Configure(kafka => kafka.Read(builder.Configuration, connectionName))
            .ValidateDataAnnotations().ValidateOnStart();
        builder.Services.TryAddSingleton(services => services.GetRequiredService<IOptions<MeshKafkaSettings>>().Value);
        return builder;
    }
}
