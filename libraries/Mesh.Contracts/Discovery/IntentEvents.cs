using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;

namespace Mesh.Contracts.Discovery;

/// <summary>What an operator has set for a service as a whole.</summary>
public sealed record ServiceSettings
{
    /// <summary>Whether the last set of instances is kept when most would go at once; null (default) for on.</summary>
    public bool? EmptyPushProtection { get; init; }
}

/// <summary>An operator has set or, with null, taken back a service's settings. Stream <c>discovery/ns/service</c>.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Settings">All of them; null for none of its own any more.</param>
public sealed record ServiceSettingsChanged(string Namespace, string Service, ServiceSettings? Settings)
    : IMeshEvent<ServiceSettingsChanged>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.discovery.service-settings-changed.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<ServiceSettingsChanged> JsonType => DiscoveryJson.Default.ServiceSettingsChanged;
}

/// <summary>
/// A module has given the service its defaults, once and for all: a default that is deleted later stays deleted. Same stream.
/// </summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Module">Whose defaults, such as <c>discovery</c>.</param>
public sealed record DefaultsApplied(string Namespace, string Service, string Module) : IMeshEvent<DefaultsApplied>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.discovery.defaults-applied.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<DefaultsApplied> JsonType => DiscoveryJson.Default.DefaultsApplied;
}
