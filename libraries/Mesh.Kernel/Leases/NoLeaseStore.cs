namespace Mesh.Kernel.Leases;

/// <summary>Where no Redis is configured: heartbeats are accepted and said to be unrecorded, and no lease ever runs out.</summary>
public sealed class NoLeaseStore : ILeaseStore
{
    private const string Reason = "no Redis is configured (ConnectionStrings__redis): leases do not run out";

    /// <inheritdoc/>
    public ValueTask<bool> RenewAsync(Lease lease, CancellationToken cancellationToken) => new(false);

    /// <inheritdoc/>
    public ValueTask<bool> ReleaseAsync(LeaseKey key, CancellationToken cancellationToken) => new(false);

    /// <inheritdoc/>
    public ValueTask<bool> EnsureAsync(IReadOnlyCollection<Lease> leases, CancellationToken cancellationToken) => new(false);

    /// <inheritdoc/>
    public ValueTask<ExpiredLeases> ReadExpiredAsync(int limit, CancellationToken cancellationToken) => new(new ExpiredLeases([], Reason));

    /// <inheritdoc/>
    public ValueTask<bool> IsExpiredAsync(LeaseKey key, CancellationToken cancellationToken) => new(false);

    /// <inheritdoc/>
    public ValueTask<LeaseTick> TickAsync(CancellationToken cancellationToken) => new(new LeaseTick(false, Reason, 0));

    /// <inheritdoc/>
    public ValueTask LeaveAsync(CancellationToken cancellationToken) => default;
}
