using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;

namespace Mesh.Security.Authority;

/// <summary>
/// Certificates of an authority outside: a root with its key, or an intermediate with its key and the chain up to its root. What they
/// allow is not read from them but tried: a leaf is signed, and checked as every peer would.
/// </summary>
internal sealed class ImportedAuthority : IDisposable
{
    /// <summary>Characters of certificates, and of a key.</summary>
    public const int MaxLength = 64 * 1024;

    private const int MostCertificates = 8;
    private readonly IReadOnlyList<X509Certificate2> _chain;

    private ImportedAuthority(IReadOnlyList<X509Certificate2> chain, CaKey key) => (_chain, Key) = (chain, key);

    /// <summary>The private key of <see cref="Signer"/>.</summary>
    public CaKey Key { get; }

    /// <summary>Whose key it is.</summary>
    public X509Certificate2 Signer => _chain[0];

    /// <summary>The root.</summary>
    public X509Certificate2 Root => _chain[^1];

    /// <summary>What stands between the two.</summary>
    public IEnumerable<X509Certificate2> Between => _chain.Skip(1).SkipLast(1);

    /// <summary>Whether the key is the root's, so that the mesh makes its own intermediates.</summary>
    public bool IsRootKey => _chain.Count == 1;

    /// <summary>The certificate that ends first, and when: below it nothing is accepted any longer.</summary>
    public (string Subject, DateTimeOffset NotAfter) FirstEnd =>
        _chain.Select(one => (one.Subject, Validity.Of(one).NotAfter)).MinBy(one => one.NotAfter);

    public string SignerId => CaCertificates.IdOf(Signer)!;

    public string RootId => CaCertificates.IdOf(Root)!;

    /// <summary>Reads what is imported; null, with faults, if leaves that it signs would not be accepted.</summary>
    public static ImportedAuthority? Read(string certificates, string key, TrustDomain domain, DateTimeOffset now, Faults faults)
    {
        if (certificates.Length is 0 or > MaxLength)
            faults.Add("certificates", "missing", $"Send the certificates as PEM, the key's own first, of {MaxLength} characters at most.");
        if (key.Length is 0 or > MaxLength)
            faults.Add("key", "missing", $"Send the private key as PEM, not encrypted, of {MaxLength} characters at most.");
        if (faults.Any) return null;

        var chain = ReadChain(certificates, faults);
        var signing = CaKey.TryReadPem(key);
        if (signing is null)
            faults.Add("key", "not-a-key",
                "It is no private key as PEM, is encrypted, or is neither P-256, P-384 nor RSA of 2048 to 8192 bits.");
        if (chain is not null && signing is not null)
        {
            var read = new ImportedAuthority(chain, signing);
            try
            {
                if (read.IsUsable(domain, now, faults)) return read;
            }
            catch (CryptographicException malformed)
            {
                faults.Add("certificates", "not-a-certificate", $"A certificate is malformed: {malformed.Message}");
            }
        }

        signing?.Dispose();
        foreach (var certificate in chain ?? []) certificate.Dispose();
        return null;
    }

    public void Dispose()
    {
        Key.Dispose();
        foreach (var certificate in _chain) certificate.Dispose();
    }

    private static List<X509Certificate2>? ReadChain(string pem, Faults faults)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            faults.Add("certificates", "not-a-certificate", "A PEM block 'BEGIN CERTIFICATE' is malformed.");
            return null;
        }

        if (all.Count is > 0 and <= MostCertificates) return [.. all];
        faults.Add("certificates", "not-a-certificate",
            $"There are {all.Count} PEM blocks 'BEGIN CERTIFICATE'; send 1 to {MostCertificates}, from the key's own up to the root.");
        return null;
    }

    private bool IsUsable(TrustDomain domain, DateTimeOffset now, Faults faults)
    {
        if (!Signer.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(Key.PublicKey.ExportSubjectPublicKeyInfo()))
            faults.Add("key", "other-key", "The private key does not belong to the first certificate.");
        foreach (var certificate in _chain)
        {
            if (CaCertificates.IdOf(certificate) is null)
                faults.Add("certificates", "no-key-id", $"'{certificate.Subject}' has no subject key identifier.");
            var life = Validity.Of(certificate);
            if (now < life.NotBefore || now >= life.NotAfter)
                faults.Add("certificates", "not-valid-now",
                    $"'{certificate.Subject}' is valid from {life.NotBefore:u} to {life.NotAfter:u} only.");
            if (PublicKeys.Fault(certificate.PublicKey) is { } weak)
                faults.Add("certificates", "key-not-allowed", $"'{certificate.Subject}': {weak}");
        }

        if (Root.SubjectName.Name != Root.IssuerName.Name)
            faults.Add("certificates", "no-root",
                "The last certificate is no root: send the chain up to the one that is signed by itself.");
        if (faults.Any) return false;

        if (Try(domain, now) is { } refused)
            faults.Add("certificates", "cannot-sign", $"A certificate that this authority signs would not be accepted: {refused}");
        return !faults.Any;
    }

    // As a leaf would be made, with an intermediate of the mesh's own below a root.
    private string? Try(TrustDomain domain, DateTimeOffset now)
    {
        using var key = CaKey.New();
        using var leafKey = CaKey.New();
        var validity = Validity.From(now, TimeSpan.FromHours(1), TimeSpan.Zero);
        using var below = IsRootKey ? CaCertificates.Intermediate(domain, key, Root, Key, validity) : null;
        var id = new SpiffeId(domain, new ServiceKey(ServiceKey.DefaultNamespace, "probe"));
        using var leaf = below is null
            ? LeafCertificate.Issue(id, leafKey.PublicKey, Signer, Key, validity)
            : LeafCertificate.Issue(id, leafKey.PublicKey, below, key, validity);
        return ChainCheck.Fault(leaf, [below ?? Signer], Between, [Root], now);
    }
}
