using Mesh.Kernel.Commands;
using Mesh.Kernel.Credentials;
using Mesh.Kernel.Log;
using Mesh.Security.Authority;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Security.Issuing;

/// <summary>
/// Makes the authority when a Registry starts, sees what other Registries have changed, makes a new intermediate or root in time, erases
/// the keys of former ones, and warns of what it cannot renew itself.
/// </summary>
internal sealed class AuthorityUpkeep(
    CertificateAuthority authority, ICredentialStore store, CommandWriter writer, TimeProvider time, ILogger<AuthorityUpkeep> logger)
    : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1), WarnEvery = TimeSpan.FromHours(6), PruneEvery = TimeSpan.FromHours(1);
    private readonly Dictionary<string, DateTimeOffset> _warned = new(StringComparer.Ordinal);
    private DateTimeOffset _pruned;

    /// <summary>One round.</summary>
    /// <exception cref="AuthorityUnusableException">The authority cannot be used, or its keys cannot be decrypted.</exception>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        await authority.RefreshAsync(cancellationToken).ConfigureAwait(false);
        var (loaded, _) = await authority.ChangeAsync(Renew, cancellationToken).ConfigureAwait(false);
        foreach (var warning in AuthorityWarnings.Of(loaded, authority.Now)) Warn(warning);
        await PruneAsync(cancellationToken).ConfigureAwait(false);
        // Who starts a Registry without the passphrase learns it now, not from the first workload that is refused.
        if (loaded.State.Signer(authority.Now) is { Key: not null } signer) loaded.KeyOf(signer);
    }

    /// <summary>
    /// One round whose failure is logged. None ends the host, which could then not even be told to take another authority; the next round
    /// tries again.
    /// </summary>
    public async Task TryRunOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunOnceAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (LogStoreException away)
        {
            AuthorityLog.UpkeepFailed(logger, away.Message);
        }
        catch (AuthorityUnusableException unusable)
        {
            AuthorityLog.Unusable(logger, unusable.Message);
        }
        catch (Exception unexpected) when (!cancellationToken.IsCancellationRequested)
        {
            AuthorityLog.UpkeepBroken(logger, unexpected);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await writer.Opened.WaitAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (LogStoreException)
        {
            // The host ends, and says why.
            return;
        }

        using var timer = new PeriodicTimer(Every, time);
        do await TryRunOnceAsync(stoppingToken).ConfigureAwait(false);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private async Task PruneAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now < _pruned + PruneEvery) return;
        _pruned = now;
        // A renewal needs the record of its certificate, also at a Registry whose clock is behind.
        var settings = authority.Options;
        var kept = settings.RecordRetention > settings.ClockSkew ? settings.RecordRetention : settings.ClockSkew;
        var forgotten = await store.PruneCredentialsAsync(now - kept, cancellationToken).ConfigureAwait(false);
        if (forgotten > 0) AuthorityLog.Pruned(logger, forgotten);
    }

    private AuthorityState? Renew(AuthorityState state, Rotation rotation)
    {
        var next = state;
        if (rotation.IsRootDue(next) && !next.Root(authority.Now).Imported) next = rotation.NewRoot(next, atOnce: false);
        // An imported root that is over is for somebody to replace: the warnings say so.
        if (rotation.IsIntermediateDue(next) && rotation.CanSignIntermediates(next)) next = rotation.NewIntermediate(next);
        next = rotation.Prune(next);
        return IsSame(next.Roots, state.Roots) && IsSame(next.Intermediates, state.Intermediates) ? null : next;
    }

    private static bool IsSame(IReadOnlyList<CaEntry> one, IReadOnlyList<CaEntry> other) =>
        one.Count == other.Count && one.Zip(other).All(pair => pair.First.Equals(pair.Second)
            && (pair.First.Key is null) == (pair.Second.Key is null));

    private void Warn(string warning)
    {
        var now = time.GetUtcNow();
        if (_warned.TryGetValue(warning, out var last) && now < last + WarnEvery) return;
        _warned[warning] = now;
        AuthorityLog.Warned(logger, warning);
    }
}
