namespace Mesh.Contracts.Rest;

/// <summary>Answer of the control plane's <c>GET /api/v1/proxies</c>: the applied table.</summary>
public sealed record ProxyListAnswer
{
    /// <summary>Connected xDS clients of all control planes.</summary>
    public required IReadOnlyList<ProxyAnswer> Items { get; init; }
}

/// <summary>One xDS client.</summary>
public sealed record ProxyAnswer
{
    /// <summary><c>node.id</c>.</summary>
    public required string Node { get; init; }

    /// <summary><c>node.cluster</c>.</summary>
    public string? Cluster { get; init; }

    /// <summary><c>grpc</c>, <c>envoy</c> or <c>mesh</c>.</summary>
    public string? Flavour { get; init; }

    /// <summary>Its end of the connection.</summary>
    public string? Address { get; init; }

    /// <summary>The control plane that it is connected to.</summary>
    public string? ControlPlane { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset? ConnectedAt { get; init; }

    /// <summary>
    /// The log's sequence up to which it has accepted or refused everything that concerns it; null before the first. Of a client of another
    /// control plane than the one asked: as of its last answer.
    /// </summary>
    public long? Sequence { get; init; }

    /// <summary>
    /// Changes being rolled out that it was sent, by the rollout's id: <c>sent</c>, <c>acked</c> or <c>nacked</c>; null for none.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Rollouts { get; init; }

    /// <summary>What it has of each resource type.</summary>
    public IReadOnlyList<ProxyTypeAnswer> Types { get; init; } = [];
}

/// <summary>How far a client is with one resource type.</summary>
public sealed record ProxyTypeAnswer
{
    /// <summary>The short name of its type URL, for example <c>Cluster</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Version of everything it was sent of the type; null before the first response.</summary>
    public string? SentVersion { get; init; }

    /// <summary>Version of everything it said it applied; null before the first ACK.</summary>
    public string? AckedVersion { get; init; }

    /// <summary>The log's sequence that the acknowledged version stands for.</summary>
    public long? Sequence { get; init; }

    /// <summary>Of the last answer, UTC.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Why it refused the last version; null if it did not.</summary>
    public string? Nack { get; init; }

    /// <summary>The log's sequence that the refused version stands for.</summary>
    public long? NackSequence { get; init; }

    /// <summary><c>SYNCED</c>, <c>STALE</c> (sent and not answered yet), <c>NACKED</c> or <c>NOT_SENT</c>.</summary>
    public string? State { get; init; }
}
