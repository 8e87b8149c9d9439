namespace Mesh.Contracts.Security;

/// <summary>Answer of <c>POST /api/security/join-tokens</c>.</summary>
public sealed record JoinTokenCreatedAnswer
{
    /// <summary>Its public part, for lists and for revoking it.</summary>
    public required string Id { get; init; }

    /// <summary>The token. The mesh keeps only a hash: it is shown this once.</summary>
    public required string Token { get; init; }

    /// <summary>The service that may join with it.</summary>
    public required string Service { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Until when it may be used.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Id} of {Namespace}/{Service}";
}

/// <summary>Answer of <c>GET /api/security/join-tokens</c>.</summary>
/// <param name="Items">Newest first.</param>
public sealed record JoinTokenListAnswer(IReadOnlyList<JoinTokenAnswer> Items);

/// <summary>A join token, without its secret.</summary>
public sealed record JoinTokenAnswer
{
    /// <summary>Its public part.</summary>
    public required string Id { get; init; }

    /// <summary>The service that may join with it.</summary>
    public required string Service { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary><c>unused</c>, <c>used</c>, <c>revoked</c> or <c>expired</c>.</summary>
    public required string State { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>By whom.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>Until when it may be used.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it was used; null if it was not.</summary>
    public DateTimeOffset? UsedAt { get; init; }
}

/// <summary>Answer of a change that has nothing else to say.</summary>
/// <param name="Changed">False if it was so already.</param>
public sealed record SecurityChangeAnswer(bool Changed);

/// <summary>Answer of <c>GET /api/security/revocations</c>: the deny list.</summary>
/// <param name="Items">Newest first.</param>
public sealed record RevocationListAnswer(IReadOnlyList<RevocationAnswer> Items);

/// <summary>An entry of the deny list.</summary>
public sealed record RevocationAnswer
{
    /// <summary>Serial of one certificate; null for an identity.</summary>
    public string? Serial { get; init; }

    /// <summary>SPIFFE id of a service; null for a certificate.</summary>
    public string? Identity { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who denied it.</summary>
    public required string Actor { get; init; }

    /// <summary>Why; null if nobody said.</summary>
    public string? Reason { get; init; }
}

/// <summary>Answer of <c>GET /api/security/certificates</c>: what was issued, to whom and by what right.</summary>
/// <param name="Items">Newest first.</param>
public sealed record CertificateListAnswer(IReadOnlyList<CertificateAnswer> Items);

/// <summary>A certificate that was issued.</summary>
public sealed record CertificateAnswer
{
    /// <summary>Lower-case hexadecimal.</summary>
    public required string Serial { get; init; }

    /// <summary>The SPIFFE id.</summary>
    public required string Identity { get; init; }

    /// <summary>Id of the intermediate that signed it.</summary>
    public required string Issuer { get; init; }

    /// <summary>Valid from.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Valid until.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>When it was issued.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>By what right: <c>join-token:ID</c> or <c>certificate:SERIAL</c>.</summary>
    public required string Requester { get; init; }

    /// <summary>Id of the join token that it descends from: what is denied by serial is denied with all of its lineage.</summary>
    public required string Lineage { get; init; }
}
