using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Security.Authority;

/// <summary>A private key that signs certificates. Own ones are ECDSA P-256; imported ones may be another curve or RSA.</summary>
internal sealed class CaKey : IDisposable
{
    private readonly AsymmetricAlgorithm _key;

    private CaKey(AsymmetricAlgorithm key) => _key = key;

    /// <summary>The public half.</summary>
    public PublicKey PublicKey => new(_key);

    /// <summary>What it is, for people.</summary>
    public string Description => _key is ECDsa ? $"ECDSA P-{_key.KeySize}" : $"RSA {_key.KeySize}";

    /// <summary>Hash that is as strong as the key.</summary>
    public HashAlgorithmName Hash => _key is ECDsa { KeySize: > 256 } ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;

    /// <summary>A new key.</summary>
    public static CaKey New() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>The key from what <see cref="Export"/> gave.</summary>
    /// <exception cref="CryptographicException">It is no private key of a kind that may sign certificates.</exception>
    public static CaKey Import(ReadOnlySpan<byte> pkcs8) =>
        TryImport(ECDsa.Create(), pkcs8) ?? TryImport(RSA.Create(), pkcs8) ?? throw new CryptographicException("It is no private key.");

    /// <summary>A key that somebody brings as PEM: P-256, P-384, or RSA of 2,048 to 8,192 bits; null if it is none.</summary>
    public static CaKey? TryReadPem(string pem)
    {
        foreach (var key in (AsymmetricAlgorithm[])[ECDsa.Create(), RSA.Create()])
        {
            try
            {
                key.ImportFromPem(pem);
                // Of a public key alone there is nothing to export.
                CryptographicOperations.ZeroMemory(key.ExportPkcs8PrivateKey());
                if (PublicKeys.Fault(new PublicKey(key)) is null) return new CaKey(key);
            }
            catch (Exception other) when (other is CryptographicException or ArgumentException)
            {
                // Not of this kind.
            }

            key.Dispose();
        }

        return null;
    }

    /// <summary>PKCS #8, unencrypted: for the vault alone.</summary>
    public byte[] Export() => _key.ExportPkcs8PrivateKey();

    /// <summary>Signs what a request says, in the name of <paramref name="issuer"/>.</summary>
    public X509Certificate2 Sign(CertificateRequest request, X500DistinguishedName issuer, DateTimeOffset notBefore,
        DateTimeOffset notAfter)
    {
        var generator = _key is ECDsa ecdsa
            ? X509SignatureGenerator.CreateForECDsa(ecdsa)
            : X509SignatureGenerator.CreateForRSA((RSA)_key, RSASignaturePadding.Pkcs1);
        // A key on OpenSSL is not promised to be safe for concurrent use.
        lock (_key) return request.Create(issuer, generator, notBefore, notAfter, Serials.New());
    }

    public void Dispose() => _key.Dispose();

    private static CaKey? TryImport(AsymmetricAlgorithm key, ReadOnlySpan<byte> pkcs8)
    {
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out _);
            return new CaKey(key);
        }
        catch (CryptographicException)
        {
            key.Dispose();
            return null;
        }
    }
}
