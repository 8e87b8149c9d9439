using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Loads;
using Mesh.DataPlane.Reading;
using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Configuration;

/// <summary>
/// Makes the next snapshot out of the last one and what was touched since. A service's new routes are held back, and its old ones kept,
/// until every cluster they name is there with its endpoints, or until the deadline. Flow step 9.
/// </summary>
internal sealed class SnapshotBuilder(ReceivedConfig received, TimeSpan warmFor, string? ownZone, TallyBook loads, TimeProvider time)
{
    private readonly Dictionary<string, long> _warmingSince = new(StringComparer.Ordinal);

    /// <summary>Services whose new routes are held back, the overdue ones not counted.</summary>
    public int Warming => _warmingSince.Values.Count(since => !Overdue(since));

    public RoutingSnapshot Build(RoutingSnapshot last)
    {
        var clusters = BuildClusters(last, last.Clusters);
        var listeners = BuildListeners(last.Listeners, clusters);
        var next = last.With(listeners, clusters);

        // A cluster that was kept for routes still in force can go as soon as their successors are in force.
        return received.TouchedClusters.Count == 0 ? next : next.With(listeners, BuildClusters(next, clusters));
    }

    private NameTable<ClusterSnapshot> BuildClusters(RoutingSnapshot last, NameTable<ClusterSnapshot> clusters)
    {
        foreach (var name in received.TouchedClusters)
        {
            var config = received.Clusters.Find(name);
            if (config is null)
            {
                if (IsKeptFor(name, last))
                    continue;
                clusters = clusters.Without(name);
            }
            else if (config.EndpointsName is null)
            {
                clusters = clusters.With(name, Cluster(config, config.OwnEndpoints, clusters.Find(name)));
            }
            else if (received.Endpoints.Find(config.EndpointsName) is { } endpoints)
            {
                clusters = clusters.With(name,
                    Cluster(config with { Assignment = endpoints.Policy }, endpoints.Endpoints, clusters.Find(name)));
            }

            received.TouchedClusters.Remove(name);
        }

        return clusters;
    }

    private bool IsKeptFor(string cluster, RoutingSnapshot last) =>
        _warmingSince.Keys.Any(name => last.Listeners.Find(name)?.Clusters.Contains(cluster) == true);

    private NameTable<ListenerSnapshot> BuildListeners(NameTable<ListenerSnapshot> listeners, NameTable<ClusterSnapshot> clusters)
    {
        received.TouchedListeners.UnionWith(_warmingSince.Keys);
        foreach (var name in received.TouchedListeners)
        {
            var config = received.Listeners.Find(name);
            if (config is null)
            {
                _warmingSince.Remove(name);
                listeners = listeners.Without(name);
            }
            else if (Publishable(config, clusters) is { } listener)
            {
                _warmingSince.Remove(name);
                listeners = listeners.With(name, listener);
            }
            else
            {
                _warmingSince.TryAdd(name, time.GetTimestamp());
            }
        }

        received.TouchedListeners.Clear();
        return listeners;
    }

    private ListenerSnapshot? Publishable(ListenerConfig config, NameTable<ClusterSnapshot> clusters)
    {
        if (config is { RoutesName: null, Routes: null })
            return new ListenerSnapshot(config.Name, null);
        if (received.RoutesOf(config) is not { } routes)
            return null;

        var warm = routes.Clusters.All(c => clusters.TryFind(c, out _) || received.AbsentClusters.Contains(c));
        if (!warm && !(_warmingSince.TryGetValue(config.Name, out var since) && Overdue(since)))
            return null;
        return new ListenerSnapshot(config.Name, routes.Hosts)
        {
            Clusters = routes.Clusters,
            Fallback = routes.Fallback,
            Shared = routes.Shared,
        };
    }

    private bool Overdue(long since) => time.GetElapsedTime(since) >= warmFor;

    private ClusterSnapshot Cluster(ClusterConfig config, IReadOnlyList<EndpointConfig> endpoints, ClusterSnapshot? old)
    {
        var before = old is null ? [] : old.Endpoints.ToDictionary(e => e.State.Address, StringComparer.Ordinal);
        var shared = old?.State ?? new ClusterState(time) { Tally = new ClusterTally(config.Name, loads) };
        var now = new EndpointSnapshot[endpoints.Count];
        for (var i = 0; i < now.Length; i++)
        {
            var e = endpoints[i];
            var state = before.TryGetValue(e.Address, out var known) ? known.State : new EndpointState(e.Address, time.GetTimestamp());
            if (known is { Config.Health: EndpointHealth.Unhealthy } && e.Health != EndpointHealth.Unhealthy)
                state.Since = time.GetTimestamp();
            now[i] = new EndpointSnapshot(e, config.Protocol, state, config.Security.Of(e))
            {
                Tally = shared.Tally.Of(e.Locality, e.Priority),
            };
        }

        return new ClusterSnapshot(config, now, shared, ownZone);
    }
}
