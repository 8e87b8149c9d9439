using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Reading;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Configuration;

/// <summary>
/// What the control plane has delivered and this data plane has accepted, who refers to what in it, and which services and clusters a
/// response has touched. Not thread-safe: <see cref="ConfigState"/> guards it.
/// </summary>
internal sealed class ReceivedConfig(bool clustersByName)
{
    /// <summary>How each type is read, in push order.</summary>
    public IReadOnlyList<ResourceReader> Readers => field ??= ResourceReaders.Of(this);

    public ReceivedResources<SecretConfig> Secrets { get; } = new();

    public ReceivedResources<ListenerConfig> Listeners { get; } = new();

    public ReceivedResources<ClusterConfig> Clusters { get; } = new();

    public ReceivedResources<AssignmentConfig> Endpoints { get; } = new();

    public ReceivedResources<RouteTable> Routes { get; } = new();

    /// <summary>Secrets, referred to by settings.</summary>
    public Subscriptions SecretSubscriptions { get; } = new();

    /// <summary>Services that were not declared, referred to by requests.</summary>
    public Subscriptions ListenerSubscriptions { get; } = new();

    /// <summary>Route configurations, referred to by listeners.</summary>
    public Subscriptions RouteSubscriptions { get; } = new();

    /// <summary>Endpoint assignments, referred to by clusters.</summary>
    public Subscriptions EndpointSubscriptions { get; } = new();

    /// <summary>Clusters, referred to by route configurations.</summary>
    public Subscriptions ClusterSubscriptions { get; } = new();

    /// <summary>Clusters that routes refer to and of which the control plane says that it has none.</summary>
    public HashSet<string> AbsentClusters { get; } = new(StringComparer.Ordinal);

    public HashSet<string> TouchedListeners { get; } = new(StringComparer.Ordinal);

    public HashSet<string> TouchedClusters { get; } = new(StringComparer.Ordinal);

    /// <summary>The reader of a type; null where this data plane reads none of it.</summary>
    public ResourceReader? ReaderOf(XdsType type) => Readers.FirstOrDefault(reader => reader.Type == type);

    public RouteTable? RoutesOf(ListenerConfig listener) => listener.Routes ?? (listener.RoutesName is { } name ? Routes.Find(name) : null);

    public void SetListener(ListenerConfig listener, Resource resource)
    {
        var old = Listeners.Find(listener.Name);
        Listeners.Set(listener.Name, listener, resource);
        if (listener.RoutesName is not null)
            RouteSubscriptions.Add(listener.RoutesName, listener.Name);
        if (old?.RoutesName is { } before && before != listener.RoutesName)
            ReleaseRoutes(before, listener.Name);
        ReferToClusters(old?.Routes, listener.Routes, "listener " + listener.Name);
        TouchedListeners.Add(listener.Name);
    }

    public void RemoveListener(string name)
    {
        if (Listeners.Find(name) is not { } old)
            return;
        Listeners.Remove(name);
        if (old.RoutesName is not null)
            ReleaseRoutes(old.RoutesName, name);
        ReferToClusters(old.Routes, null, "listener " + name);
        TouchedListeners.Add(name);
    }

    public void SetRoutes(string name, RouteTable? routes, Resource? resource)
    {
        // What no listener refers to any more was overtaken on its way.
        if (routes is not null && RouteSubscriptions.ReferrersOf(name).Count == 0)
            return;
        var old = Routes.Find(name);
        if (routes is null)
            Routes.Remove(name);
        else
            Routes.Set(name, routes, resource!);
        ReferToClusters(old, routes, name);
        TouchedListeners.UnionWith(RouteSubscriptions.ReferrersOf(name));
    }

    public void SetCluster(ClusterConfig cluster, Resource resource)
    {
        var old = Clusters.Find(cluster.Name);
        Clusters.Set(cluster.Name, cluster, resource);
        AbsentClusters.Remove(cluster.Name);
        if (cluster.EndpointsName is not null)
            EndpointSubscriptions.Add(cluster.EndpointsName, cluster.Name);
        if (old?.EndpointsName is { } before && before != cluster.EndpointsName)
            ReleaseEndpoints(before, cluster.Name);
        TouchedClusters.Add(cluster.Name);
    }

    /// <summary>The control plane says that there is no such cluster.</summary>
    public void SetAbsent(string cluster)
    {
        if (ClusterSubscriptions.ReferrersOf(cluster).Count > 0)
            AbsentClusters.Add(cluster);
        RemoveCluster(cluster);
    }

    /// <summary>Keeps of what an earlier process knew only what belongs to these services.</summary>
    public void Narrow(IReadOnlyCollection<string> services)
    {
        foreach (var listener in Listeners.Names.Except(services, StringComparer.Ordinal).ToList())
            RemoveListener(listener);
        foreach (var cluster in Clusters.Names.Except(ClusterSubscriptions.Names, StringComparer.Ordinal).ToList())
            RemoveCluster(cluster);
    }

    private void RemoveCluster(string name)
    {
        TouchedClusters.Add(name);
        if (Clusters.Find(name) is not { } old)
            return;
        Clusters.Remove(name);
        if (old.EndpointsName is not null)
            ReleaseEndpoints(old.EndpointsName, name);
    }

    public void SetEndpoints(string name, AssignmentConfig endpoints, Resource resource)
    {
        // What no cluster refers to any more was overtaken on its way.
        if (EndpointSubscriptions.ReferrersOf(name).Count == 0)
            return;
        Endpoints.Set(name, endpoints, resource);
        TouchedClusters.UnionWith(EndpointSubscriptions.ReferrersOf(name));
    }

    private void ReleaseRoutes(string name, string listener)
    {
        if (RouteSubscriptions.Release(name, listener))
            SetRoutes(name, null, null);
    }

    private void ReleaseEndpoints(string name, string cluster)
    {
        if (EndpointSubscriptions.Release(name, cluster))
            Endpoints.Remove(name);
    }

    private void ReferToClusters(RouteTable? old, RouteTable? now, string referrer)
    {
        foreach (var cluster in now?.Clusters ?? [])
            ClusterSubscriptions.Add(cluster, referrer);
        foreach (var cluster in old?.Clusters ?? [])
        {
            if (now?.Clusters.Contains(cluster) == true || !ClusterSubscriptions.Release(cluster, referrer))
                continue;
            AbsentClusters.Remove(cluster);
            if (clustersByName)
                RemoveCluster(cluster);
        }
    }
}
