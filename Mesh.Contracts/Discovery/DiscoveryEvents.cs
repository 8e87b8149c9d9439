using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;

namespace Mesh.Contracts.Discovery;

/// <summary>An instance as registered: the intent part, no health.</summary>
public sealed record InstanceSpec
{
    public required string Namespace { get; init; }
    public required string Service { get; init; }
    public required string InstanceId { get; init; }

    /// <summary>IP address or host name.</summary>
    public required string Address { get; init; }
    public required int Port { get; init; }
    public required MeshProtocol Protocol { get; init; }
    public string Version { get; init; } = "";
    public string Zone { get; init; } = "";
    public int Weight { get; init; } = 100;
    public SortedDictionary<string, string> Metadata { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Lease in seconds; 0 for none.</summary>
    public int TtlSeconds { get; init; }
    public HealthCheckSpec? HealthCheck { get; init; }
    public InstanceMode Mode { get; init; }
}

/// <summary>An instance has been registered. Stream <c>discovery/ns/service/i/id</c>.</summary>
/// <param name="Instance">All of it.</param>
/// <param name="Incarnation">Heartbeats and deregistrations that name an older one are refused: the stream version of this entry.</param>
public sealed record ServiceRegistered(InstanceSpec Instance, long Incarnation) : IMeshEvent<ServiceRegistered>
{
    public static string EventType => "cdaprod.mesh.discovery.service-registered.v1";
    public static JsonTypeInfo<ServiceRegistered> JsonType => DiscoveryJson.Default.ServiceRegistered;
}

/// <summary>A registered instance has changed (address, weight, metadata, mode…). Same stream.</summary>
public sealed record ServiceUpdated(InstanceSpec Instance, long Incarnation) : IMeshEvent<ServiceUpdated>
{
    public static string EventType => "cdaprod.mesh.discovery.service-updated.v1";
    public static JsonTypeInfo<ServiceUpdated> JsonType => DiscoveryJson.Default.ServiceUpdated;
}

/// <summary>An instance is gone. Same stream.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="InstanceId">Which.</param>
/// <param name="Reason"><c>requested</c>, <c>replaced</c> or <c>critical-too-long</c>.</param>
public sealed record ServiceDeregistered(string Namespace, string Service, string InstanceId, string Reason) : IMeshEvent<ServiceDeregistered>
{
    public static string EventType => "cdaprod.mesh.discovery.service-deregistered.v1";
    public static JsonTypeInfo<ServiceDeregistered> JsonType => DiscoveryJson.Default.ServiceDeregistered;
}
