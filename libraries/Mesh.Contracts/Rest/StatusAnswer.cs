namespace Mesh.Contracts.Rest;

/// <summary>Answer of <c>GET /api/v1/status</c>: how a Registry is doing.</summary>
public sealed record StatusAnswer
{
    /// <summary><c>registry</c>.</summary>
    public required string Role { get; init; }

    /// <summary>Version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>Identity of the log.</summary>
    public required string LogId { get; init; }

    /// <summary>Raised by every restore.</summary>
    public required long Epoch { get; init; }

    /// <summary>Last entry that this process knows.</summary>
    public required long Head { get; init; }

    /// <summary>Its time, UTC; null for an empty log.</summary>
    public DateTimeOffset? HeadTime { get; init; }

    /// <summary>Where the log is kept; never with a password.</summary>
    public string? Store { get; init; }

    /// <summary>
    /// Publishing to Kafka: <c>off</c> (none is configured), <c>standby</c> (another Registry does it), <c>relaying</c> or <c>failing</c>.
    /// </summary>
    public string? Relay { get; init; }

    /// <summary>Last failure of publishing; null while all is well.</summary>
    public string? RelayProblem { get; init; }

    /// <summary>Last entry that this Registry has published; null where it does not publish.</summary>
    public long? Relayed { get; init; }

    /// <summary>Entries that are still to be published.</summary>
    public long? RelayLag { get; init; }

    /// <summary>Loaded modules.</summary>
    public required IReadOnlyList<string> Modules { get; init; }

    /// <summary>Services that are registered.</summary>
    public int Services { get; init; }

    /// <summary>Their instances.</summary>
    public int Instances { get; init; }

    /// <summary>Streams that commands are refused to, with the reason; null if there are none.</summary>
    public IReadOnlyDictionary<string, string>? Quarantined { get; init; }

    /// <summary>Seconds since the process started.</summary>
    public required double UptimeSeconds { get; init; }

    /// <summary>Process id.</summary>
    public int ProcessId { get; init; }
}
