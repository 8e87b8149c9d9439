using System.Security.Cryptography;
using System.Text.Json;
using Mesh.Kernel.Credentials;
using Mesh.Kernel.Settings;
using Mesh.Security.Authority;
using Mesh.Security.Keys;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Security.Issuing;

/// <summary>
/// The authority of this mesh, from the document that all its Registries share (Flow step 1). A change replaces the document if it still is
/// the one that the change was made from, so Registries that start together make one authority, and two rotations follow one another.
/// </summary>
internal sealed class CertificateAuthority(
    ICredentialStore store, KeyVaults vaults, IOptions<SecurityOptions> options, TimeProvider time, ILogger<CertificateAuthority> logger)
    : IDisposable
{
    private const int Tries = 16;

    // Opening a vault may take a derivation of a key from a passphrase.
    private static readonly TimeSpan ReopenAfter = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private LoadedAuthority? _loaded;

    /// <summary>Now.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>The settings.</summary>
    public SecurityOptions Options => options.Value;

    /// <summary>The authority that was read last; null before the first time.</summary>
    public LoadedAuthority? Last => Volatile.Read(ref _loaded);

    /// <summary>The authority that was read last; it may have changed since.</summary>
    /// <exception cref="AuthorityUnusableException">There is one, and it cannot be used.</exception>
    public ValueTask<LoadedAuthority> GetAsync(CancellationToken cancellationToken) =>
        Last is { IsUnreadable: false } loaded ? new(loaded) : RefreshAsync(cancellationToken);

    /// <summary>The authority as the database has it; made where there is none.</summary>
    /// <exception cref="AuthorityUnusableException">There is one, and it cannot be used.</exception>
    public async ValueTask<LoadedAuthority> RefreshAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await LoadAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Changes the authority, on the newest version of it.</summary>
    /// <param name="change">Gives the next state, or null where there is nothing to change; it may be asked several times.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The authority afterwards, and whether it was changed.</returns>
    public async Task<(LoadedAuthority Authority, bool Changed)> ChangeAsync(Func<AuthorityState, Rotation, AuthorityState?> change,
        CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (var i = 0; i < Tries; i++)
            {
                var loaded = await LoadAsync(cancellationToken).ConfigureAwait(false);
                var next = loaded.Decrypt(() => change(loaded.State, new Rotation(loaded.Vault, Options.Lifetimes, Now)));
                if (next is null) return (loaded, false);
                if (!await store.TryWriteAuthorityAsync(loaded.Version, next.Serialize(loaded.Vault.Ring), cancellationToken)
                    .ConfigureAwait(false)) continue;
                Log(loaded.State, next);
                return (await LoadAsync(cancellationToken).ConfigureAwait(false), true);
            }

            throw new AuthorityUnusableException("authority-busy", $"Others have changed the authority {Tries} times in a row. Try again.");
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _loaded?.Vault.Dispose();
        _turn.Dispose();
    }

    private async ValueTask<LoadedAuthority> LoadAsync(CancellationToken cancellationToken)
    {
        var protection = new RingProtection(store, vaults, logger);
        for (var i = 0; i < Tries; i++)
        {
            if (await store.ReadAuthorityAsync(cancellationToken).ConfigureAwait(false) is not { } document)
            {
                await CreateAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (_loaded is { } present && present.Version == document.Version
                && !(present.IsUnreadable && Now >= present.LoadedAt + ReopenAfter)) return present;
            var state = Read(document);
            RequireTrustDomain(state);
            var vault = OpenVault(() => vaults.Open(state.KeyRing));
            if (protection.IsMissing(vault))
            {
                using (vault)
                {
                    using var next = OpenVault(vaults.OpenNew);
                    await protection.AddAsync(document.Version, state, vault, next, cancellationToken).ConfigureAwait(false);
                }

                continue;
            }

            // Whoever signs with the one before finishes with it: it is left to the collector.
            var loaded = new LoadedAuthority(document.Version, state, vault, Now);
            Volatile.Write(ref _loaded, loaded);
            return loaded;
        }

        throw new AuthorityUnusableException("authority-busy", "The authority was made and removed again and again.");
    }

    private async ValueTask CreateAsync(CancellationToken cancellationToken)
    {
        using var vault = OpenVault(() => vaults.Open([], isNew: true));
        var domain = (Options.TrustDomain is { Length: > 0 } name ? TrustDomain.TryParse(name) : null) ?? TrustDomain.Default;
        AuthorityState state;
        try
        {
            state = new Rotation(vault, Options.Lifetimes, Now).Create(domain);
        }
        catch (CryptographicException unreadable)
        {
            throw AuthorityUnusableException.KeysUnreadable(unreadable);
        }

        // Of Registries that start together one makes the authority, and the others find it there.
        if (await store.TryWriteAuthorityAsync(0, state.Serialize(vault.Ring), cancellationToken).ConfigureAwait(false))
            AuthorityLog.Created(logger, domain.Name, state.Roots[0].Id, vault.Protection);
    }

    private static AuthorityState Read(AuthorityDocument document)
    {
        try
        {
            return JsonSerializer.Deserialize(document.Data.Span, AuthorityJson.Default.AuthorityState)
                ?? throw new JsonException("It is null.");
        }
        catch (JsonException damaged)
        {
            throw new AuthorityUnusableException("authority-damaged",
                $"The authority in the database cannot be read: {damaged.Message} Restore a copy of the database.", damaged);
        }
    }

    private static KeyVault OpenVault(Func<KeyVault> open)
    {
        try
        {
            return open();
        }
        catch (SettingException wrong)
        {
            throw new AuthorityUnusableException("key-protection", wrong.Message, wrong);
        }
    }

    private void RequireTrustDomain(AuthorityState state)
    {
        if (Options.TrustDomain is { Length: > 0 } wanted && wanted != state.TrustDomain)
            throw new AuthorityUnusableException("other-trust-domain",
                $"The authority was made for the trust domain {state.TrustDomain}, and Mesh:Security:TrustDomain is {wanted}. "
                    + "Identities would change their names: set the former, or begin with an empty database.");
    }

    private void Log(AuthorityState before, AuthorityState after)
    {
        foreach (var added in after.Roots.Except(before.Roots)) AuthorityLog.RootAdded(logger, added.Id, added.ActiveFrom);
        foreach (var added in after.Intermediates.Except(before.Intermediates))
            AuthorityLog.IntermediateAdded(logger, added.Id, added.RootId, added.ActiveFrom);
    }
}
