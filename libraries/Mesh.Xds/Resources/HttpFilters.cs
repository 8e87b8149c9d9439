using Google.Protobuf;
using Mesh.Xds.Protos;

namespace Mesh.Xds.Resources;

/// <summary>HTTP filters of a listener that is drafted already.</summary>
public static class HttpFilters
{
    /// <summary>Name of the fault filter, in listeners and in a route's own configuration of it.</summary>
    public const string Fault = "envoy.filters.http.fault";

    /// <summary>
    /// Puts a filter right before the router, after those that were put there earlier. A listener that does not speak HTTP stays as it is.
    /// </summary>
    public static void AddBeforeRouter(Listener listener, string name, IMessage config)
    {
        if (listener.ApiListener is { } api)
        {
            var manager = api.ApiListener_.Unpack<HttpConnectionManager>();
            Add(manager, name, config);
            api.ApiListener_ = CanonicalProtobuf.Pack(manager);
        }

        foreach (var filter in listener.FilterChains.SelectMany(chain => chain.Filters)
            .Where(filter => filter.TypedConfig?.Is(HttpConnectionManager.Descriptor) == true))
        {
            var manager = filter.TypedConfig.Unpack<HttpConnectionManager>();
            Add(manager, name, config);
            filter.TypedConfig = CanonicalProtobuf.Pack(manager);
        }
    }

    private static void Add(HttpConnectionManager manager, string name, IMessage config) =>
        manager.HttpFilters.Insert(manager.HttpFilters.Count - 1,
            new HttpFilter { Name = name, TypedConfig = CanonicalProtobuf.Pack(config) });
}
