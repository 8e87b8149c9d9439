using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Reading;

/// <summary>A listener as read: where its routes come from. Neither of the two means that it does not speak HTTP.</summary>
/// <param name="Name">The service it is the door of.</param>
/// <param name="RoutesName">The name of its route configuration (RDS), or null.</param>
/// <param name="Routes">The routes that stand in the listener itself, or the cluster to which bytes are passed; or null.</param>
internal sealed record ListenerConfig(string Name, string? RoutesName, RouteTable? Routes);

/// <summary>
/// Reads a listener: its API listener or, failing that, the HTTP connection manager of its first filter chain, or the TCP proxy there.
/// </summary>
internal static class ListenerReader
{
    public static ListenerConfig Read(Listener listener, ListenerConfig? last, ResourceFaults faults)
    {
        var manager = Manager(listener, faults);
        if (manager is null && Tcp(listener, faults) is { } cluster)
            return new(listener.Name, null, new RouteTable(null, [cluster]));
        switch (manager?.RouteSpecifierCase)
        {
            case HttpConnectionManager.RouteSpecifierOneofCase.Rds:
                if (manager.Rds.RouteConfigName.Length == 0)
                    faults.Add("rds.route_config_name", "is empty");
                return new(listener.Name, manager.Rds.RouteConfigName, null);
            case HttpConnectionManager.RouteSpecifierOneofCase.RouteConfig:
                return new(listener.Name, null, RouteConfigurationReader.Read(manager.RouteConfig, last?.Routes, faults));
            case HttpConnectionManager.RouteSpecifierOneofCase.None:
                faults.Add("route_specifier", "is missing: neither rds nor route_config");
                break;
        }

        return new(listener.Name, null, null);
    }

    private static string? Tcp(Listener listener, ResourceFaults faults)
    {
        var filter = Filters(listener).FirstOrDefault(f => f.TypedConfig?.Is(TcpProxy.Descriptor) == true);
        if (filter is null || faults.Unpack<TcpProxy>(filter.TypedConfig, $"filter '{filter.Name}'") is not { } tcp)
            return null;
        if (tcp.Cluster.Length == 0)
            faults.Add($"filter '{filter.Name}'.cluster", "is empty");
        return tcp.Cluster;
    }

    private static IEnumerable<Filter> Filters(Listener listener) =>
        listener.FilterChains.Append(listener.DefaultFilterChain).OfType<FilterChain>().SelectMany(chain => chain.Filters);

    private static HttpConnectionManager? Manager(Listener listener, ResourceFaults faults)
    {
        if (listener.ApiListener is { } api)
            return faults.Unpack<HttpConnectionManager>(api.ApiListener_, "api_listener.api_listener");

        var filters = Filters(listener).ToList();
        if (filters.Count == 0)
            faults.Add("api_listener", "is missing, and there is no filter chain");

        var http = filters.FirstOrDefault(filter => filter.TypedConfig?.Is(HttpConnectionManager.Descriptor) == true);
        return http is null ? null : faults.Unpack<HttpConnectionManager>(http.TypedConfig, $"filter '{http.Name}'");
    }
}
