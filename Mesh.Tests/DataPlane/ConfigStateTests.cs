using Mesh.DataPlane.Configuration;
using Mesh.Tests.DataPlane.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.DataPlane;

public class ConfigStateTests
{
    private static readonly TimeSpan WarmFor = TimeSpan.FromSeconds(5);
    private readonly FakeTimeProvider _time = new();
    private readonly ConfigState _state;

    public ConfigStateTests() => _state = new ConfigState(wildcard: true, WarmFor, _time);

    [Fact]
    public void New_routes_wait_for_the_endpoints_of_their_clusters_and_the_old_ones_stay_until_then()
    {
        Serve("echo", 9001);
        Apply(Routes("echo", toCluster: "next"));
        Assert.Equal(["echo"], _state.Snapshot.Listeners.Find("echo")!.Clusters);

        Apply(XdsResource.Of(ClusterBuilder.Eds("next", XdsFlavour.Mesh, "http")));
        Assert.Equal(["echo"], _state.Snapshot.Listeners.Find("echo")!.Clusters);

        Apply(TestControlPlane.Assignment("next", "http", (9002, 1)));
        Assert.Equal(["next"], _state.Snapshot.Listeners.Find("echo")!.Clusters);
    }

    [Fact]
    public void Routes_whose_clusters_never_come_are_in_force_after_the_deadline()
    {
        Serve("echo", 9001);
        Apply(Routes("echo", toCluster: "never"));
        _time.Advance(WarmFor);
        _state.Tick();
        Assert.Equal(["never"], _state.Snapshot.Listeners.Find("echo")!.Clusters);
        Assert.Null(_state.Snapshot.Clusters.Find("never"));
    }

    [Fact]
    public void A_removed_cluster_stays_while_the_routes_in_force_lead_to_it_and_others_are_on_their_way()
    {
        Serve("echo", 9001);
        Apply(Routes("echo", toCluster: "next"));
        Remove(XdsType.Cluster, "echo");
        Assert.NotNull(_state.Snapshot.Clusters.Find("echo"));

        Apply(XdsResource.Of(ClusterBuilder.Eds("next", XdsFlavour.Mesh, "http")));
        Apply(TestControlPlane.Assignment("next", "http", (9002, 1)));
        Assert.Null(_state.Snapshot.Clusters.Find("echo"));
        Assert.Equal(["next"], _state.Snapshot.Listeners.Find("echo")!.Clusters);
    }

    [Fact]
    public void There_is_no_first_configuration_before_the_endpoints_have_come()
    {
        Apply(XdsResource.Of(ClusterBuilder.Eds("echo", XdsFlavour.Mesh, "http")));
        Apply(XdsResource.Of(ListenerBuilder.Api("echo")));
        Apply(XdsResource.Of(RouteConfigurationBuilder.Default("echo", XdsFlavour.Mesh)));
        Assert.False(_state.Ready.IsCompleted);
        Apply(TestControlPlane.Assignment("echo", "http", (9001, 1)));
        Assert.True(_state.Ready.IsCompleted);
    }

    [Fact]
    public void Requests_under_way_stay_counted_over_changes_of_endpoints_and_weights()
    {
        Serve("echo", 9001);
        _state.Snapshot.Clusters.Find("echo")!.Endpoints[0].State.Begin();
        Apply(TestControlPlane.Assignment("echo", "http", (9001, 7), (9002, 1)));
        var endpoints = _state.Snapshot.Clusters.Find("echo")!.Endpoints;
        Assert.Equal([1, 0], endpoints.Select(e => e.State.InFlight));
        Assert.Equal([7u, 1u], endpoints.Select(e => e.Weight));
    }

    [Fact]
    public void A_snapshot_that_was_read_does_not_change()
    {
        Serve("echo", 9001);
        var before = _state.Snapshot;
        Apply(TestControlPlane.Assignment("echo", "http", (9002, 1)));
        Assert.Equal("127.0.0.1:9001", before.Clusters.Find("echo")!.Endpoints.Single().State.Address);
        Assert.True(_state.Snapshot.Generation > before.Generation);
    }

