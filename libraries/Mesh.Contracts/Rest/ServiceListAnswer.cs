using Mesh.Contracts.Discovery;

namespace Mesh.Contracts.Rest;

/// <summary>Answer of <c>GET /api/discovery/services</c>.</summary>
public sealed record ServiceListAnswer
{
    /// <summary>The log's sequence that the list stands for; give it back as <c>afterSequence</c> to wait for a newer list.</summary>
    public required long Sequence { get; init; }

    /// <summary>Ordered by namespace and name.</summary>
    public required IReadOnlyList<ServiceAnswer> Items { get; init; }
}

/// <summary>A service with its instances; also the answer of <c>GET /api/discovery/services/{name}?namespace=</c>.</summary>
public sealed record ServiceAnswer
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Of its instances.</summary>
    public string? Protocol { get; init; }

    /// <summary>Ordered by id.</summary>
    public required IReadOnlyList<InstanceAnswer> Instances { get; init; }

    /// <summary>What an operator has set for the service as a whole; null for nothing.</summary>
    public ServiceSettings? Settings { get; init; }

    /// <summary>The service's ETag without its quotes; changes with settings and registrations, never with health.</summary>
    public long Revision { get; init; }
}

/// <summary>One instance.</summary>
public sealed record InstanceAnswer
{
    /// <summary>Unique in its service.</summary>
    public required string Id { get; init; }

    /// <summary>As registered.</summary>
    public required string Address { get; init; }

    /// <summary>1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary><c>http</c>, <c>grpc</c> or <c>tcp</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>Empty if unset.</summary>
    public string Version { get; init; } = "";

    /// <summary>Empty if unset.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Relative to the other instances.</summary>
    public int Weight { get; init; } = 100;

    /// <summary><c>passing</c>, <c>warning</c> or <c>critical</c>.</summary>
    public required string Health { get; init; }

    /// <summary>Why it has that health; null without anything to say.</summary>
    public string? Reason { get; init; }

    /// <summary><c>active</c>, <c>draining</c> or <c>maintenance</c>.</summary>
    public string Mode { get; init; } = "active";

    /// <summary>Critical, but kept in rotation by empty-push protection.</summary>
    public bool Protected { get; init; }

    /// <summary>Changes its health too often, and is held.</summary>
    public bool Flapping { get; init; }

    /// <summary>Free labels.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>What a host name as address stands for at present.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>Lease in seconds; 0 without.</summary>
    public int TtlSeconds { get; init; }

    /// <summary>Its check, if it has one.</summary>
    public HealthCheckRequest? HealthCheck { get; init; }

    /// <summary>Of an instance with a lease and no check: critical for so long, it is deregistered. With a check it stands there.</summary>
    public string? DeregisterAfterCritical { get; init; }

    /// <summary>Heartbeats and deregistrations that name an older one are refused.</summary>
    public long Incarnation { get; init; }

    /// <summary>The instance's ETag without its quotes; changes with its registration and mode, never with health.</summary>
    public long Revision { get; init; }

    /// <summary>When its health last changed, UTC.</summary>
    public DateTimeOffset? HealthSince { get; init; }
}
