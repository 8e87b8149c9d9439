using Mesh.Security.Authority;

namespace Mesh.Security;

/// <summary>Settings of the certificate authority, under <c>Mesh:Security</c>; the same on every Registry.</summary>
public sealed class SecurityOptions
{
    /// <summary>The trust domain. It is fixed when the authority is made.</summary>
    /// <value>The default is the authority's own, and <c>cdaprod.mesh</c> for a new one.</value>
    public string? TrustDomain { get; set; }

    /// <summary>How long a workload's certificate is valid, 10 seconds to 7 days.</summary>
    /// <value>The default is 24 hours.</value>
    public TimeSpan LeafLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long an intermediate is valid; a new one signs after two thirds of it.</summary>
    /// <value>The default is 90 days.</value>
    public TimeSpan IntermediateLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long a root is valid; a new one is prepared after four fifths of it.</summary>
    /// <value>The default is 3,650 days.</value>
    public TimeSpan RootLifetime { get; set; } = TimeSpan.FromDays(3650);

    /// <summary>How long before it was made a certificate is valid already, for clocks that are behind; up to an hour.</summary>
    /// <value>The default is 5 minutes.</value>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long records of certificates and tokens are kept after these have expired.</summary>
    /// <value>The default is 90 days.</value>
    public TimeSpan RecordRetention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>A PKCS #12 file (RSA) by which the key ring is encrypted; not with <see cref="PassphraseFile"/>.</summary>
    /// <value>The default is none.</value>
    public string? CertificateFile { get; set; }

    /// <summary>A file with the password of <see cref="CertificateFile"/>.</summary>
    /// <value>The default is none: the file has no password.</value>
    public string? CertificatePasswordFile { get; set; }

    /// <summary>A file with a passphrase by which the key ring is encrypted.</summary>
    /// <value>The default is none.</value>
    public string? PassphraseFile { get; set; }

    internal Lifetimes Lifetimes => new(RootLifetime, IntermediateLifetime, LeafLifetime, ClockSkew);

    /// <summary>What is wrong, setting by setting.</summary>
    internal IEnumerable<string> Faults()
    {
        if (TrustDomain is { Length: > 0 } domain && Authority.TrustDomain.TryParse(domain) is null)
            yield return "Mesh:Security:TrustDomain is not a DNS name in lower case, such as prod.example.com.";
        if (LeafLifetime < TimeSpan.FromSeconds(10) || LeafLifetime > TimeSpan.FromDays(7))
            yield return "Mesh:Security:LeafLifetime must be 10 seconds to 7 days.";
        if (IntermediateLifetime < 2 * LeafLifetime || IntermediateLifetime < TimeSpan.FromMinutes(1))
            yield return "Mesh:Security:IntermediateLifetime must be at least a minute, and twice LeafLifetime.";
        if (RootLifetime < 2 * IntermediateLifetime || RootLifetime > TimeSpan.FromDays(36500))
            yield return "Mesh:Security:RootLifetime must be at least twice IntermediateLifetime, and at most 36,500 days.";
        if (ClockSkew < TimeSpan.Zero || ClockSkew > TimeSpan.FromHours(1))
            yield return "Mesh:Security:ClockSkew must be 0 to 1 hour.";
        if (RecordRetention < TimeSpan.Zero) yield return "Mesh:Security:RecordRetention must not be negative.";
        if (!string.IsNullOrEmpty(CertificateFile) && !string.IsNullOrEmpty(PassphraseFile))
            yield return "Set Mesh:Security:CertificateFile or Mesh:Security:PassphraseFile, not both.";
        if (!string.IsNullOrEmpty(CertificatePasswordFile) && string.IsNullOrEmpty(CertificateFile))
            yield return "Mesh:Security:CertificatePasswordFile needs Mesh:Security:CertificateFile.";
    }
}
