using Mesh.Contracts.Rest;
using Mesh.Kernel.Xds;

namespace Mesh.Traffic.Delivery.Reconciling;

/// <summary>One look at the applied table for all rollouts that are judged at about the same time.</summary>
internal sealed class AppliedGlance(IAppliedClients applied, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(500);
    private readonly Lock _lock = new();
    private Task<(IReadOnlyList<ProxyAnswer> Clients, string? Blind)>? _look;
    private long _begun;

    /// <summary>All clients of all control planes, and why these may not be all; null where they are.</summary>
    public Task<(IReadOnlyList<ProxyAnswer> Clients, string? Blind)> SeeAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_look is null || time.GetElapsedTime(_begun) >= Fresh)
            {
                _begun = time.GetTimestamp();
                // Others wait for it too, so that it is nobody's to cancel.
                _look = applied.SeeAsync(CancellationToken.None);
            }

            return _look.WaitAsync(cancellationToken);
        }
    }
}
