using Mesh.DataPlane.Balancing;

namespace Mesh.DataPlane.Routing;

/// <summary>
/// Everything a data plane routes by at one moment. Immutable; a change makes a new one that shares all it did not touch, and becomes
/// visible by one reference write. Flow step 9.
/// </summary>
public sealed class RoutingSnapshot
{
    private RoutingSnapshot(long generation, NameTable<ListenerSnapshot> listeners, NameTable<ClusterSnapshot> clusters)
    {
        Generation = generation;
        Listeners = listeners;
        Clusters = clusters;
    }

    /// <summary>The snapshot before anything is known.</summary>
    public static RoutingSnapshot Empty { get; } = new(0, NameTable<ListenerSnapshot>.Empty, NameTable<ClusterSnapshot>.Empty);

    /// <summary>Counts the snapshots of this process; greater is newer.</summary>
    public long Generation { get; }

    /// <summary>The services by name.</summary>
    public NameTable<ListenerSnapshot> Listeners { get; }

    /// <summary>The clusters by name.</summary>
    public NameTable<ClusterSnapshot> Clusters { get; }

    /// <summary>The next snapshot; this one if nothing differs.</summary>
    public RoutingSnapshot With(NameTable<ListenerSnapshot> listeners, NameTable<ClusterSnapshot> clusters) =>
        ReferenceEquals(listeners, Listeners) && ReferenceEquals(clusters, Clusters) ? this : new(Generation + 1, listeners, clusters);
}
