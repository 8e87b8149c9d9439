namespace Mesh.Contracts.Security;

/// <summary>Body of <c>POST /api/security/certificates/sign</c>: a first certificate, by a join token.</summary>
public sealed record SignCertificateBody
{
    /// <summary>PKCS #10 as PEM. Its key is on P-256 or P-384, or RSA of 2048 to 8192 bits.</summary>
    public required string Csr { get; init; }

    /// <summary>The join token. It is used up, whether or not the answer arrives.</summary>
    public required string JoinToken { get; init; }

    /// <inheritdoc/>
    public override string ToString() => nameof(SignCertificateBody);
}

/// <summary>Body of <c>POST /api/security/certificates/renew</c>: a further certificate, by one that is still valid.</summary>
public sealed record RenewCertificateBody
{
    /// <summary>PKCS #10 as PEM, a new one for each renewal; its key may be the former one.</summary>
    public required string Csr { get; init; }

    /// <summary>The present certificate as PEM.</summary>
    public required string Certificate { get; init; }

    /// <summary>
    /// Base64 of a signature by the key of the present certificate, with SHA-256 (ECDSA as DER, or RSA PKCS #1), over
    /// <c>cdaprod.mesh.v1.Certificates/Renew</c>, a line feed and the request in DER.
    /// </summary>
    public required string Signature { get; init; }
}

/// <summary>Answer of both: a certificate with what its holder needs besides.</summary>
public sealed record SignedCertificateAnswer
{
    /// <summary>Whose it is.</summary>
    public required string SpiffeId { get; init; }

    /// <summary>PEM: the certificate, then the intermediates up to the root, without it.</summary>
    public required IReadOnlyList<string> CertificateChain { get; init; }

    /// <summary>PEM: all roots to be trusted.</summary>
    public required IReadOnlyList<string> Bundle { get; init; }

    /// <summary>Until when it is valid.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>When half of its life is over; add jitter.</summary>
    public required DateTimeOffset RenewAt { get; init; }
}
