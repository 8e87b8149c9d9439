using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;

namespace Mesh.Contracts.Discovery;

/// <summary>An instance has been registered. Stream <c>discovery/ns/service/i/id</c>.</summary>
/// <param name="Instance">All of it.</param>
/// <param name="Incarnation">Heartbeats and deregistrations that name an older one are refused: the stream version of this entry.</param>
public sealed record ServiceRegistered(InstanceSpec Instance, long Incarnation) : IMeshEvent<ServiceRegistered>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.discovery.service-registered.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<ServiceRegistered> JsonType => DiscoveryJson.Default.ServiceRegistered;
}

/// <summary>A registered instance has changed (address, weight, metadata, mode…). Same stream.</summary>
/// <param name="Instance">All of it, as it is now.</param>
/// <param name="Incarnation">The stream version of this entry where a registration changed the instance; else as it was.</param>
public sealed record ServiceUpdated(InstanceSpec Instance, long Incarnation) : IMeshEvent<ServiceUpdated>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.discovery.service-updated.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<ServiceUpdated> JsonType => DiscoveryJson.Default.ServiceUpdated;
}

/// <summary>An instance is gone. Same stream.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="InstanceId">Which.</param>
/// <param name="Reason"><c>requested</c>, <c>replaced</c> or <c>critical-too-long</c>.</param>
public sealed record ServiceDeregistered(string Namespace, string Service, string InstanceId, string Reason)
    : IMeshEvent<ServiceDeregistered>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.discovery.service-deregistered.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<ServiceDeregistered> JsonType => DiscoveryJson.Default.ServiceDeregistered;
}
