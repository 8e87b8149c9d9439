using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mesh.Security.Authority;

/// <summary>Extensions that the framework has no class for, or reads too kindly: names are compared byte by byte.</summary>
internal static class CertificateExtensions
{
    public const string SubjectAlternativeName = "2.5.29.17";
    private const string NameConstraints = "2.5.29.30";
    private static readonly Asn1Tag UriName = new(TagClass.ContextSpecific, 6);

    /// <summary>
    /// The one name of a certificate. Critical, since the subject is empty (RFC 5280, 4.2.1.6): nobody may fall back to a common name.
    /// </summary>
    public static X509Extension Identity(SpiffeId id)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence()) writer.WriteCharacterString(UniversalTagNumber.IA5String, id.ToString(), UriName);
        return new X509Extension(SubjectAlternativeName, writer.Encode(), critical: true);
    }

    /// <summary>Permits URIs of the trust domain alone (RFC 5280, 4.2.1.10), whatever the key that it is given to signs.</summary>
    public static X509Extension Permits(TrustDomain domain)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (writer.PushSequence()) writer.WriteCharacterString(UniversalTagNumber.IA5String, domain.Name, UriName);
        return new X509Extension(NameConstraints, writer.Encode(), critical: true);
    }

    /// <summary>Reads the names of an extension.</summary>
    /// <returns>The URIs as they stand, and whether there are names of other kinds.</returns>
    /// <exception cref="AsnContentException">It is malformed.</exception>
    public static (IReadOnlyList<string> Uris, bool HasOthers) ReadNames(ReadOnlyMemory<byte> extension)
    {
        var reader = new AsnReader(extension, AsnEncodingRules.DER);
        var names = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        var (uris, others) = (new List<string>(), false);
        while (names.HasData)
        {
            var tag = names.PeekTag();
            // Latin 1 keeps every byte: what is not printable ASCII is compared, and refused, as it came.
            if (tag.HasSameClassAndValue(UriName) && !tag.IsConstructed)
                uris.Add(Encoding.Latin1.GetString(names.ReadOctetString(UriName)));
            else
            {
                others = true;
                names.ReadEncodedValue();
            }
        }

        return (uris, others);
    }
}
