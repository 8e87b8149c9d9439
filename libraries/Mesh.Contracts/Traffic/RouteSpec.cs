namespace Mesh.Contracts.Traffic;

/// <summary>
/// One route of a service: which requests it takes and what becomes of them. The body of <c>POST /api/traffic/routes</c> and, in normal
/// form, the payload of <see cref="RouteSet"/>. Durations are a whole number and <c>ms</c>, <c>s</c>, <c>m</c> or <c>h</c>. Of
/// <see cref="Destinations"/>, <see cref="Redirect"/> and <see cref="DirectResponse"/> exactly one is set.
/// </summary>
public record RouteSpec
{
    /// <summary>Namespace of the service, a DNS label; <c>default</c> if unset.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>The service whose callers the route is for, a DNS label.</summary>
    public required string Service { get; init; }

    /// <summary>Unique in its service, a DNS label; <c>default</c> if unset, or made from the match where there is one.</summary>
    public string Name { get; init; } = "default";

    /// <summary>Routes with a higher one are tried first; 0 if unset, -1,000,000 to 1,000,000.</summary>
    public int Priority { get; init; }

    /// <summary>Alternatives, of which one must hold; unset: every request.</summary>
    public IReadOnlyList<RouteMatchSpec>? Match { get; init; }

    /// <summary>Where requests go, by weight.</summary>
    public IReadOnlyList<DestinationSpec>? Destinations { get; init; }

    /// <summary>Sends the client elsewhere.</summary>
    public RedirectSpec? Redirect { get; init; }

    /// <summary>Answers at once.</summary>
    public DirectResponseSpec? DirectResponse { get; init; }

    /// <summary>For the whole request, retries included; unset: none.</summary>
    public string? Timeout { get; init; }

    /// <summary>When a request is sent again.</summary>
    public RetrySpec? Retry { get; init; }

    /// <summary>What the destination sees instead of the path and host that were asked for.</summary>
    public RewriteSpec? Rewrite { get; init; }

    /// <summary>Changes of headers.</summary>
    public HeadersSpec? Headers { get; init; }

    /// <summary>Copies of requests, whose answers nobody waits for.</summary>
    public IReadOnlyList<MirrorSpec>? Mirror { get; init; }

    /// <summary>Faults made on purpose.</summary>
    public FaultSpec? Fault { get; init; }

    /// <summary>
    /// What a request sticks to its endpoint by, the first that it has; needs the balancing policy <c>ring_hash</c> or <c>maglev</c>.
    /// </summary>
    public IReadOnlyList<HashSpec>? Hash { get; init; }
}

/// <summary>A destination of a route.</summary>
public sealed record DestinationSpec
{
    /// <summary>The service that serves the requests.</summary>
    public required string Service { get; init; }

    /// <summary>Its namespace; that of the route if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>A subset by the policy of that service, else its instances of this version; unset: all instances.</summary>
    public string? Subset { get; init; }

    /// <summary>Share relative to the other destinations, 0 to 1,000,000; 100 if unset.</summary>
    public int Weight { get; init; } = 100;
}

/// <summary>Where copies of requests go.</summary>
public sealed record MirrorSpec
{
    /// <summary>The service that gets them.</summary>
    public required string Service { get; init; }

    /// <summary>Its namespace; that of the route if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>As in <see cref="DestinationSpec"/>.</summary>
    public string? Subset { get; init; }

    /// <summary>How many of the requests, in percent, with up to four decimals; 100 if unset.</summary>
    public double Percent { get; init; } = 100;
}
