using Mesh.Xds.Protos;

namespace Mesh.Xds.Resources;

/// <summary>Secrets (SDS).</summary>
public static class SecretBuilder
{
    /// <summary>What takes the place of a private key where people read.</summary>
    public const string Redacted = "[redacted]";

    /// <summary>A certificate with its private key.</summary>
    /// <param name="name">The secret's name.</param>
    /// <param name="chain">PEM, the certificate itself first.</param>
    /// <param name="privateKey">PEM.</param>
    public static Secret Certificate(string name, string chain, string privateKey) => new()
    {
        Name = name,
        TlsCertificate = new TlsCertificate
        {
            CertificateChain = new DataSource { InlineString = chain },
            PrivateKey = new DataSource { InlineString = privateKey },
        },
    };

    /// <summary>The authorities that certificates of others are checked against.</summary>
    /// <param name="name">The secret's name.</param>
    /// <param name="authorities">PEM.</param>
    public static Secret Authorities(string name, string authorities) => new()
    {
        Name = name,
        ValidationContext = new CertificateValidationContext { TrustedCa = new DataSource { InlineString = authorities } },
    };

    /// <summary>The secret without what is secret: what is not known to be public is not in it.</summary>
    public static Secret Redact(Secret secret)
    {
        var shown = new Secret { Name = secret.Name };
        if (secret.TypeCase == Secret.TypeOneofCase.TlsCertificate)
        {
            shown.TlsCertificate = new TlsCertificate
            {
                CertificateChain = secret.TlsCertificate.CertificateChain,
                PrivateKey = new DataSource { InlineString = Redacted },
            };
        }
        else if (secret.TypeCase == Secret.TypeOneofCase.ValidationContext)
        {
            shown.ValidationContext = new CertificateValidationContext { TrustedCa = secret.ValidationContext.TrustedCa };
        }

        return shown;
    }
}
