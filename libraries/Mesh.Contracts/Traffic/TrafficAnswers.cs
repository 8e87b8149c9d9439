using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Mesh.Contracts.Traffic;

/// <summary>What a write of routes or policies answers. It is durable when this is sent.</summary>
public sealed record TrafficWriteAnswer
{
    /// <summary>Whether anything was appended to the log; false: it already was so.</summary>
    public required bool Changed { get; init; }

    /// <summary>Sequence of the last event of this write; where nothing changed, of the log's head at that moment.</summary>
    public required long Sequence { get; init; }

    /// <summary>The service.</summary>
    public string? Service { get; init; }

    /// <summary>Its namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>The route that was written; null for a policy.</summary>
    public string? Route { get; init; }

    /// <summary>How many destinations the route has after this write; null for a policy.</summary>
    public int? Destinations { get; init; }

    /// <summary>The ETag of what was written, without its quotes; null where it is gone.</summary>
    public long? Revision { get; init; }

    /// <summary>
    /// What some kinds of clients do otherwise with what was written, or not at all, each beginning with its field; null for nothing.
    /// </summary>
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>Answer of <c>GET /api/traffic/routes</c>.</summary>
public sealed record RouteListAnswer
{
    /// <summary>The log's sequence that the list stands for.</summary>
    public required long Sequence { get; init; }

    /// <summary>By namespace and service, and within a service in the order in which routes are tried.</summary>
    public required IReadOnlyList<RouteAnswer> Items { get; init; }
}

/// <summary>A route and what is known of it; also the answer of <c>GET /api/traffic/routes/{service}/{name}</c>.</summary>
public sealed record RouteAnswer : RouteSpec
{
    /// <summary>Nothing yet.</summary>
    [JsonConstructor]
    public RouteAnswer()
    {
    }

    /// <summary>A route.</summary>
    [SetsRequiredMembers]
    public RouteAnswer(RouteSpec route) : base(route)
    {
    }

    /// <summary>Its place among the service's routes, from 1: the place of the first of its matches that is tried.</summary>
    [JsonPropertyOrder(1)]
    public int Order { get; init; }

    /// <summary>Destinations and mirrors that nobody serves at present, as <c>service[.namespace][@subset]</c>; null for none.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<string>? Unresolved { get; init; }

    /// <summary>The route's ETag without its quotes.</summary>
    [JsonPropertyOrder(1)]
    public long Revision { get; init; }
}

/// <summary>Answer of <c>GET /api/traffic/policies</c>.</summary>
public sealed record TrafficPolicyListAnswer
{
    /// <summary>The log's sequence that the list stands for.</summary>
    public required long Sequence { get; init; }

    /// <summary>By namespace and service.</summary>
    public required IReadOnlyList<TrafficPolicyAnswer> Items { get; init; }
}

/// <summary>A policy; also the answer of <c>GET /api/traffic/policies/{service}</c>.</summary>
public sealed record TrafficPolicyAnswer : TrafficPolicySpec
{
    /// <summary>Nothing yet.</summary>
    [JsonConstructor]
    public TrafficPolicyAnswer()
    {
    }

    /// <summary>A policy.</summary>
    [SetsRequiredMembers]
    public TrafficPolicyAnswer(TrafficPolicySpec policy) : base(policy)
    {
    }

    /// <summary>The policy's ETag without its quotes.</summary>
    [JsonPropertyOrder(1)]
    public long Revision { get; init; }
}
