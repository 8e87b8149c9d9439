using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Identity;

/// <summary>
/// A workload's certificate with its key (an X.509-SVID, SPIFFE). The identity is read from the certificate and from nowhere else.
/// </summary>
public sealed class Svid
{
    private Svid(string spiffeId, string keyPem, IReadOnlyList<string> chain, DateTimeOffset issuedAt, DateTimeOffset notAfter) =>
        (SpiffeId, KeyPem, Chain, IssuedAt, NotAfter) = (spiffeId, keyPem, chain, issuedAt, notAfter);

    /// <summary>Whose it is, such as <c>spiffe://cdaprod.mesh/ns/default/sa/shop</c>.</summary>
    public string SpiffeId { get; }

    /// <summary>The private key: PKCS #8 as PEM.</summary>
    public string KeyPem { get; }

    /// <summary>PEM: the certificate, then the intermediates up to the root, without it.</summary>
    public IReadOnlyList<string> Chain { get; }

    /// <summary>When it came. What the certificate says itself is earlier, for clocks that are behind.</summary>
    public DateTimeOffset IssuedAt { get; }

    /// <summary>Valid until.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>When half of its life is over and it is to be renewed.</summary>
    public DateTimeOffset RenewAt => IssuedAt + ((NotAfter - IssuedAt) / 2);

    /// <summary>The key and the chain in one PEM, as HAProxy reads it.</summary>
    public string ToPem() => string.Join('\n', [KeyPem, .. Chain]) + "\n";

    /// <summary>A certificate for a key.</summary>
    /// <param name="keyPem">The private key as PEM, not encrypted.</param>
    /// <param name="chain">PEM: the certificate first.</param>
    /// <param name="issuedAt">When it came.</param>
    /// <exception cref="CryptographicException">
    /// The certificate is not of that key, has not exactly one URI as its name, or one of the two cannot be read.
    /// </exception>
    public static Svid Of(string keyPem, IReadOnlyList<string> chain, DateTimeOffset issuedAt)
    {
        if (chain.Count == 0) throw new CryptographicException("There is no certificate.");
        using var certificate = X509Certificate2.CreateFromPem(chain[0]);
        using var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(keyPem);
        }
        catch (ArgumentException other)
        {
            throw new CryptographicException("There is no private key on an elliptic curve.", other);
        }

        using var published = certificate.GetECDsaPublicKey()
            ?? throw new CryptographicException("The certificate's key is not on an elliptic curve.");
        if (!published.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            throw new CryptographicException("The certificate is of another key.");
        return new Svid(
            SpiffeName.In(certificate) ?? throw new CryptographicException("The certificate has no identity: exactly one URI as its name."),
            keyPem.TrimEnd('\n'), [.. chain.Select(one => one.TrimEnd('\n'))],
            issuedAt, certificate.NotAfter.ToUniversalTime());
    }

    /// <summary>Reads what <see cref="ToPem"/> has written.</summary>
    /// <param name="pem">Key and chain.</param>
    /// <param name="issuedAt">When it came.</param>
    /// <exception cref="CryptographicException">It is something else.</exception>
    public static Svid Parse(string pem, DateTimeOffset issuedAt)
    {
        var (key, chain) = (default(string), new List<string>());
        for (var rest = pem.AsSpan(); PemEncoding.TryFind(rest, out var block); rest = rest[block.Location.End..])
        {
            if (rest[block.Label] is "CERTIFICATE") chain.Add(rest[block.Location].ToString());
            else key = rest[block.Location].ToString();
        }

        return Of(key ?? throw new CryptographicException("There is no private key."), chain, issuedAt);
    }
}
