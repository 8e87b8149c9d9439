using Mesh.Kernel.Leases;

namespace Mesh.Tests.Discovery.Support;

/// <summary>Remembers what was asked of it; <see cref="Away"/> as if Redis were gone.</summary>
internal sealed class RecordedLeases : ILeaseStore
{
    public bool Away { get; set; }

    public List<Lease> Renewed { get; } = [];

    public ValueTask<bool> RenewAsync(Lease lease, CancellationToken cancellationToken)
    {
        if (!Away) Renewed.Add(lease);
        return ValueTask.FromResult(!Away);
    }

    public ValueTask<bool> ReleaseAsync(LeaseKey key, CancellationToken cancellationToken) => ValueTask.FromResult(!Away);

    public ValueTask<bool> EnsureAsync(IReadOnlyCollection<Lease> leases, CancellationToken cancellationToken) =>
        ValueTask.FromResult(!Away);

    public ValueTask<ExpiredLeases> ReadExpiredAsync(int limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new ExpiredLeases([], null));

    public ValueTask<bool> IsExpiredAsync(LeaseKey key, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    public ValueTask<LeaseTick> TickAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new LeaseTick(!Away, null, 0));

    public ValueTask LeaveAsync(CancellationToken cancellationToken) => default;
}
