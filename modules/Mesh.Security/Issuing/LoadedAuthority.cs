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
internal sealed class LoadedAuthority(long version, AuthorityState state, KeyVault vault)
{
    private readonly ConcurrentDictionary<string, Lazy<CaKey>> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<X509Certificate2>> _certificates = new(StringComparer.Ordinal);

    public long Version => version;

    public AuthorityState State => state;

    public KeyVault Vault => vault;

    public TrustDomain TrustDomain { get; } = TrustDomain.TryParse(state.TrustDomain)
        ?? throw new AuthorityUnusableException("authority-damaged", $"The authority's trust domain '{state.TrustDomain}' is none.");

    /// <summary>The certificate of a root or intermediate; it lives as long as this.</summary>
    public X509Certificate2 CertificateOf(CaEntry entry) =>
        _certificates.GetOrAdd(entry.Id, static (_, entry) => new(entry.Load), entry).Value;

    /// <summary>The private key of an intermediate, decrypted once.</summary>
    /// <exception cref="AuthorityUnusableException">It cannot be.</exception>
    public CaKey KeyOf(CaEntry entry)
    {
        try
        {
            return _keys.GetOrAdd(entry.Id, static (_, from) => new(() => from.vault.Open(from.entry)), (vault, entry)).Value;
        }
        catch (CryptographicException unreadable)
        {
            throw AuthorityUnusableException.KeysUnreadable(unreadable);
        }
    }
}
