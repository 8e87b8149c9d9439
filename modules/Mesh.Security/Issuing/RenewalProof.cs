using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Security.Authority;

namespace Mesh.Security.Issuing;

/// <summary>
/// What shows that somebody may renew a certificate: that it is one of this authority's, and that he has its key. The signature stands for
/// what a TLS handshake with a client certificate will show, and covers the new request, so that it is of no use for another key.
/// </summary>
internal static class RenewalProof
{
    private const int MaxLength = 32 * 1024;

    /// <summary>What the signature covers before the request: made for something else, it means nothing here.</summary>
    private static ReadOnlySpan<byte> Context => "cdaprod.mesh.v1.Certificates/Renew\n"u8;

    /// <summary>The bytes to be signed: the context, then the request in DER.</summary>
    public static byte[] MessageOf(ReadOnlySpan<byte> csr) => [.. Context, .. csr];

    /// <summary>Reads the certificate, the first of a chain as PEM; null, with a fault, if it is none.</summary>
    public static X509Certificate2? ReadCertificate(string pem, string field, Faults faults)
    {
        if (pem.Length is 0 or > MaxLength)
        {
            faults.Add(field, "missing", $"Send the present certificate as PEM, of {MaxLength} characters at most.");
            return null;
        }

        try
        {
            return X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException)
        {
            faults.Add(field, "not-a-certificate", "There is no PEM block 'BEGIN CERTIFICATE', or it is malformed.");
            return null;
        }
    }

    /// <summary>Whether the certificate is one that this authority has signed, and valid; else the refusal.</summary>
    public static Refusal? Check(LoadedAuthority loaded, X509Certificate2 certificate, DateTimeOffset now)
    {
        // Of one that has expired the last leaf has ended; what chains up to it nevertheless was not made by this authority.
        var signers = loaded.State.Intermediates.Where(one => loaded.State.PhaseOf(one, now) != CaPhase.Expired).ToList();
        var fault = ChainCheck.Fault(certificate, [.. signers.Select(loaded.CertificateOf)],
            signers.SelectMany(entry => entry.Between).Select(der => X509CertificateLoader.LoadCertificate(der)),
            loaded.State.Bundle(now).Select(loaded.CertificateOf), now);
        if (fault is null && LeafCertificate.IdentityIn(certificate) is not { } identity) fault = "it has no identity of this mesh";
        else if (fault is null && LeafCertificate.IdentityIn(certificate)!.TrustDomain != loaded.TrustDomain)
            fault = "its identity is of another trust domain";
        return fault is null ? null : Refused(fault);
    }

    /// <summary>The certificate verifies, and this authority has no record of it.</summary>
    public static Refusal NotRecorded => Refused("it was not issued by this authority");

    /// <summary>Whether the request was signed with the certificate's key: ECDSA as DER, or RSA PKCS #1, over SHA-256.</summary>
    public static bool IsSigned(X509Certificate2 certificate, SigningRequest request, ReadOnlySpan<byte> signature)
    {
        var message = MessageOf(request.Der.Span);
        try
        {
            using var ecdsa = certificate.GetECDsaPublicKey();
            if (ecdsa is not null)
                return ecdsa.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
            using var rsa = certificate.GetRSAPublicKey();
            return rsa is not null && rsa.VerifyData(message, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static Refusal Refused(string fault) => Refusal.Of(RefusalKind.Forbidden, "certificate", "certificate-refused",
        $"The certificate cannot be renewed: {fault}. Join again with a token: cdaprod-mesh security join-token create.");
}
