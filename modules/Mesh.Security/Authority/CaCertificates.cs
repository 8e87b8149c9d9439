using System.Security.Cryptography.X509Certificates;

namespace Mesh.Security.Authority;

/// <summary>
/// Makes certificates of authorities. A root may have one intermediate below it and an intermediate none, and an intermediate may name
/// workloads of its trust domain alone.
/// </summary>
internal static class CaCertificates
{
    /// <summary>A root, signed by itself.</summary>
    public static X509Certificate2 Root(TrustDomain domain, CaKey key, Validity validity)
    {
        var name = NameOf("root", domain, key);
        return key.Sign(Request(name, key.PublicKey, key, below: 1), name, validity.NotBefore, validity.NotAfter);
    }

    /// <summary>An intermediate below a root; it does not outlive it.</summary>
    public static X509Certificate2 Intermediate(TrustDomain domain, CaKey key, X509Certificate2 root, CaKey rootKey, Validity validity)
    {
        var request = Request(NameOf("intermediate", domain, key), key.PublicKey, rootKey, below: 0);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        request.CertificateExtensions.Add(CertificateExtensions.Permits(domain));
        var within = validity.Within(Validity.Of(root));
        return rootKey.Sign(request, root.SubjectName, within.NotBefore, within.NotAfter);
    }

    /// <summary>By which key a certificate was made: its subject key identifier in lower-case hexadecimal; null if it has none.</summary>
    public static string? IdOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } id
            ? Convert.ToHexStringLower(id.SubjectKeyIdentifierBytes.Span)
            : null;

    private static CertificateRequest Request(X500DistinguishedName name, PublicKey key, CaKey signer, int below)
    {
        var request = new CertificateRequest(name, key, signer.Hash);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, below, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        return request;
    }

    // Two of a kind have different names, so that nobody has to try several.
    private static X500DistinguishedName NameOf(string kind, TrustDomain domain, CaKey key)
    {
        const int LongestOrganization = 64;
        var builder = new X500DistinguishedNameBuilder();
        if (domain.Name.Length <= LongestOrganization) builder.AddOrganizationName(domain.Name);
        var id = new X509SubjectKeyIdentifierExtension(key.PublicKey, critical: false).SubjectKeyIdentifierBytes.Span[..6];
        builder.AddCommonName($"Cdaprod Mesh {kind} CA {Convert.ToHexStringLower(id)}");
        return builder.Build();
    }
}
