namespace Mesh.Contracts.Rest;

/// <summary>Body of <c>POST /api/resilience/circuit-breakers</c>. All but the service may be left out.</summary>
public sealed record CircuitBreakerRequest
{
    /// <summary>The service; it need not exist yet.</summary>
    public required string Service { get; init; }

    /// <summary><c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>Failures (5xx, gateway errors) of an instance in a row until it is ejected; 5 if unset.</summary>
    public int? Threshold { get; init; }

    /// <summary>Connections at a time; no limit of its own if unset.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Requests that wait for a connection; no limit of its own if unset.</summary>
    public int? MaxPendingRequests { get; init; }

    /// <summary>Requests under way; no limit of its own if unset.</summary>
    public int? MaxRequests { get; init; }

    /// <summary>Retries under way; a budget of 20 % of the requests, at least 3, if unset.</summary>
    public int? MaxRetries { get; init; }
}

/// <summary>Body of <c>POST /api/resilience/bulkheads</c>. All but the service may be left out.</summary>
public sealed record BulkheadRequest
{
    /// <summary>The service; it need not exist yet.</summary>
    public required string Service { get; init; }

    /// <summary><c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>Requests under way; 50 if unset.</summary>
    public int? MaxConcurrent { get; init; }

    /// <summary>Requests that wait; 10 if unset.</summary>
    public int? MaxQueued { get; init; }
}

/// <summary>Body of <c>POST /api/resilience/rate-limits</c>. All but the service and the number of requests may be left out.</summary>
public sealed record RateLimitRequest
{
    /// <summary>The service; it need not exist yet.</summary>
    public required string Service { get; init; }

    /// <summary><c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>Requests in each unit.</summary>
    public required int? Requests { get; init; }

    /// <summary><c>second</c> (if unset), <c>minute</c> or <c>hour</c>.</summary>
    public string? Unit { get; init; }

    /// <summary>Requests that may come at once after a quiet time; as many as in a unit if unset.</summary>
    public int? Burst { get; init; }

    /// <summary><c>local</c> (if unset): each data plane counts for itself; <c>global</c>: all together.</summary>
    public string? Scope { get; init; }
}

/// <summary>
/// Body of <c>POST /api/resilience/timeouts</c>. One of the three is required. Durations are a number and <c>ms</c>, <c>s</c>, <c>m</c> or
/// <c>h</c>.
/// </summary>
public sealed record TimeoutRequest
{
    /// <summary>The service; it need not exist yet.</summary>
    public required string Service { get; init; }

    /// <summary><c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>Until the response is complete, if a route sets no timeout; no limit if unset.</summary>
    public string? Request { get; init; }

    /// <summary>Without a byte in either direction; no limit of its own if unset.</summary>
    public string? Idle { get; init; }

    /// <summary>Until a connection is made; <c>5s</c> if unset.</summary>
    public string? Connect { get; init; }
}

/// <summary>Body of <c>POST /api/resilience/fallbacks</c>.</summary>
public sealed record FallbackRequest
{
    /// <summary>The service; it need not exist yet.</summary>
    public required string Service { get; init; }

    /// <summary><c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>The service that responds instead; it need not exist yet.</summary>
    public required string Fallback { get; init; }

    /// <summary>Its namespace; the service's own if unset.</summary>
    public string? FallbackNamespace { get; init; }
}
