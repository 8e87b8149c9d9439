using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;

namespace Mesh.Xds.Resources;

/// <summary>Route configurations.</summary>
public static class RouteConfigurationBuilder
{
    /// <summary>
    /// Everything of a service to one cluster. gRPC's client and Envoy's per-service listeners have chosen the service by their listener,
    /// so any host matches; the mesh's own proxies choose by host.
    /// </summary>
    public static RouteConfiguration Default(string service, XdsFlavour flavour) =>
        ToCluster(service, flavour == XdsFlavour.Mesh ? XdsNames.Domains(service) : ["*"], service);

    /// <summary>One virtual host whose only route leads to a cluster, without a time limit (streams live long).</summary>
    public static RouteConfiguration ToCluster(string name, IEnumerable<string> domains, string cluster)
    {
        var host = new VirtualHost { Name = name };
        host.Domains.AddRange(domains);
        host.Routes.Add(new Route
        {
            Name = "default",
            Match = new RouteMatch { Prefix = "" },
            Route_ = new RouteAction { Cluster = cluster, Timeout = new Duration() },
        });
        return new RouteConfiguration { Name = name, VirtualHosts = { host } };
    }

    /// <summary>The clusters a route configuration names, mirrors and the fallback included.</summary>
    public static IEnumerable<string> ClustersOf(RouteConfiguration routes)
    {
        if (MeshMetadata.Read(routes.Metadata, MeshMetadata.Fallback) is { Length: > 0 } fallback) yield return fallback;
        foreach (var action in routes.VirtualHosts.SelectMany(h => h.Routes).Select(r => r.Route_).OfType<RouteAction>())
        {
            if (action.ClusterSpecifierCase == RouteAction.ClusterSpecifierOneofCase.Cluster) yield return action.Cluster;
            if (action.WeightedClusters is { } weighted)
            {
                foreach (var cluster in weighted.Clusters) yield return cluster.Name;
            }

            foreach (var mirror in action.RequestMirrorPolicies) yield return mirror.Cluster;
        }
    }
}
