using System.Collections.Concurrent;
using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Loads;

/// <summary>
/// The clusters that this data plane has sent requests to, those that have gone since too, until everything is reported. Flow step 9.
/// </summary>
public sealed class TallyBook
{
    // Far longer than a request picks its endpoint from the snapshot it began with.
    private static readonly TimeSpan KeepIdle = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<ClusterTally, bool> _open = new();

    internal IEnumerable<ClusterTally> Clusters => _open.Keys;

    internal void Add(ClusterTally tally) => _open.TryAdd(tally, true);

    /// <summary>Takes out what has been idle for long and belongs to no cluster any more.</summary>
    internal void Tidy(RoutingSnapshot snapshot, TimeProvider time)
    {
        foreach (var tally in _open.Keys)
        {
            if (tally.IdleSince != 0 && time.GetElapsedTime(tally.IdleSince) > KeepIdle
                && !ReferenceEquals(snapshot.Clusters.Find(tally.Cluster)?.State.Tally, tally))
                _open.TryRemove(tally, out _);
        }
    }
}
