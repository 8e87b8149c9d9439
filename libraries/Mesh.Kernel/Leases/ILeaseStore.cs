namespace Mesh.Kernel.Leases;

/// <summary>
/// Where heartbeats live (Flow step 8). They never enter the log, only transitions do. Nothing here throws because Redis is unavailable: a
/// heartbeat is then accepted but not recorded, and nothing expires.
/// </summary>
public interface ILeaseStore
{
    /// <summary>Makes or prolongs a lease by its full TTL: at registration and with every heartbeat.</summary>
    /// <returns>False if it could not be recorded; the answer to the client should say <c>degraded</c>. No harm follows: while a Registry
    /// that has ticked cannot record, nothing expires, whatever others record; and when it can again every lease gets one full
    /// TTL.</returns>
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

    /// <summary>
    /// Whether the lease has run out, asked again right before the command that says so in the log; false while expiry is suspended.
    /// </summary>
    ValueTask<bool> IsExpiredAsync(LeaseKey key, CancellationToken cancellationToken);

    /// <summary>
    /// The sign of life of one who takes heartbeats, each second from every Registry. While that of any is missing nothing expires:
    /// heartbeats sent to it may be lost. When it is back (or jumped, or a heartbeat could not be recorded, or Redis or the log's epoch is
    /// not the same as before) every lease gets one full TTL; likewise when a Registry that is silent for a minute is given up by the
    /// others.
    /// </summary>
    ValueTask<LeaseTick> TickAsync(CancellationToken cancellationToken);

    /// <summary>The Registry stops in good order: its ticks are waited for no longer.</summary>
    ValueTask LeaveAsync(CancellationToken cancellationToken);
}

/// <summary>What has run out.</summary>
/// <param name="Keys">Longest first.</param>
/// <param name="Suspended">Why nothing expires now; null if expiry is on.</param>
public sealed record ExpiredLeases(IReadOnlyList<LeaseKey> Keys, string? Suspended);

/// <summary>What a tick found.</summary>
/// <param name="Recorded">False if Redis is unavailable.</param>
/// <param name="Fault">Why heartbeats may be lost, of this Registry or of one that was given up; null if all is well.</param>
/// <param name="Granted">How many leases got one full TTL for that.</param>
public readonly record struct LeaseTick(bool Recorded, string? Fault, int Granted);
