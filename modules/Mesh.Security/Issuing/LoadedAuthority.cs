using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Security.Authority;
using Mesh.Security.Keys;

namespace Mesh.Security.Issuing;

/// <summary>
/// One version of the authority as a Registry works with it: its state, its vault, and what was parsed or decrypted of it.
/// </summary>
/// <param name="version">Version of the document.</param>
/// <param name="state">Its content.</param>
/// <param name="vault">Opens its keys.</param>
/// <param name="loadedAt">When it was read.</param>
internal sealed class LoadedAuthority(long version, AuthorityState state, KeyVault vault, DateTimeOffset loadedAt)
{
    // By certificate: a root that was renewed for the same key has the same id as the one before.
    private readonly ConcurrentDictionary<string, CaKey> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, X509Certificate2> _certificates = new(StringComparer.Ordinal);
    private volatile bool _unreadable;

    public long Version => version;

    public AuthorityState State => state;

    public KeyVault Vault => vault;

    public DateTimeOffset LoadedAt => loadedAt;

    /// <summary>
    /// Whether a key could not be decrypted: where the key ring is put back, a vault that was opened before does not see it.
    /// </summary>
    public bool IsUnreadable => _unreadable;

    public TrustDomain TrustDomain { get; } = TrustDomain.TryParse(state.TrustDomain)
        ?? throw new AuthorityUnusableException("authority-damaged", $"The authority's trust domain '{state.TrustDomain}' is none.");

    /// <summary>The certificate of a root or intermediate; it lives as long as this.</summary>
    public X509Certificate2 CertificateOf(CaEntry entry) => Kept(_certificates, entry, entry.Load);

    /// <summary>The private key of an intermediate, decrypted once.</summary>
    /// <exception cref="AuthorityUnusableException">It cannot be.</exception>
    public CaKey KeyOf(CaEntry entry) => Kept(_keys, entry, () => Decrypt(() => vault.Open(entry)));

    /// <summary>Why nothing can be signed now, since the key of the intermediate in use cannot be decrypted; null if it can.</summary>
    public string? UnreadableReason(DateTimeOffset now)
    {
        try
        {
            if (state.Signer(now) is { Key: not null } signer) KeyOf(signer);
            return null;
        }
        catch (AuthorityUnusableException unreadable)
        {
            return unreadable.Message;
        }
    }

    /// <summary>Does what needs private keys.</summary>
    /// <exception cref="AuthorityUnusableException">They cannot be decrypted.</exception>
    public T Decrypt<T>(Func<T> use)
    {
        try
        {
            return use();
        }
        catch (CryptographicException unreadable)
        {
            _unreadable = true;
            throw AuthorityUnusableException.KeysUnreadable(unreadable);
        }
    }

    /// <summary>When what an intermediate signs is accepted: while it, its root and all between them are valid.</summary>
    public Validity LifeOf(CaEntry signer)
    {
        var life = Validity.Of(CertificateOf(signer));
        if (state.RootOf(signer) is { } root) life = life.Within(Validity.Of(CertificateOf(root)));
        foreach (var der in signer.Between)
        {
            using var between = X509CertificateLoader.LoadCertificate(der);
            life = life.Within(Validity.Of(between));
        }

        return life;
    }

    // What fails is tried again the next time.
    private static T Kept<T>(ConcurrentDictionary<string, T> all, CaEntry entry, Func<T> make) where T : class, IDisposable
    {
        var fingerprint = entry.Fingerprint;
        if (all.TryGetValue(fingerprint, out var known)) return known;
        var made = make();
        var kept = all.GetOrAdd(fingerprint, made);
        if (!ReferenceEquals(kept, made)) made.Dispose();
        return kept;
    }
}
