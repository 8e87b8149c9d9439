using System.Security.Cryptography;
using Mesh.Security.Issuing;

namespace Mesh.Tests.Security.Support;

/// <summary>A workload: its key, its certificate and what it trusts.</summary>
internal sealed class TestIdentity
{
    private ECDsa _key = TestCsr.Key();
    private ECDsa? _next;

    public IReadOnlyList<string> Chain { get; private set; } = [];

    public IReadOnlyList<string> Bundle { get; private set; } = [];

    public DateTimeOffset NotAfter { get; private set; }

    public string KeyPem => _key.ExportPkcs8PrivateKeyPem();

    /// <summary>The key of the next certificate.</summary>
    public ECDsa Next() => _next = TestCsr.Key();

    /// <summary>What shows that the present key is here.</summary>
    public byte[] Sign(string csr) => Sign(_key, csr);

    /// <summary>The same for any key.</summary>
    public static byte[] Sign(ECDsa key, string csr) => key.SignData(
        RenewalProof.MessageOf(Convert.FromBase64String(csr[PemEncoding.Find(csr).Base64Data])), HashAlgorithmName.SHA256,
        DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>Uses what was issued.</summary>
    public void Take(IssuedCertificate issued)
    {
        (Chain, Bundle, NotAfter) = (issued.Chain, issued.Bundle, issued.NotAfter);
        _key = _next ?? _key;
    }
}
