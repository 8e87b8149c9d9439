using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Tests.Security.Support;

/// <summary>Signing requests as workloads, and attackers, send them.</summary>
internal static class TestCsr
{
    /// <summary>A request of the key; <paramref name="uris"/> are what it asks to be named.</summary>
    public static string Of(ECDsa key, params string[] uris) => Of(key, request =>
    {
        if (uris.Length == 0) return;
        request.CertificateExtensions.Add(Names([.. uris.Select(uri => (6, uri))]));
    });

    /// <summary>A request that asks for anything.</summary>
    public static string Of(ECDsa key, Action<CertificateRequest> ask, string subject = "")
    {
        var request = new CertificateRequest(new X500DistinguishedName(subject), key, HashAlgorithmName.SHA256);
        ask(request);
        return request.CreateSigningRequestPem();
    }

    /// <summary>A new key on P-256.</summary>
    public static ECDsa Key() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Subject alternative names by their tags: 1 mail, 2 DNS, 6 URI.</summary>
    public static X509Extension Names(params (int Tag, string Text)[] names)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var (tag, text) in names)
                writer.WriteOctetString(System.Text.Encoding.Latin1.GetBytes(text),
                    new System.Formats.Asn1.Asn1Tag(System.Formats.Asn1.TagClass.ContextSpecific, tag));
        }

        return new X509Extension("2.5.29.17", writer.Encode(), critical: false);
    }
}
