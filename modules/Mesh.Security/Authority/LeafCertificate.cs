using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Security.Authority;

/// <summary>Makes the certificate of a workload, an X.509-SVID: everything in it but the key is the authority's to say.</summary>
internal static class LeafCertificate
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1", ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>
    /// A certificate for the key, valid within the issuer's own time. Its subject is empty, so that nobody takes a name from there.
    /// </summary>
    public static X509Certificate2 Issue(SpiffeId id, PublicKey key, X509Certificate2 issuer, CaKey issuerKey, Validity validity)
    {
        var request = new CertificateRequest(new X500DistinguishedName(""), key, issuerKey.Hash);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        // A key exchange by RSA encrypts with the key of the certificate; TLS 1.2 clients may ask for the bit.
        var usage = key.Oid.Value == "1.2.840.113549.1.1.1"
            ? X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment
            : X509KeyUsageFlags.DigitalSignature;
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            new OidCollection { new Oid(ServerAuthentication), new Oid(ClientAuthentication) }, critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        request.CertificateExtensions.Add(CertificateExtensions.Identity(id));
        var within = validity.Within(Validity.Of(issuer));
        return issuerKey.Sign(request, issuer.SubjectName, within.NotBefore, within.NotAfter);
    }

    /// <summary>The identity in a certificate: its one name; null if it has others, several, or one that is no identity.</summary>
    public static SpiffeId? IdentityIn(X509Certificate2 certificate)
    {
        try
        {
            var names = certificate.Extensions.Where(one => one.Oid?.Value == CertificateExtensions.SubjectAlternativeName).ToList();
            return names is [var only] && CertificateExtensions.ReadNames(only.RawData) is ([var uri], false)
                ? SpiffeId.TryParse(uri)
                : null;
        }
        catch (System.Formats.Asn1.AsnContentException)
        {
            return null;
        }
    }
}
