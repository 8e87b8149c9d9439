namespace Mesh.Contracts.Security;

/// <summary>Answer of <c>GET /api/security/ca</c>: the certificate authority.</summary>
public sealed record AuthorityStatusAnswer
{
    /// <summary>Trust domain of all identities, such as <c>cdaprod.mesh</c>.</summary>
    public required string TrustDomain { get; init; }

    /// <summary>How long a workload's certificate is valid, such as <c>24h</c>.</summary>
    public required string LeafLifetime { get; init; }

    /// <summary>Where the keys lie that private keys are encrypted by: <c>folder</c> or <c>database</c>.</summary>
    public required string KeyRing { get; init; }

    /// <summary>
    /// What those are protected by, as they are: <c>certificate</c>, <c>passphrase</c> or <c>none</c>; <c>missing</c> where there are no
    /// keys, <c>other</c> for what cannot be read.
    /// </summary>
    public required string KeyProtection { get; init; }

    /// <summary>Roots in the order in which they are used.</summary>
    public required IReadOnlyList<AuthorityCertificateAnswer> Roots { get; init; }

    /// <summary>Intermediates, likewise.</summary>
    public required IReadOnlyList<AuthorityCertificateAnswer> Intermediates { get; init; }

    /// <summary>What needs somebody's hand; null for nothing.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>A root or an intermediate.</summary>
public sealed record AuthorityCertificateAnswer
{
    /// <summary>Subject key identifier in lower-case hexadecimal.</summary>
    public required string Id { get; init; }

    /// <summary>
    /// <c>prepared</c>: trusted, and used later; <c>active</c>: in use; <c>retiring</c>: no longer used, and trusted while leaves below it
    /// may be valid; <c>expired</c>: neither.
    /// </summary>
    public required string Phase { get; init; }

    /// <summary>Its subject.</summary>
    public required string Subject { get; init; }

    /// <summary>Whether it comes from outside.</summary>
    public bool Imported { get; init; }

    /// <summary>Whether the mesh has its private key.</summary>
    public bool HasKey { get; init; }

    /// <summary>From when it is used.</summary>
    public required DateTimeOffset ActiveFrom { get; init; }

    /// <summary>Until when it is valid.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>When another one takes over; null while none does.</summary>
    public DateTimeOffset? SupersededAt { get; init; }

    /// <summary>When the last leaf below it has ended, and a root leaves the bundle; null while none takes over.</summary>
    public DateTimeOffset? TrustedUntil { get; init; }
}

/// <summary>Answer of <c>GET /api/security/ca/bundle</c>: the roots to be trusted.</summary>
/// <param name="TrustDomain">Whose identities they vouch for.</param>
/// <param name="Pem">One PEM block for each.</param>
public sealed record TrustBundleAnswer(string TrustDomain, string Pem);

/// <summary>Answer of a change of the authority.</summary>
/// <param name="Changed">False where the same change was made before.</param>
/// <param name="Authority">The authority afterwards.</param>
public sealed record AuthorityChangeAnswer(bool Changed, AuthorityStatusAnswer Authority);
