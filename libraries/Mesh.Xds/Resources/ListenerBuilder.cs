using Mesh.Xds.Protos;

namespace Mesh.Xds.Resources;

/// <summary>Listeners. A service's listener leads to the route configuration of the same name.</summary>
public static class ListenerBuilder
{
    private const string Hcm = "envoy.filters.network.http_connection_manager";

    /// <summary>For gRPC clients and the mesh's own data plane: HTTP routing without a socket.</summary>
    public static Listener Api(string service) => new()
    {
        Name = service,
        ApiListener = new ApiListener { ApiListener_ = CanonicalProtobuf.Pack(ConnectionManager(service, upgrades: false)) },
    };

    /// <summary>For Envoy: HTTP routing, still without an address; <see cref="Bind"/> gives it the one its node declares.</summary>
    public static Listener HttpTemplate(string service) => Template(service, new Filter
    {
        Name = Hcm,
        TypedConfig = CanonicalProtobuf.Pack(ConnectionManager(service, upgrades: true)),
    });

    /// <summary>For Envoy: bytes passed through to the service's cluster, still without an address.</summary>
    public static Listener TcpTemplate(string service) => Template(service, new Filter
    {
        Name = "envoy.filters.network.tcp_proxy",
        TypedConfig = CanonicalProtobuf.Pack(new TcpProxy { StatPrefix = service, Cluster = service }),
    });

    /// <summary>A copy of the template that listens on an address.</summary>
    public static Listener Bind(Listener template, string address, int port)
    {
        var bound = template.Clone();
        bound.Address = AddressOf(address, port);
        return bound;
    }

    /// <summary>A sidecar's own inbound: everything that comes to a port goes to the application's port on the same machine.</summary>
    /// <param name="name">The listener's name.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="port">On which port.</param>
    /// <param name="cluster">The application's cluster.</param>
    /// <param name="hostFrom">The header whose value the application gets as host; empty to leave that to the data plane.</param>
    public static Listener Inbound(string name, string address, int port, string cluster, string hostFrom = "")
    {
        var manager = ConnectionManager(name, upgrades: true);
        manager.RouteConfig = RouteConfigurationBuilder.ToCluster(name, ["*"], cluster);
        if (hostFrom.Length > 0) manager.RouteConfig.VirtualHosts[0].Routes[0].Route_.HostRewriteHeader = hostFrom;
        var listener = Template(name, new Filter { Name = Hcm, TypedConfig = CanonicalProtobuf.Pack(manager) });
        listener.TrafficDirection = TrafficDirection.Inbound;
        listener.Address = AddressOf(address, port);
        return listener;
    }

    internal static Address AddressOf(string address, int port) =>
        new() { SocketAddress = new SocketAddress { Address = address, PortValue = (uint)port } };

    private static Listener Template(string name, Filter filter) => new()
    {
        Name = name,
        StatPrefix = name,
        TrafficDirection = TrafficDirection.Outbound,
        FilterChains = { new FilterChain { Filters = { filter } } },
    };

    private static HttpConnectionManager ConnectionManager(string service, bool upgrades)
    {
        var manager = new HttpConnectionManager
        {
            StatPrefix = service,
            Rds = new Rds { RouteConfigName = service, ConfigSource = ClusterBuilder.Ads() },
            HttpFilters = { new HttpFilter { Name = "envoy.filters.http.router", TypedConfig = CanonicalProtobuf.Pack(new Router()) } },
        };
        if (upgrades) manager.UpgradeConfigs.Add(new HttpConnectionManager.Types.UpgradeConfig { UpgradeType = "websocket" });
        return manager;
    }
}
