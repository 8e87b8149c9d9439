namespace Mesh.AppHost.Resources;

/// <summary>Kafka by Aspire's method names, so that the package Aspire.Hosting.Kafka can take this file's place.</summary>
internal static class KafkaBuilderExtensions
{
    /// <summary>One broker that is its own controller.</summary>
    public static IResourceBuilder<KafkaServerResource> AddKafka(this IDistributedApplicationBuilder builder, string name)
    {
        var kafka = builder.AddResource(new KafkaServerResource(name))
            .WithImage("apache/kafka", "4.1.1")
            .WithEndpoint(targetPort: 9092, name: KafkaServerResource.EndpointName, scheme: "tcp");
        // Clients run beside the container, where only its published port is; deployed, they have the address of their connection strings.
        var clients = builder.ExecutionContext.IsRunMode
            ? kafka.Resource.GetEndpoint(KafkaServerResource.EndpointName, KnownNetworkIdentifiers.LocalhostNetwork)
            : kafka.Resource.Endpoint;
        return kafka
            .WithEnvironment("KAFKA_NODE_ID", "1")
            .WithEnvironment("KAFKA_PROCESS_ROLES", "broker,controller")
            .WithEnvironment("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@localhost:9093")
            .WithEnvironment("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER")
            .WithEnvironment("KAFKA_LISTENERS", "PLAINTEXT://:9092,CONTROLLER://:9093,BROKER://localhost:9094")
            .WithEnvironment("KAFKA_INTER_BROKER_LISTENER_NAME", "BROKER")
            .WithEnvironment("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT")
            .WithEnvironment("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1")
            .WithEnvironment("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1")
            .WithEnvironment("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1")
            // The address that clients connect to, and the one that the broker uses itself.
            .WithEnvironment("KAFKA_ADVERTISED_LISTENERS",
                ReferenceExpression.Create($"PLAINTEXT://{clients.Property(EndpointProperty.HostAndPort)},BROKER://localhost:9094"));
    }

    /// <summary>Keeps the topics in a volume.</summary>
    public static IResourceBuilder<KafkaServerResource> WithDataVolume(this IResourceBuilder<KafkaServerResource> kafka,
        string? name = null) =>
        kafka.WithVolume(name ?? VolumeNameGenerator.Generate(kafka, "data"), "/var/lib/kafka/data")
            .WithEnvironment("KAFKA_LOG_DIRS", "/var/lib/kafka/data");
}
