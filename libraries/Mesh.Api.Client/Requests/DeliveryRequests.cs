using System.Text.Json;
using Mesh.Contracts.Traffic;

namespace Mesh.Api.Client.Requests;

/// <summary>A canary as it is asked for: what is null is not sent, so that the Registry's defaults are the only ones.</summary>
public sealed record CanaryRequest
{
    /// <summary>A DNS label; null: <c>default</c>.</summary>
    public string? Namespace { get; init; }

    /// <summary>The service whose requests are shared out.</summary>
    public required string Service { get; init; }

    /// <summary>The route whose weights are set; null: <c>default</c>.</summary>
    public string? Route { get; init; }

    /// <summary>What serves now, <c>service[.namespace][@subset]</c>; null: where the route leads.</summary>
    public string? Stable { get; init; }

    /// <summary>What is tried, <c>service[.namespace][@subset]</c>.</summary>
    public required string Canary { get; init; }

    /// <summary>Shares of the canary in percent, rising.</summary>
    public IReadOnlyList<int>? Steps { get; init; }

    /// <summary>How long each step is watched at least.</summary>
    public string? BakeTime { get; init; }

    /// <summary>What the canary has to fulfil.</summary>
    public CanarySuccessSpec? Success { get; init; }
}

/// <summary>A switch as it is asked for.</summary>
public sealed record BlueGreenRequest
{
    /// <summary>A DNS label; null: <c>default</c>.</summary>
    public string? Namespace { get; init; }

    /// <summary>The service whose requests are switched.</summary>
    public required string Service { get; init; }

    /// <summary>The route; null: <c>default</c>.</summary>
    public string? Route { get; init; }

    /// <summary>Where they go, <c>service[.namespace][@subset]</c>.</summary>
    public required string To { get; init; }
}

/// <summary>A change of a service's routes and traffic policy that a share of its clients gets first.</summary>
public sealed record RolloutRequest
{
    /// <summary>A DNS label; null: <c>default</c>.</summary>
    public string? Namespace { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>Share of clients that get it first; null: 10.</summary>
    public int? Percent { get; init; }

    /// <summary>How long all of the share must have it before everybody gets it; null: <c>30s</c>.</summary>
    public string? Bake { get; init; }

    /// <summary>Routes that are set, each as <see cref="RouteRequest"/> writes it.</summary>
    public IReadOnlyList<JsonElement>? Routes { get; init; }

    /// <summary>Names of routes that are removed.</summary>
    public IReadOnlyList<string>? RemoveRoutes { get; init; }

    /// <summary>The traffic policy, as <see cref="TrafficPolicyRequest"/> writes it.</summary>
    public JsonElement? Policy { get; init; }
}
