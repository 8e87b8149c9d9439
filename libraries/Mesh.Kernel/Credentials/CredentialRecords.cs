namespace Mesh.Kernel.Credentials;

/// <summary>The certificate authority as its module wrote it; private keys in it are encrypted.</summary>
/// <param name="Version">1 for the first one, and one more with each change.</param>
/// <param name="Data">The module's own format.</param>
public sealed record AuthorityDocument(long Version, ReadOnlyMemory<byte> Data);

/// <summary>A certificate that was issued: who got what, by what right.</summary>
public sealed record CertificateRecord
{
    /// <summary>Lower-case hexadecimal.</summary>
    public required string Serial { get; init; }

    /// <summary>The SPIFFE id.</summary>
    public required string Identity { get; init; }

    /// <summary>Which intermediate signed it: its subject key identifier in lower-case hexadecimal.</summary>
    public required string Issuer { get; init; }

    /// <summary>SHA-256 of the certificate in DER.</summary>
    public required ReadOnlyMemory<byte> Fingerprint { get; init; }

    /// <summary>SHA-256 of the signing request. One request is answered once.</summary>
    public required ReadOnlyMemory<byte> RequestHash { get; init; }

    /// <summary>Valid from; before <see cref="IssuedAt"/>, for clocks that are behind.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Valid until.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>When it was issued.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>By what right: <c>join-token:ID</c> or <c>certificate:SERIAL</c>.</summary>
    public required string Requester { get; init; }

    /// <summary>Id of the join token that it descends from, over however many renewals; the store says it.</summary>
    public string Lineage { get; init; } = "";
}

/// <summary>What must hold when a certificate is recorded. It takes a join token, or it renews a certificate.</summary>
/// <param name="AuthorityVersion">Version of the authority's document that it was signed under.</param>
/// <param name="JoinToken">Id of the token that it takes; null for none.</param>
/// <param name="Renews">The certificate that it renews, which must have been recorded for the same identity; null for none.</param>
/// <param name="Subject">What must not be on the deny list, besides its lineage.</param>
public sealed record IssueCondition(long AuthorityVersion, string? JoinToken, RenewedCertificate? Renews, string Subject);

/// <summary>
/// A certificate that is renewed. Whoever has stolen the key of an intermediate can sign what he likes, also under a serial that he has
/// seen: what was not recorded is not renewed.
/// </summary>
/// <param name="Serial">Lower-case hexadecimal.</param>
/// <param name="Fingerprint">SHA-256 of the certificate in DER.</param>
public sealed record RenewedCertificate(string Serial, ReadOnlyMemory<byte> Fingerprint);

/// <summary>What became of a certificate that was to be recorded. Only for the first one anything was written.</summary>
public enum IssueOutcome
{
    /// <summary>It was recorded.</summary>
    Issued,

    /// <summary>The authority has changed: sign again.</summary>
    AuthorityMoved,

    /// <summary>The token is used, revoked, expired or unknown.</summary>
    TokenSpent,

    /// <summary>The request was answered before.</summary>
    RequestRepeated,

    /// <summary>The identity or the lineage is on the deny list.</summary>
    Denied,

    /// <summary>There is no record of the certificate that it renews.</summary>
    UnknownCertificate,
}

/// <summary>A join token, of which only a hash is kept.</summary>
public sealed record JoinTokenRecord
{
    /// <summary>Public part.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of the secret part.</summary>
    public required ReadOnlyMemory<byte> Hash { get; init; }

    /// <summary>Namespace of the service that may join with it.</summary>
    public required string Namespace { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>By whom.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>Until when it may be used.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it was used; null if it was not.</summary>
    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>When it was revoked; null if it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>An entry of the deny list.</summary>
/// <param name="Subject">A SPIFFE id, or <c>serial:</c> and a serial number in lower-case hexadecimal.</param>
/// <param name="At">Since when.</param>
/// <param name="Actor">Who denied it.</param>
/// <param name="Reason">For people; empty for none.</param>
public sealed record RevocationRecord(string Subject, DateTimeOffset At, string Actor, string Reason);

/// <summary>What became of an entry that was to be put on the deny list.</summary>
public enum RevocationOutcome
{
    /// <summary>It is there now.</summary>
    Added,

    /// <summary>It was there before.</summary>
    Present,

    /// <summary>There is no record of its certificate.</summary>
    UnknownCertificate,
}
