namespace Mesh.Contracts.Resilience;

/// <summary>
/// Takes instances that fail out of rotation, and bounds what may be in progress to the service. Each data plane counts for itself.
/// </summary>
/// <param name="Threshold">Failures (5xx, gateway errors) of an instance in a row until it is taken out, 1 to 1,000; default 5.</param>
/// <param name="MaxConnections">Connections at a time, 1 to 1,000,000; null for no limit of its own.</param>
/// <param name="MaxPendingRequests">Requests that wait for a connection, 0 to 1,000,000; null for no limit of its own.</param>
/// <param name="MaxRequests">Requests under way, 1 to 1,000,000; null for no limit of its own.</param>
/// <param name="MaxRetries">Retries under way, 0 to 1,000,000; null for a retry budget instead.</param>
public sealed record CircuitBreakerPolicy(int Threshold = 5, int? MaxConnections = null, int? MaxPendingRequests = null,
    int? MaxRequests = null, int? MaxRetries = null)
    : IResiliencePolicy
{
    PolicyKind IResiliencePolicy.Kind => PolicyKind.CircuitBreaker;
}

/// <summary>
/// Isolates a service: no more than so many requests are in progress to it, and no more than so many wait. Each data plane counts for
/// itself.
/// </summary>
/// <param name="MaxConcurrent">Requests under way, 1 to 1,000,000; default 50.</param>
/// <param name="MaxQueued">Requests that wait, 0 to 1,000,000; default 10.</param>
public sealed record BulkheadPolicy(int MaxConcurrent = 50, int MaxQueued = 10) : IResiliencePolicy
{
    PolicyKind IResiliencePolicy.Kind => PolicyKind.Bulkhead;
}

/// <summary>Lets only so many requests through in a time; others are answered with 429 and Retry-After.</summary>
public sealed record RateLimitPolicy : IResiliencePolicy
{
    /// <inheritdoc/>
    PolicyKind IResiliencePolicy.Kind => PolicyKind.RateLimit;

    /// <summary>Requests in each unit, 1 to 10,000,000.</summary>
    public required int Requests { get; init; }

    /// <summary>The unit; default second.</summary>
    public RateLimitUnit Unit { get; init; } = RateLimitUnit.Second;

    /// <summary>Requests that may come at once after a quiet time.</summary>
    public required int Burst { get; init; }

    /// <summary>Who counts; default local.</summary>
    public RateLimitScope Scope { get; init; } = RateLimitScope.Local;
}
