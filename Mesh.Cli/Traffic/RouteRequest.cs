using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Contracts.Traffic;

namespace Mesh.Cli.Traffic;

/// <summary>A route as the command line asks for it: what is unset is left out, so that the Registry's defaults are the only ones.</summary>
internal sealed record RouteRequest
{
    public string? Namespace { get; init; }

    public required string Service { get; init; }

    public string? Name { get; init; }

    public int? Priority { get; init; }

    public IReadOnlyList<RouteMatchSpec>? Match { get; init; }

    public required IReadOnlyList<RouteRequestDestination> Destinations { get; init; }
}

/// <summary>Its destination.</summary>
internal sealed record RouteRequestDestination
{
    public required string Service { get; init; }

    public string? Subset { get; init; }

    public int? Weight { get; init; }
}

/// <summary>A policy as the command line asks for it.</summary>
internal sealed record PolicyRequest
{
    public IReadOnlyList<SubsetSpec>? Subsets { get; init; }

    public PolicyRequestBalancing? LoadBalancing { get; init; }
}

/// <summary>Its balancing.</summary>
internal sealed record PolicyRequestBalancing
{
    public string? Policy { get; init; }

    public bool? ZoneAware { get; init; }

    public IReadOnlyList<string>? Failover { get; init; }

    public string? SlowStart { get; init; }

    public int? PanicThreshold { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RouteRequest))]
[JsonSerializable(typeof(PolicyRequest))]
[JsonSerializable(typeof(RolloutRequest))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class TrafficCliJson : JsonSerializerContext;
