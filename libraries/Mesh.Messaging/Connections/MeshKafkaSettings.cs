using System.ComponentModel.DataAnnotations;
using Confluent.Kafka;
using Mesh.Kernel.Settings;
using Microsoft.Extensions.Configuration;

namespace Mesh.Messaging.Connections;

/// <summary>
/// Kafka as configured: <c>ConnectionStrings__kafka</c> holds the bootstrap servers, alone or with what a broker wants to know of its
/// clients; <c>Mesh__Kafka__*</c> holds the rest.
/// </summary>
public sealed class MeshKafkaSettings
{
    private KafkaConnection? _connection;

    /// <summary>Comma-separated <c>host:port</c>; null where no Kafka is configured.</summary>
    public string? BootstrapServers { get; set; }

    /// <summary>Topic of all events. <value>cdaprod.mesh.events</value></summary>
    [Required]
    public string Topic { get; set; } = "cdaprod.mesh.events";

    /// <summary>Topic that mirrors parked keys. <value>cdaprod.mesh.dead-letter</value></summary>
    [Required]
    public string DeadLetterTopic { get; set; } = "cdaprod.mesh.dead-letter";

    /// <summary>
    /// How long a broker may hold an empty fetch of a replica that has no other live feed, in milliseconds. librdkafka's own broker always
    /// holds it that long, so AppHost sets 2 there. <value>500</value>
    /// </summary>
    [Range(0, 300_000)]
    public int FetchWaitMaxMs { get; set; } = 500;

    /// <summary>
    /// The same while the Registry's stream is live, which is faster than any broker, in milliseconds. <value>500</value>
    /// </summary>
    [Range(0, 300_000)]
    public int SpareFetchWaitMaxMs { get; set; } = 500;

    /// <summary>The same for consumers that only share work (reconcilers), in milliseconds. <value>500</value></summary>
    [Range(0, 300_000)]
    public int ReconcilerFetchWaitMaxMs { get; set; } = 500;

    /// <summary>Session timeout of consumer groups, in milliseconds. <value>6000</value></summary>
    [Range(1_000, 3_600_000)]
    public int SessionTimeoutMs { get; set; } = 6_000;

    public static MeshKafkaSettings From(IConfiguration configuration, string connectionName = "kafka")
    {
        var settings = new MeshKafkaSettings();
        settings.Read(configuration, connectionName);
        return settings;
    }

    internal void Read(IConfiguration configuration, string connectionName)
    {
        configuration.GetSection("Mesh:Kafka").Bind(this);
        _connection = configuration.GetConnectionString(connectionName) is { Length: > 0 } connection
            ? KafkaConnection.Parse(connection, connectionName)
            : null;
        BootstrapServers ??= _connection?.BootstrapServers;
    }

    /// <summary>What every producer, consumer and admin client starts from: quick to come back after the broker was unavailable.</summary>
    /// <exception cref="SettingException">No Kafka is configured.</exception>
    public ClientConfig NewClientConfig(string clientId)
    {
        var config = new ClientConfig
        {
            BootstrapServers = BootstrapServers
                ?? throw new SettingException("No Kafka is configured: set ConnectionStrings__kafka to its bootstrap servers."),
            ClientId = clientId,
            ReconnectBackoffMs = 50,
            ReconnectBackoffMaxMs = 500,
            TopicMetadataRefreshIntervalMs = 1_000,
            AllowAutoCreateTopics = true,
        };
        foreach (var (name, value) in _connection?.Security ?? [])
            config.Set(name, value);
        return config;
    }
}
