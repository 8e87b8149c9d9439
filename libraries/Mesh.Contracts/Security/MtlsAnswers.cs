namespace Mesh.Contracts.Security;

/// <summary>Body of <c>POST /api/security/mtls</c>: a service, or a namespace alone for its default.</summary>
public sealed record MtlsModeBody
{
    /// <summary>The service, which need not exist yet; unset for the default of the namespace.</summary>
    public string? Service { get; init; }

    /// <summary>Namespace of the service, <c>default</c> if unset; without <see cref="Service"/> the one whose default is set.</summary>
    public string? Namespace { get; init; }

    /// <summary><c>disable</c>, <c>permissive</c> or <c>strict</c>; <c>strict</c> if unset.</summary>
    public string? Mode { get; init; }
}

/// <summary>What a write of a mutual TLS mode answers. It is durable when this is sent.</summary>
public sealed record MtlsWriteAnswer
{
    /// <summary>Whether anything was appended to the log; false: it already was so.</summary>
    public required bool Changed { get; init; }

    /// <summary>Sequence of the event of this write; where nothing changed, of the log's head at that moment.</summary>
    public required long Sequence { get; init; }

    /// <summary>The service; null for the default of the namespace.</summary>
    public string? Service { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The mode that is set now; null after a removal.</summary>
    public string? Mode { get; init; }

    /// <summary>The mode's ETag, without its quotes; null after a removal.</summary>
    public long? Revision { get; init; }

    /// <summary>What gRPC's own clients make of it otherwise; null for nothing.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>Answer of <c>GET /api/security/mtls</c>.</summary>
public sealed record MtlsListAnswer
{
    /// <summary>The log's sequence that the list stands for; give it back as <c>afterSequence</c> to wait for a newer list.</summary>
    public required long Sequence { get; init; }

    /// <summary>Ordered by namespace and service, the default of a namespace before its services.</summary>
    public required IReadOnlyList<MtlsAnswer> Items { get; init; }
}

/// <summary>A mutual TLS mode that is set, or a registered service that the default of its namespace applies to.</summary>
public sealed record MtlsAnswer
{
    /// <summary>The service; null for the default of the namespace.</summary>
    public string? Service { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The mode that is set here; null for a service that has the default of its namespace.</summary>
    public string? Mode { get; init; }

    /// <summary>The mode in force: the service's own, else the default of its namespace. Null for such a default itself.</summary>
    public string? Effective { get; init; }

    /// <summary>The SPIFFE id that callers require of an instance of the service; null without mutual TLS.</summary>
    public string? SpiffeId { get; init; }

    /// <summary>The ETag of <see cref="Mode"/>, without its quotes; null where none is set here.</summary>
    public long? Revision { get; init; }
}
