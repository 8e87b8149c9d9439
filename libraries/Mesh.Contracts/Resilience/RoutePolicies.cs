namespace Mesh.Contracts.Resilience;

/// <summary>Limits how long requests and connections may take. What a route says for itself counts before it.</summary>
public sealed record TimeoutPolicy : IResiliencePolicy
{
    /// <inheritdoc/>
    PolicyKind IResiliencePolicy.Kind => PolicyKind.Timeout;

    /// <summary>Milliseconds until the answer is complete, 1 to 86,400,000; null for no limit.</summary>
    public int? RequestMs { get; init; }

    /// <summary>Milliseconds without a byte in either direction, 1 to 86,400,000; null for no limit of its own.</summary>
    public int? IdleMs { get; init; }

    /// <summary>Milliseconds until a connection stands, 1 to 3,600,000; null for the default, 5,000.</summary>
    public int? ConnectMs { get; init; }
}

/// <summary>Another service that answers where this one cannot.</summary>
public sealed record FallbackPolicy : IResiliencePolicy
{
    /// <inheritdoc/>
    PolicyKind IResiliencePolicy.Kind => PolicyKind.Fallback;

    /// <summary>Name of the other service; it need not exist yet.</summary>
    public required string Service { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }
}
