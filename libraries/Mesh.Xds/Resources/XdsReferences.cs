using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;

namespace Mesh.Xds.Resources;

/// <summary>What a resource points at, as the mesh writes them.</summary>
internal static class XdsReferences
{
    public static IEnumerable<(XdsType Type, string Name)> Of(Cluster cluster)
    {
        if (cluster.EdsClusterConfig is { } eds)
            yield return (XdsTypes.ClusterLoadAssignment, eds.ServiceName.Length > 0 ? eds.ServiceName : cluster.Name);
    }

    public static IEnumerable<(XdsType Type, string Name)> Of(RouteConfiguration routes) =>
        RouteConfigurationBuilder.ClustersOf(routes).Select(cluster => ((XdsType)XdsTypes.Cluster, cluster));

    public static IEnumerable<(XdsType Type, string Name)> Of(Listener listener)
    {
        var chains = listener.FilterChains.Append(listener.DefaultFilterChain).OfType<FilterChain>();
        var filters = chains.SelectMany(chain => chain.Filters).Select(filter => filter.TypedConfig);
        foreach (var filter in filters.Append(listener.ApiListener?.ApiListener_).OfType<Any>())
        {
            if (filter.TryUnpack<TcpProxy>(out var tcp)) yield return (XdsTypes.Cluster, tcp.Cluster);
            if (!filter.TryUnpack<HttpConnectionManager>(out var manager)) continue;
            if (manager.Rds is { } rds) yield return (XdsTypes.RouteConfiguration, rds.RouteConfigName);
            if (manager.RouteConfig is not { } own) continue;
            foreach (var reference in Of(own)) yield return reference;
        }
    }
}
