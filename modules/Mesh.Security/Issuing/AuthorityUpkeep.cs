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
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        await authority.RefreshAsync(cancellationToken).ConfigureAwait(false);
        var (loaded, _) = await authority.ChangeAsync(Renew, cancellationToken).ConfigureAwait(false);
        foreach (var warning in AuthorityWarnings.Of(loaded, authority.Now)) Warn(warning);
        var now = time.GetUtcNow();
        if (now < _pruned + PruneEvery) return;
        _pruned = now;
        var forgotten = await store.PruneCredentialsAsync(now - authority.Options.RecordRetention, cancellationToken).ConfigureAwait(false);
        if (forgotten > 0) AuthorityLog.Pruned(logger, forgotten);
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
        do
        {
            try
            {
                await RunOnceAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (LogStoreException away)
            {
                AuthorityLog.UpkeepFailed(logger, away.Message);
            }
            catch (AuthorityUnusableException unusable)
            {
                AuthorityLog.Unusable(logger, unusable.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private AuthorityState? Renew(AuthorityState state, Rotation rotation)
    {
        var next = state;
        var root = next.Root(authority.Now);
        if (rotation.IsRootDue(next) && !root.Imported) next = rotation.NewRoot(next, atOnce: rotation.IsRootOver(next));
        if (rotation.IsIntermediateDue(next) && root.Key is not null) next = rotation.NewIntermediate(next);
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
