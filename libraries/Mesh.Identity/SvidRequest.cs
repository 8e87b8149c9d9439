using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Contracts.Security;

namespace Mesh.Identity;

/// <summary>
/// A new key (P-256) and the signing requests that it is in. The key never leaves the process but as part of a <see cref="Svid"/>.
/// </summary>
internal sealed class SvidRequest : IDisposable
{
    private static readonly byte[] Context = "cdaprod.mesh.v1.Certificates/Renew\n"u8.ToArray();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _csr;

    public SvidRequest() =>
        _csr = new CertificateRequest(new X500DistinguishedName(""), _key, HashAlgorithmName.SHA256).CreateSigningRequest();

    private string Csr => PemEncoding.WriteString("CERTIFICATE REQUEST", _csr);

    /// <summary>The body that joins with a token.</summary>
    public SignCertificateBody Join(string token) => new() { Csr = Csr, JoinToken = token };

    /// <summary>The body that renews a certificate.</summary>
    public RenewCertificateBody Renew(Svid present)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(present.KeyPem);
        return new RenewCertificateBody
        {
            Csr = Csr,
            Certificate = present.Chain[0],
            Signature = Convert.ToBase64String(
                key.SignData([.. Context, .. _csr], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
        };
    }

    /// <summary>What the answer makes of it.</summary>
    public Svid Complete(SignedCertificateAnswer answer, DateTimeOffset now) =>
        Svid.Of(_key.ExportPkcs8PrivateKeyPem(), answer.CertificateChain, now);

    public void Dispose() => _key.Dispose();
}
