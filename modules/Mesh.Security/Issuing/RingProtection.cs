using Mesh.Kernel.Credentials;
using Mesh.Security.Authority;
using Mesh.Security.Keys;
using Microsoft.Extensions.Logging;

namespace Mesh.Security.Issuing;

/// <summary>
/// Protects a key ring that was made before the settings asked for it: a new ring under a passphrase or a certificate takes its place, and
/// the authority's keys are encrypted by that. Nothing is lost wherever it is interrupted, and the next start goes on: the new ring's file
/// is there before the document that needs it, and the former one's until that is written.
/// </summary>
internal sealed class RingProtection(ICredentialStore store, KeyVaults vaults, ILogger logger)
{
    /// <summary>Whether nothing protects a ring that something is to protect.</summary>
    public bool IsMissing(KeyVault vault) => vaults.Configured != KeyProtection.None && vault.Protection == KeyProtection.None;

    /// <summary>Adds it, if the authority still has the version; else somebody else may have done so.</summary>
    /// <param name="version">Version of the authority.</param>
    /// <param name="state">The authority.</param>
    /// <param name="former">The vault that its keys are in.</param>
    /// <param name="next">One with a new ring.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="AuthorityUnusableException">The keys cannot be decrypted, or the ring cannot be replaced.</exception>
    public async ValueTask AddAsync(long version, AuthorityState state, KeyVault former, KeyVault next, CancellationToken cancellationToken)
    {
        var moved = Move(state, former, next);
        if (vaults.Folder is not { } folder)
        {
            if (await store.TryWriteAuthorityAsync(version, moved.Serialize(next.Ring), cancellationToken).ConfigureAwait(false))
                AuthorityLog.RingProtected(logger, vaults.Configured);
            return;
        }

        try
        {
            var before = folder.Files;
            var added = folder.Add(next.Ring);
            var written = await store.TryWriteAuthorityAsync(version, moved.Serialize([]), cancellationToken).ConfigureAwait(false);
            RingFolder.Remove(written ? before : added);
            if (written) AuthorityLog.RingProtected(logger, vaults.Configured);
        }
        catch (Exception locked) when (locked is IOException or UnauthorizedAccessException)
        {
            throw new AuthorityUnusableException("key-protection",
                $"The key ring in {folder.Path} cannot be replaced by one that is protected as Mesh:Security says: {locked.Message} Let "
                    + "this process write and remove files there.", locked);
        }
    }

    private static AuthorityState Move(AuthorityState state, KeyVault former, KeyVault next)
    {
        CaEntry Moved(CaEntry entry)
        {
            if (entry.Key is null) return entry;
            using var key = former.Open(entry);
            return entry with { Key = next.Protect(entry.Id, key) };
        }

        try
        {
            return state with { Roots = [.. state.Roots.Select(Moved)], Intermediates = [.. state.Intermediates.Select(Moved)] };
        }
        catch (System.Security.Cryptography.CryptographicException unreadable)
        {
            throw AuthorityUnusableException.KeysUnreadable(unreadable);
        }
    }
}
