namespace Mesh.Contracts.Rest;

/// <summary>
/// Body of <c>POST /api/discovery/heartbeat</c>: renews the lease of an instance that was registered with <c>ttlSeconds</c>.
/// </summary>
public sealed record HeartbeatRequest
{
    /// <summary>The service.</summary>
    public required string Name { get; init; }

    /// <summary><c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>The instance.</summary>
    public required string InstanceId { get; init; }

    /// <summary>As the registration returned it: another one is refused with 409. Any if unset.</summary>
    public long? Incarnation { get; init; }
}

/// <summary>Answer to a heartbeat.</summary>
public sealed record HeartbeatAnswer
{
    /// <summary>Seconds until the lease runs out.</summary>
    public required int TtlSeconds { get; init; }

    /// <summary>The instance's incarnation.</summary>
    public required long Incarnation { get; init; }

    /// <summary>
    /// This Registry cannot record leases at present; nothing expires meanwhile, nor before one full TTL after it can again. Go on sending
    /// heartbeats.
    /// </summary>
    public bool Degraded { get; init; }
}
