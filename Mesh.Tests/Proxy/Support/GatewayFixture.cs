using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Proxy.Support;

/// <summary>A gateway and its control plane for all tests of a class; each test uses services of its own.</summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    public TestControlPlane ControlPlane { get; private set; } = null!;

    public RunningGateway Gateway { get; private set; } = null!;

    public HttpClient Http => Gateway.Http;

    public async ValueTask InitializeAsync()
    {
        ControlPlane = await TestControlPlane.Start();
        Gateway = await RunningGateway.Start(ControlPlane.Address);
    }

    /// <summary>Registers a service and waits until the gateway can reach it, and nothing of what the service was before is left.</summary>
    public async Task Serve(string service, string protocol, params (int Port, int Weight)[] endpoints)
    {
        await Gateway.Has(ControlPlane.Serve(service, protocol, endpoints));
        await Gateway.KnowsPorts(service, [.. endpoints.Select(e => e.Port)]);
    }

    public Task Serve(string service, TestUpstream upstream, string protocol = "http") => Serve(service, protocol, (upstream.Port, 1));

    /// <summary>Registers a service over these upstreams, changes its route and its cluster, and waits until that is in force.</summary>
    public async Task Serve(string service, TestUpstream[] upstreams, Action<VirtualHost>? route = null, Action<Cluster>? cluster = null,
        string protocol = "http")
    {
        await Serve(service, protocol, [.. upstreams.Select(u => (u.Port, 1))]);
        if (cluster is not null)
            await Change(service, cluster, protocol);
        if (route is not null)
            await Route(service, route);
    }

    /// <summary>Changes the routes of a service, of which the first one leads to its cluster, and waits until they are in force.</summary>
    public Task Route(string service, Action<VirtualHost> change)
    {
        var routes = RouteConfigurationBuilder.Default(service, XdsFlavour.Mesh);
        change(routes.VirtualHosts[0]);
        return Apply(XdsResource.Of(routes));
    }

    /// <summary>Changes the cluster of a service, and waits until that is in force.</summary>
    public Task Change(string service, Action<Cluster> change, string protocol = "http")
    {
        var cluster = ClusterBuilder.Eds(service, XdsFlavour.Mesh, protocol);
        change(cluster);
        return Apply(XdsResource.Of(cluster));
    }

    /// <summary>Changes one resource, and waits until that is in force.</summary>
    public async Task Apply(XdsResource resource)
    {
        if (Gateway.Knows(resource))
            return;
        var before = await Generation();
        ControlPlane.Set(resource);
        await Gateway.Has(resource);
        // Routes that were taken in may still wait for their clusters.
        await Eventually.True(async () => await Generation() > before, TimeSpan.FromSeconds(60),
            $"{resource.Type} '{resource.Name}' is in force");
    }

    private async Task<long> Generation() => (long)(await Gateway.Config())["generation"]!;

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await ControlPlane.DisposeAsync();
    }
}
