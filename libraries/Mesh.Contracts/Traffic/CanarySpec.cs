namespace Mesh.Contracts.Traffic;

/// <summary>
/// A canary: a new version that gets more and more of a route's requests while what it answers is watched. The body of
/// <c>POST /api/traffic/canaries</c> and, in normal form with all fields set, the payload of <see cref="CanaryStarted"/>.
/// </summary>
public record CanarySpec
{
    /// <summary>Namespace of the service, a DNS label; <c>default</c> if unset.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>The service whose callers are divided, a DNS label.</summary>
    public required string Service { get; init; }

    /// <summary>
    /// The route whose destinations are set; <c>default</c> if unset, which is made if it is not there. Another one must be there.
    /// </summary>
    public string Route { get; init; } = "default";

    /// <summary>What served so far, as <c>service[.namespace][@subset]</c>; if unset, the one destination that the route has.</summary>
    public string? Stable { get; init; }

    /// <summary>What is tried, as <c>service[.namespace][@subset]</c>.</summary>
    public required string Canary { get; init; }

    /// <summary>
    /// Shares of the canary in percent, 1 to 100, each more than the one before; <c>[5, 25, 50, 100]</c> if unset. 100 is added where it is
    /// not the last.
    /// </summary>
    public IReadOnlyList<int>? Steps { get; init; }

    /// <summary>How long each step is watched at least, <c>1s</c> to <c>168h</c>; <c>5m</c> if unset.</summary>
    public string? BakeTime { get; init; }

    /// <summary>What the canary has to fulfil in every step.</summary>
    public CanarySuccessSpec? Success { get; init; }
}

/// <summary>What a canary has to fulfil. What is over a bound aborts it; where too little is known it waits.</summary>
public sealed record CanarySuccessSpec
{
    /// <summary>
    /// Most failed requests in percent, 0 to 100 with up to four decimals; 1 if unset. A request has failed with HTTP 5xx, with a gRPC
    /// status that is the server's fault, or without an answer.
    /// </summary>
    public double? MaxErrorPercent { get; init; }

    /// <summary>Longest mean latency, <c>1ms</c> to <c>1h</c>; unset: not looked at.</summary>
    public string? MaxMeanLatency { get; init; }

    /// <summary>
    /// Largest mean time of a request as a multiple of that of the stable one in the same time, 1 to 100; unset: not looked at. At 100
    /// percent there is nothing left to compare with, so that it does not count there.
    /// </summary>
    public double? MaxLatencyRatio { get; init; }

    /// <summary>Requests that a step needs before anything is concluded from it, 1 to 1,000,000; 100 if unset.</summary>
    public int? MinRequests { get; init; }
}

/// <summary>What was seen of both since a step began, when something was decided by it.</summary>
public sealed record CanaryObservation
{
    /// <summary>What served so far.</summary>
    public required ObservedLoad Stable { get; init; }

    /// <summary>What is tried.</summary>
    public required ObservedLoad Canary { get; init; }
}

/// <summary>Finished requests, as data planes reported them.</summary>
public sealed record ObservedLoad
{
    /// <summary>How many.</summary>
    public required long Requests { get; init; }

    /// <summary>How many of them failed.</summary>
    public required long Failed { get; init; }

    /// <summary>Mean time of a request in milliseconds; null where no client reports it.</summary>
    public double? MeanMilliseconds { get; init; }
}

/// <summary>
/// The body of <c>POST /api/traffic/canaries/promote</c>: the next step where neither <see cref="All"/> nor <see cref="Step"/> is set.
/// </summary>
public sealed record PromoteCanaryRequest
{
    /// <summary>Namespace of the service; <c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>Whether to complete the canary at once.</summary>
    public bool? All { get; init; }

    /// <summary>The step to be at, from 1.</summary>
    public int? Step { get; init; }

    /// <summary>Why, for the history; up to 512 characters.</summary>
    public string? Reason { get; init; }
}

/// <summary>The body of <c>POST /api/traffic/canaries/abort</c>.</summary>
public sealed record AbortCanaryRequest
{
    /// <summary>Namespace of the service; <c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>Why, for the history; up to 512 characters.</summary>
    public string? Reason { get; init; }
}

/// <summary>The body of <c>POST /api/traffic/blue-green/rollback</c>.</summary>
public sealed record RollBackRequest
{
    /// <summary>Namespace of the service; <c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }
}

/// <summary>The body of <c>POST /api/traffic/blue-green</c>: sends all requests of a route to another version at once.</summary>
public sealed record BlueGreenSpec
{
    /// <summary>Namespace of the service, a DNS label; <c>default</c> if unset.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>The service whose callers are sent elsewhere, a DNS label.</summary>
    public required string Service { get; init; }

    /// <summary>
    /// The route whose destinations are set; <c>default</c> if unset, which is made if it is not there. Another one must be there.
    /// </summary>
    public string Route { get; init; } = "default";

    /// <summary>Where all requests go, as <c>service[.namespace][@subset]</c>.</summary>
    public required string To { get; init; }
}
