using System.Collections.Concurrent;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Transport;

/// <summary>
/// The connections to each cluster's endpoints: one tuned handler a cluster, kept over changes of its endpoints. Flow step 9.
/// </summary>
/// <param name="idleConnection">How long an unused connection is kept.</param>
public sealed class ClusterTransports(TimeSpan idleConnection) : IDisposable
{
    private readonly ConcurrentDictionary<ClusterState, Transport> _all = new();

    /// <summary>The way to a cluster's endpoints.</summary>
    public HttpMessageInvoker Of(ClusterSnapshot cluster)
    {
        if (_all.TryGetValue(cluster.State, out var known) && known.Fits(cluster))
            return known.Invoker;
        // One that no longer fits is not disposed: requests may just be taking it. Its connections end when they have been idle.
        return _all.AddOrUpdate(cluster.State, _ => New(cluster), (_, old) => old.Fits(cluster) ? old : New(cluster)).Invoker;
    }

    /// <summary>
    /// Closes the connections to clusters that have been gone since the last call. Requests that are in progress keep theirs until they
    /// are done: disposing a handler closes only what is idle.
    /// </summary>
    public void Retire(RoutingSnapshot snapshot)
    {
        foreach (var (state, transport) in _all)
        {
            if (snapshot.Clusters.Find(transport.Cluster)?.State == state)
                transport.Gone = false;
            else if (!transport.Gone)
                transport.Gone = true;
            else if (_all.TryRemove(state, out _))
                transport.Invoker.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var transport in _all.Values)
            transport.Invoker.Dispose();
    }

    private Transport New(ClusterSnapshot cluster) =>
        new(cluster.Name, cluster.Config.ConnectTimeout, UpstreamHandler.New(cluster.Config.ConnectTimeout, idleConnection));

    private sealed record Transport(string Cluster, TimeSpan ConnectTimeout, HttpMessageInvoker Invoker)
    {
        public bool Gone { get; set; }

        public bool Fits(ClusterSnapshot cluster) => ConnectTimeout == cluster.Config.ConnectTimeout;
    }
}
