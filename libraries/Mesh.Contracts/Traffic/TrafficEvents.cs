using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;

namespace Mesh.Contracts.Traffic;

/// <summary>A route has been made or changed. Stream <c>traffic/ns/service/r/route</c>.</summary>
/// <param name="Route">All of it, as it is now.</param>
public sealed record RouteSet(RouteSpec Route) : IMeshEvent<RouteSet>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.route-set.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<RouteSet> JsonType => TrafficJson.Default.RouteSet;
}

/// <summary>A route is gone. Same stream.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Route">Which.</param>
public sealed record RouteRemoved(string Namespace, string Service, string Route) : IMeshEvent<RouteRemoved>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.route-removed.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<RouteRemoved> JsonType => TrafficJson.Default.RouteRemoved;
}

/// <summary>A service's traffic policy has been made or changed. Stream <c>traffic/ns/service/policy</c>.</summary>
/// <param name="Policy">All of it, as it is now.</param>
public sealed record TrafficPolicySet(TrafficPolicySpec Policy) : IMeshEvent<TrafficPolicySet>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.traffic-policy-set.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<TrafficPolicySet> JsonType => TrafficJson.Default.TrafficPolicySet;
}

/// <summary>A service has no traffic policy any more. Same stream.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
public sealed record TrafficPolicyRemoved(string Namespace, string Service) : IMeshEvent<TrafficPolicyRemoved>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.traffic-policy-removed.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<TrafficPolicyRemoved> JsonType => TrafficJson.Default.TrafficPolicyRemoved;
}
