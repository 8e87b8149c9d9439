namespace Mesh.Contracts.Rest;

/// <summary>Answer of <c>GET /api/resilience/policies</c>.</summary>
public sealed record PolicyListAnswer
{
    /// <summary>The log's sequence that the list stands for; give it back as <c>afterSequence</c> to wait for a newer list.</summary>
    public required long Sequence { get; init; }

    /// <summary>Ordered by namespace, service and kind.</summary>
    public required IReadOnlyList<PolicyAnswer> Items { get; init; }
}

/// <summary>One policy: what its kind names is the body that would set it again.</summary>
public sealed record PolicyAnswer
{
    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>
    /// <c>circuit-breaker</c>, <c>bulkhead</c>, <c>outlier-detection</c>, <c>rate-limit</c>, <c>timeout</c> or <c>fallback</c>.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>The policy's ETag without its quotes.</summary>
    public required long Revision { get; init; }

    /// <summary>Where that is its kind.</summary>
    public CircuitBreakerRequest? CircuitBreaker { get; init; }

    /// <summary>Where that is its kind.</summary>
    public BulkheadRequest? Bulkhead { get; init; }

    /// <summary>Where that is its kind.</summary>
    public OutlierDetectionRequest? OutlierDetection { get; init; }

    /// <summary>Where that is its kind.</summary>
    public RateLimitRequest? RateLimit { get; init; }

    /// <summary>Where that is its kind.</summary>
    public TimeoutRequest? Timeout { get; init; }

    /// <summary>Where that is its kind.</summary>
    public FallbackRequest? Fallback { get; init; }
}

/// <summary>What a write of a policy answers. It is durable when this is sent.</summary>
public sealed record PolicyWriteAnswer
{
    /// <summary>Whether anything was appended to the log; false: it already was so.</summary>
    public required bool Changed { get; init; }

    /// <summary>Sequence of the event of this write; where nothing changed, of the log's head at that moment.</summary>
    public required long Sequence { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Which policy.</summary>
    public required string Kind { get; init; }

    /// <summary>The policy's ETag, without its quotes; null where there is none.</summary>
    public long? Revision { get; init; }

    /// <summary>
    /// What some kinds of clients do otherwise with the policy, or not at all, each beginning with its field; null for nothing.
    /// </summary>
    public IReadOnlyList<string>? Warnings { get; init; }
}
