using Mesh.Contracts.Traffic;

namespace Mesh.Api.Client.Requests;

/// <summary>A route as it is asked for: what is null is not sent, so that the Registry's defaults are the only ones.</summary>
public sealed record RouteRequest
{
    /// <summary>A DNS label; null: <c>default</c>.</summary>
    public string? Namespace { get; init; }

    /// <summary>The service whose requests the route takes.</summary>
    public required string Service { get; init; }

    /// <summary>Null: <c>default</c>, or made from the match.</summary>
    public string? Name { get; init; }

    /// <summary>Routes with a higher one are tried first; null: 0.</summary>
    public int? Priority { get; init; }

    /// <summary>Alternatives; null: all requests.</summary>
    public IReadOnlyList<RouteMatchSpec>? Match { get; init; }

    /// <summary>Where requests go.</summary>
    public IReadOnlyList<DestinationRequest>? Destinations { get; init; }

    /// <summary>The client is sent elsewhere, in place of destinations.</summary>
    public RedirectSpec? Redirect { get; init; }

    /// <summary>What is answered in place of destinations.</summary>
    public DirectResponseSpec? DirectResponse { get; init; }

    /// <summary>Until the answer is complete, such as <c>2s</c>.</summary>
    public string? Timeout { get; init; }

    /// <summary>When a request is sent again.</summary>
    public RetrySpec? Retry { get; init; }

    /// <summary>What is changed in path and host.</summary>
    public RewriteSpec? Rewrite { get; init; }

    /// <summary>What is changed in headers.</summary>
    public HeadersSpec? Headers { get; init; }

    /// <summary>Who gets a copy.</summary>
    public IReadOnlyList<MirrorSpec>? Mirror { get; init; }

    /// <summary>Delays and failures on purpose.</summary>
    public FaultSpec? Fault { get; init; }

    /// <summary>What requests have in common that go to the same instance.</summary>
    public IReadOnlyList<HashSpec>? Hash { get; init; }
}

/// <summary>One destination of a route.</summary>
public sealed record DestinationRequest
{
    /// <summary>The service, or <c>service[.namespace][@subset]</c>.</summary>
    public required string Service { get; init; }

    /// <summary>Its namespace; null: the route's.</summary>
    public string? Namespace { get; init; }

    /// <summary>Only these instances of it: a named subset or a version.</summary>
    public string? Subset { get; init; }

    /// <summary>Share relative to the other destinations; null: 100.</summary>
    public int? Weight { get; init; }
}
