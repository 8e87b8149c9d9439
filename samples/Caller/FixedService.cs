using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;

namespace Mesh.Samples.Caller;

/// <summary>
/// One service whose endpoints and policies this program knows itself. In a mesh they come from a control plane: then <c>ConfigState</c>,
/// fed by an <c>AdsClient</c>, has the snapshot, and <c>ServiceLookup</c> is what calls are routed by.
/// </summary>
public sealed class FixedService : IRoutingSource
{
    /// <summary>A service.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="action">What its policies say of requests, by the clusters that they are for.</param>
    /// <param name="fallback">The cluster that is asked where the others cannot answer, or null.</param>
    /// <param name="clusters">The clusters, each with its endpoints as <c>host:port</c>.</param>
    public FixedService(string name, RouteAction.Forward action, string? fallback,
        params ReadOnlySpan<(ClusterConfig Config, string[] Endpoints)> clusters)
    {
        var route = new RouteSnapshot("default", new PathMatch.Prefix("/", IgnoreCase: false), action);
        Listener = new ListenerSnapshot(name, new VirtualHostTable([new VirtualHost(name, ["*"], [route])])) { Fallback = fallback };
        var snapshot = RoutingSnapshot.Empty;
        foreach (var (config, endpoints) in clusters)
            snapshot = snapshot.With(snapshot.Listeners, snapshot.Clusters.With(config.Name, ClusterOf(config, endpoints)));
        Snapshot = snapshot.With(snapshot.Listeners.With(name, Listener), snapshot.Clusters);
    }

    /// <summary>The door of the service.</summary>
    public ListenerSnapshot Listener { get; }

    /// <inheritdoc/>
    public RoutingSnapshot Snapshot { get; }

    /// <summary>The endpoints that are not asked for a while because of their answers.</summary>
    public IEnumerable<string> Ejected => Snapshot.Clusters.Values
        .SelectMany(cluster => cluster.Endpoints).Where(endpoint => endpoint.State.IsEjected).Select(endpoint => endpoint.State.Address);

    /// <summary>Nobody else knows more.</summary>
    public ValueTask<RoutingSnapshot> AskForEndpointsAsync(string cluster) => new(Snapshot);

    /// <summary>A cluster of HTTP/1.1 endpoints that are taken in turn.</summary>
    public static ClusterConfig Cluster(string name, OutlierConfig? outliers = null) =>
        new(name, null, UpstreamProtocol.Http1, BalancingPolicy.WeightedRoundRobin, TimeSpan.FromSeconds(1)) { Outliers = outliers };

    private static ClusterSnapshot ClusterOf(ClusterConfig config, string[] endpoints) => new(
        config,
        [.. endpoints.Select(
            address => new EndpointSnapshot(new EndpointConfig(address, null, 1, 0, null, EndpointHealth.Healthy), config.Protocol,
                new EndpointState(address)))],
        new ClusterState());
}
