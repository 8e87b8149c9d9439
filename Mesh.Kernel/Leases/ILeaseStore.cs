namespace Mesh.Kernel.Leases;

/// <summary>
/// Where heartbeats live (Flow step 8). They never enter the log, only transitions do. Nothing here throws because Redis is away: a
/// heartbeat is then accepted but not recorded, and nothing expires.
/// </summary>
public interface ILeaseStore
{
    /// <summary>Makes or prolongs a lease by its full TTL: at registration and with every heartbeat.</summary>
    /// <returns>False if it could not be recorded; the answer to the client should say <c>degraded</c>. No harm follows: while nothing can be
    /// recorded nothing expires, and afterwards every lease gets one full TTL.</returns>
    ValueTask<bool> RenewAsync(Lease lease, CancellationToken cancellationToken);

    /// <summary>Forgets a lease: its instance is deregistered, or the incarnation is not the current one.</summary>
    /// <returns>False if it could not be recorded; the lease then expires and is asked to be released again.</returns>
    ValueTask<bool> ReleaseAsync(LeaseKey key, CancellationToken cancellationToken);

    /// <summary>
    /// Gives those of <paramref name="leases"/> that have none a full TTL and leaves the others alone: what an expirer does with all
    /// registrations of its share when it starts and in every sweep, so that leases lost with Redis come back.
    /// </summary>
    /// <returns>False if it could not be recorded.</returns>
    ValueTask<bool> EnsureAsync(IReadOnlyCollection<Lease> leases, CancellationToken cancellationToken);

    /// <summary>The leases that have run out, longest first; none while expiry is suspended.</summary>
    ValueTask<ExpiredLeases> ReadExpiredAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Whether the lease has run out, asked again right before the command that says so in the log; false while expiry is suspended.</summary>
    ValueTask<bool> IsExpiredAsync(LeaseKey key, CancellationToken cancellationToken);

    /// <summary>
    /// The sign of life of those who take heartbeats, each second from every Registry. Where it was missing or jumped, or Redis or the log's
    /// epoch is not the same as before, heartbeats may be lost: every lease gets one full TTL.
    /// </summary>
    ValueTask<LeaseTick> TickAsync(CancellationToken cancellationToken);
}

/// <summary>What has run out.</summary>
/// <param name="Keys">Longest first.</param>
/// <param name="Suspended">Why nothing expires now; null if expiry is on.</param>
public sealed record ExpiredLeases(IReadOnlyList<LeaseKey> Keys, string? Suspended);

/// <summary>What a tick found.</summary>
/// <param name="Recorded">False if Redis is away.</param>
/// <param name="Fault">Why heartbeats may be lost; null if all is well.</param>
/// <param name="Granted">How many leases got one full TTL for that.</param>
public readonly record struct LeaseTick(bool Recorded, string? Fault, int Granted);
