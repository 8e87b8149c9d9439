namespace Mesh.Contracts.Rest;

/// <summary>What a write answers. It is durable when this is sent.</summary>
public sealed record WriteAnswer
{
    /// <summary>Whether anything was appended to the log; false: it already was so.</summary>
    public required bool Changed { get; init; }

    /// <summary>Sequence of the last event of this write; where nothing changed, of the log's head at that moment.</summary>
    public required long Sequence { get; init; }

    /// <summary>The service.</summary>
    public string? Name { get; init; }

    /// <summary>Its namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>How many instances the service has after this write.</summary>
    public int? Instances { get; init; }

    /// <summary>How many instances this write took out or whose mode it changed.</summary>
    public int? Affected { get; init; }

    /// <summary>The registered instance.</summary>
    public string? InstanceId { get; init; }

    /// <summary>Of the registered instance: heartbeats and deregistrations that name an older one are refused.</summary>
    public long? Incarnation { get; init; }

    /// <summary>The ETag of what was written, without its quotes; null where it is gone.</summary>
    public long? Revision { get; init; }
}
