using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;

namespace Mesh.Contracts.Discovery;

/// <summary>
/// Notification, published to Kafka after every command that touched a service and never part of the log: what discovery knows of the
/// service now. Its <c>ce_id</c> is <c>&lt;sequence&gt;/discovery-updated</c>, its key the service's intent stream.
/// </summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Sequence">The log's sequence that this stands for, that of the command or a later one.</param>
/// <param name="Instances">Ordered by id; empty for a service that is gone.</param>
public sealed record ServiceDiscoveryUpdated(string Namespace, string Service, long Sequence, ImmutableArray<DiscoveredInstance> Instances)
    : IMeshEvent<ServiceDiscoveryUpdated>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.discovery.service-discovery-updated.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<ServiceDiscoveryUpdated> JsonType => DiscoveryJson.Default.ServiceDiscoveryUpdated;
}

/// <summary>One instance as a notification shows it.</summary>
public sealed record DiscoveredInstance
{
    /// <summary>Unique in its service.</summary>
    public required string Id { get; init; }

    /// <summary>As registered.</summary>
    public required string Address { get; init; }

    /// <summary>1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary>http, grpc or tcp.</summary>
    public required MeshProtocol Protocol { get; init; }

    /// <summary>Empty if unset.</summary>
    public string Version { get; init; } = "";

    /// <summary>Empty if unset.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Relative to the other instances.</summary>
    public int Weight { get; init; }

    /// <summary>passing, warning or critical.</summary>
    public required HealthState Health { get; init; }

    /// <summary>active, draining or maintenance.</summary>
    public required InstanceMode Mode { get; init; }

    /// <summary>Whether new requests may be sent to it.</summary>
    public required bool Routable { get; init; }
}