    [Fact]
    public void One_changed_endpoint_among_a_thousand_clusters_copies_next_to_nothing()
    {
        for (var i = 0; i < 1_000; i++)
            Serve($"service-{i}", [.. Enumerable.Range(0, 10).Select(e => 9_000 + e)]);
        var change = Response(TestControlPlane.Assignment("service-500", "http", [.. Enumerable.Range(1, 10).Select(e => (9_000 + e, 1))]));
        var same = _state.Snapshot.Clusters.Find("service-499");
        _state.Apply(change);

        var before = GC.GetAllocatedBytesForCurrentThread();
        _state.Apply(change);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // A pipeline that builds its configuration anew takes 2.7 MB for this.
        Assert.InRange(allocated, 1, 40_000);
        Assert.Same(same, _state.Snapshot.Clusters.Find("service-499"));
    }

    [Fact]
    public void Every_fault_of_a_response_is_named_with_its_resource_and_field()
    {
        var routes = RouteConfigurationBuilder.Default("echo", XdsFlavour.Mesh);
        routes.VirtualHosts[0].Domains.Add("echo");
        routes.VirtualHosts[0].Routes.Add(new Route { Match = new RouteMatch { SafeRegex = new RegexMatcher { Regex = "(" } }, Route_ = new RouteAction { Cluster = "a" } });
        routes.VirtualHosts[0].Routes.Add(new Route { Match = new RouteMatch { Prefix = "/" } });
        var cluster = ClusterBuilder.Eds("ring", XdsFlavour.Mesh, "http");
        cluster.LbPolicy = Cluster.Types.LbPolicy.RingHash;

        var faults = _state.Apply(Response(XdsResource.Of(routes)));
        Assert.Contains("RouteConfiguration 'echo': virtual_hosts[0].domains: 'echo' is named twice", faults);
        Assert.Contains(faults, f => f.StartsWith("RouteConfiguration 'echo': virtual_hosts[0].routes[1].match.safe_regex: "));
        Assert.Contains(faults, f => f.StartsWith("RouteConfiguration 'echo': virtual_hosts[0].routes[2]: has no action"));
        Assert.Contains("lb_policy", Assert.Single(_state.Apply(Response(XdsResource.Of(cluster)))));
    }

    [Fact]
    public void A_resource_sent_under_another_name_than_its_own_is_refused()
    {
        var response = Response(XdsResource.Of(ListenerBuilder.Api("echo")));
        var renamed = response.Resources[0].Clone();
        renamed.Name = "other";
        response.Resources[0] = renamed;
        Assert.Contains("name", Assert.Single(_state.Apply(response)));
    }

    [Fact]
    public void Exported_resources_taken_in_again_give_the_same_configuration()
    {
        Serve("echo", 9001, 9002);
        Serve("pay.shop", 9003);
        var copy = new ConfigState(wildcard: true, WarmFor, _time);
        foreach (var response in _state.Export())
            Assert.Empty(copy.Apply(response));
        Assert.True(copy.Ready.IsCompleted);
        Assert.Equal(_state.Snapshot.Listeners.Names.Order(), copy.Snapshot.Listeners.Names.Order());
        Assert.Equal(_state.Versions(XdsType.ClusterLoadAssignment), copy.Versions(XdsType.ClusterLoadAssignment));
    }

    private void Serve(string service, params int[] ports)
    {
        Apply(XdsResource.Of(ClusterBuilder.Eds(service, XdsFlavour.Mesh, "http")));
        Apply(TestControlPlane.Assignment(service, "http", [.. ports.Select(p => (p, 1))]));
        Apply(XdsResource.Of(ListenerBuilder.Api(service)));
        Apply(XdsResource.Of(RouteConfigurationBuilder.Default(service, XdsFlavour.Mesh)));
    }

    private static XdsResource Routes(string service, string toCluster) =>
        XdsResource.Of(RouteConfigurationBuilder.ToCluster(service, XdsNames.Domains(service), toCluster));

    private static DeltaDiscoveryResponse Response(XdsResource resource) => new() { TypeUrl = resource.Type.Url(), Resources = { resource.Delta } };

    private void Apply(XdsResource resource) => Assert.Empty(_state.Apply(Response(resource)));

    private void Remove(XdsType type, string name) => Assert.Empty(_state.Apply(new DeltaDiscoveryResponse { TypeUrl = type.Url(), RemovedResources = { name } }));
}
