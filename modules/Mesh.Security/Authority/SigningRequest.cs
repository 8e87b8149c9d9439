using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Kernel.Values;

namespace Mesh.Security.Authority;

/// <summary>
/// A certificate signing request (PKCS #10), of which only the key counts. Its signature shows that who sends it has the private key. It
/// need not name anybody; one that does must name the caller, and nobody else, since a request for another's name is a mistake or an
/// attack. The subject and everything else that it asks for is ignored.
/// </summary>
internal sealed class SigningRequest
{
    /// <summary>Characters in a request; one of an RSA key of 8,192 bits has about 3,000.</summary>
    public const int MaxLength = 16 * 1024;

    private const string Label = "CERTIFICATE REQUEST", OlderLabel = "NEW CERTIFICATE REQUEST";

    private SigningRequest(byte[] der, PublicKey key, IReadOnlyList<string> names, bool hasOtherNames)
    {
        (Der, Key, Names, HasOtherNames) = (der, key, names, hasOtherNames);
        Hash = SHA256.HashData(der);
    }

    /// <summary>As it came.</summary>
    public ReadOnlyMemory<byte> Der { get; }

    /// <summary>SHA-256 of <see cref="Der"/>.</summary>
    public ReadOnlyMemory<byte> Hash { get; }

    /// <summary>The key that wants a certificate.</summary>
    public PublicKey Key { get; }

    private IReadOnlyList<string> Names { get; }

    private bool HasOtherNames { get; }

    /// <summary>
    /// Reads a request as PEM; null, with a fault, if it is none, not signed by its key, or of a key that gets no certificate.
    /// </summary>
    public static SigningRequest? Read(string pem, string field, Faults faults)
    {
        if (pem.Length == 0)
        {
            faults.Add(field, "missing", $"'{field}' is required.");
            return null;
        }

        if (pem.Length > MaxLength)
        {
            faults.Add(field, "too-long", $"The signing request has {pem.Length} characters; at most {MaxLength} are allowed.");
            return null;
        }

        try
        {
            if (DerOf(pem) is not { } der)
            {
                faults.Add(field, "not-a-csr", $"Send one PEM block 'BEGIN {Label}' and nothing else.");
                return null;
            }

            // Before the signature is verified: how long that takes is up to the key.
            var unverified = Load(der, CertificateRequestLoadOptions.SkipSignatureValidation);
            if (PublicKeys.Fault(unverified.PublicKey) is { } weak)
            {
                faults.Add(field, "key-not-allowed", weak);
                return null;
            }

            var request = Load(der, CertificateRequestLoadOptions.Default);
            var names = request.CertificateExtensions.Where(one => one.Oid?.Value == CertificateExtensions.SubjectAlternativeName)
                .Select(one => CertificateExtensions.ReadNames(one.RawData)).ToList();
            return new SigningRequest(der, request.PublicKey, [.. names.SelectMany(name => name.Uris)],
                names.Any(name => name.HasOthers));
        }
        catch (Exception malformed) when (malformed is CryptographicException or AsnContentException or ArgumentException
            or FormatException or NotSupportedException)
        {
            faults.Add(field, "not-a-csr", "The signing request is malformed, or is not signed by the key that it holds.");
            return null;
        }
    }

    /// <summary>Notes a fault if the request names anybody but <paramref name="caller"/>.</summary>
    public void CheckNames(SpiffeId caller, string field, Faults faults)
    {
        if (!HasOtherNames && (Names.Count == 0 || (Names is [var only] && only == caller.ToString()))) return;
        faults.Add(field, "wrong-name",
            $"The signing request may have no subject alternative name, or one: the URI {caller}. "
                + (Names is [var other] && !HasOtherNames
                    ? $"It asks for '{Shortened(other)}'."
                    : "It asks for other or for several names."));
    }

    // Unsafe is to copy the extensions into a certificate: they are only looked at.
    private static CertificateRequest Load(byte[] der, CertificateRequestLoadOptions options) => CertificateRequest.LoadSigningRequest(
        der, HashAlgorithmName.SHA256, options | CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions, RSASignaturePadding.Pkcs1);

    private static byte[]? DerOf(string pem)
    {
        if (!PemEncoding.TryFind(pem, out var block)) return null;
        var around = string.Concat(pem.AsSpan(0, block.Location.Start.Value), pem.AsSpan(block.Location.End.Value));
        return pem[block.Label] is Label or OlderLabel && string.IsNullOrWhiteSpace(around)
            ? Convert.FromBase64String(pem[block.Base64Data])
            : null;
    }

    private static string Shortened(string text) => text.Length <= 200 ? text : text[..200] + "…";
}
