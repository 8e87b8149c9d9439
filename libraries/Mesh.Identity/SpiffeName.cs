using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Identity;

/// <summary>The identity in a certificate (X.509-SVID §2, SPIFFE): its only name, a URI of the scheme <c>spiffe</c>.</summary>
public static class SpiffeName
{
    private const string SubjectAlternativeName = "2.5.29.17";
    private const string Scheme = "spiffe://";
    private const int UriTag = 6;

    /// <summary>The SPIFFE id of a certificate; null if it has none, or any other name besides.</summary>
    public static string? In(X509Certificate2 certificate)
    {
        try
        {
            var extensions = certificate.Extensions.Where(one => one.Oid?.Value == SubjectAlternativeName).ToList();
            if (extensions is not [var only]) return null;
            var names = new AsnReader(only.RawData, AsnEncodingRules.DER).ReadSequence();
            var uri = names.ReadCharacterString(UniversalTagNumber.IA5String, new Asn1Tag(TagClass.ContextSpecific, UriTag));
            return !names.HasData && uri.StartsWith(Scheme, StringComparison.Ordinal) && uri.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0
                ? uri
                : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>The trust domain of a SPIFFE id, such as <c>cdaprod.mesh</c>.</summary>
    public static string TrustDomainOf(string spiffeId)
    {
        var rest = spiffeId[Scheme.Length..];
        var slash = rest.IndexOf('/');
        return slash < 0 ? rest : rest[..slash];
    }
}
