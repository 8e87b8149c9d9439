using System.Text.Json.Serialization;

namespace Mesh.Proxy.Admin;

/// <summary>What <c>GET /config</c> answers.</summary>
/// <param name="Ready">Whether there is a configuration.</param>
/// <param name="Generation">Counts this process's snapshots.</param>
/// <param name="Sequence">The log's sequence that the control plane's last response stands for; null while there was none.</param>
/// <param name="ControlPlane">The state of the connection to the control plane.</param>
/// <param name="Resources">How many resources of each type have been accepted.</param>
/// <param name="Services">The services that can be reached.</param>
internal sealed record ConfigView(
    bool Ready, long Generation, long? Sequence, ControlPlaneView ControlPlane, Dictionary<string, int> Resources,
    RoutedServiceView[] Services);

/// <summary>The state of the connection to the control plane; times in UTC, age in seconds.</summary>
internal sealed record ControlPlaneView(
    bool Connected, string? Address, DateTimeOffset Since, DateTimeOffset? LastResponse, double? AgeSeconds, long Nacks, string? LastFault);

/// <summary>A service with its routes.</summary>
internal sealed record RoutedServiceView(string Name, string Kind, string[] Clusters, RouteView[] Routes);

/// <summary>A route.</summary>
internal sealed record RouteView(string Name, string Path, string Action);

/// <summary>What <c>GET /clusters</c> answers for each.</summary>
internal sealed record ClusterView(
    string Name, string Protocol, string Policy, double ConnectTimeoutSeconds, bool Unresolved, EndpointView[] Endpoints);

/// <summary>An endpoint with what this gateway knows of it by experience.</summary>
internal sealed record EndpointView(
    string Address, string Instance, string Version, string? Zone, uint Weight, uint Priority, string Protocol, bool Tls, string Health,
    int InFlight, long Requests, long ConnectFailures, bool Avoided, bool Ejected);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ConfigView))]
[JsonSerializable(typeof(ClusterView[]))]
internal sealed partial class AdminJson : JsonSerializerContext;
