using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static class KafkaBuilderExtensions
{
    /// <summary>Adds a Kafka: librdkafka's broker in a child process, in memory, on loopback.</summary>
    public static IResourceBuilder<KafkaServerResource> AddKafka(this IDistributedApplicationBuilder builder, string name, int? port = null) =>
        builder.AddResource(new KafkaServerResource(name)).WithAnnotation(new EndpointAnnotation(ProtocolType.Tcp, "tcp", "tcp", port));
}
