using Mesh.Contracts.Discovery;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.Discovery.Xds;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

public class XdsCompilerTests
{
    private readonly CompilerBench _bench = new();

    [Theory]
    [InlineData(XdsFlavour.Grpc)]
    [InlineData(XdsFlavour.Envoy)]
    [InlineData(XdsFlavour.Mesh)]
    public async Task A_registered_service_has_listener_routes_cluster_and_endpoints_of_one_name(XdsFlavour flavour)
    {
        _bench.Replica.Register("cart", "10.0.0.1", 8080, ns: "shop");
        await _bench.Compile();

        Assert.All(XdsTypes.OfServices, type => Assert.Equal(["cart.shop"], _bench.Snapshot[flavour].Names(type)));
        var cluster = _bench.Read(Cluster.Parser, flavour, XdsTypes.Cluster, "cart.shop");
        Assert.Equal("cart.shop", cluster.EdsClusterConfig.ServiceName);
        var route = _bench.Read(RouteConfiguration.Parser, flavour, XdsTypes.RouteConfiguration, "cart.shop");
        Assert.Equal("cart.shop", Assert.Single(Assert.Single(route.VirtualHosts).Routes).Route_.Cluster);
    }

    [Fact]
    public async Task Weight_zone_and_health_reach_the_endpoints()
    {
        _bench.Replica.Register("echo", "10.0.0.1", zone: "z1", weight: 20);
        _bench.Replica.Register("echo", "10.0.0.2", zone: "z2", weight: 80);
        _bench.Replica.Health("echo", "10.0.0.2", HealthState.Warning, addresses: ["10.0.0.2"]);
        await _bench.Compile();

        var localities = _bench.Endpoints("echo").Endpoints;
        Assert.Equal([("z1", 20u), ("z2", 80u)],
            localities.Select(l => (l.Locality.Zone, l.LbEndpoints.Single().LoadBalancingWeight!.Value)));
        Assert.Equal([HealthStatus.Healthy, HealthStatus.Unknown], localities.Select(l => l.LbEndpoints.Single().HealthStatus));
    }

    [Fact]
    public async Task Draining_maintenance_and_critical_instances_leave_the_endpoints()
    {
        _bench.Replica.Register("echo", "10.0.0.1");
        _bench.Replica.Register("echo", "10.0.0.2", mode: InstanceMode.Draining);
        _bench.Replica.Register("echo", "10.0.0.3", mode: InstanceMode.Maintenance);
        _bench.Replica.Register("echo", "10.0.0.4");
        _bench.Replica.Health("echo", "10.0.0.4", HealthState.Critical, addresses: ["10.0.0.4"]);
        await _bench.Compile();

        Assert.Equal(["10.0.0.1"], _bench.Addresses("echo"));
    }

    [Fact]
    public async Task A_host_name_counts_with_the_addresses_it_was_resolved_to()
    {
        _bench.Replica.Register("echo", "echo.local", weight: 100);
        await _bench.Compile();
        Assert.Empty(_bench.Addresses("echo"));
        _bench.Replica.Resolve("echo", "echo.local", "10.0.0.1", "10.0.0.2");
        await _bench.Compile();

        Assert.Equal(["10.0.0.1", "10.0.0.2"], _bench.Addresses("echo"));
        Assert.All(_bench.Endpoints("echo").Endpoints.Single().LbEndpoints, e => Assert.Equal(50u, e.LoadBalancingWeight));
    }

    [Fact]
    public async Task A_service_without_usable_instances_has_an_empty_load_assignment()
    {
        _bench.Replica.Register("echo", "10.0.0.1");
        _bench.Replica.KeepSettings("echo");
        _bench.Replica.Deregister("echo", "10.0.0.1");
        await _bench.Compile();

        Assert.Empty(_bench.Endpoints("echo").Endpoints);
        Assert.NotNull(_bench.Snapshot[XdsFlavour.Grpc].Find(XdsTypes.Listener, "echo"));
    }

    [Fact]
    public async Task A_deregistered_service_is_gone()
    {
        _bench.Replica.Register("echo", "10.0.0.1");
        await _bench.Compile();
        _bench.Replica.Deregister("echo", "10.0.0.1");
        await _bench.Compile();

        Assert.All(XdsTypes.OfServices, type => Assert.Empty(_bench.Snapshot[XdsFlavour.Mesh].Names(type)));
    }

    [Fact]
    public async Task An_endpoint_change_compiles_that_load_assignment_alone()
    {
        for (var i = 0; i < 50; i++) _bench.Replica.Register($"s{i}", "10.0.0.1");
        await _bench.Compile();
        Assert.Equal((50, 0), _bench.Compiler.LastWork);
        var before = _bench.Snapshot;
        _bench.Replica.Register("s7", "10.0.0.2");
        await _bench.Compile();

        Assert.Equal((0, 1), _bench.Compiler.LastWork);
        var changed = Assert.Single(_bench.Snapshot.ChangesSince(before.Generation)!);
        Assert.All(changed.ByFlavour, f => Assert.Equal([(XdsTypes.ClusterLoadAssignment, "s7")], f));
        Assert.Same(before[XdsFlavour.Mesh].Find(XdsTypes.Cluster, "s7"), _bench.Snapshot[XdsFlavour.Mesh].Find(XdsTypes.Cluster, "s7"));
    }

    [Fact]
    public async Task A_change_that_data_planes_do_not_see_changes_no_resource()
    {
        _bench.Replica.Register("echo", "10.0.0.1");
        await _bench.Compile();
        var before = _bench.Snapshot;
        _bench.Replica.KeepSettings("echo");
        await _bench.Compile();

        Assert.All(Assert.Single(_bench.Snapshot.ChangesSince(before.Generation)!).ByFlavour, f => Assert.Empty(f));
        Assert.Equal(before.Sequence + 1, _bench.Snapshot.Sequence);
    }

    [Fact]
    public async Task Another_protocol_compiles_the_service_whole()
    {
        _bench.Replica.Register("echo", "10.0.0.1", id: "a");
        await _bench.Compile();
        _bench.Replica.Register("echo", "10.0.0.1", protocol: MeshProtocol.Grpc, id: "a");
        await _bench.Compile();

        Assert.Equal((1, 0), _bench.Compiler.LastWork);
        Assert.NotEmpty(_bench.Read(Cluster.Parser, XdsFlavour.Mesh, XdsTypes.Cluster, "echo").TypedExtensionProtocolOptions);
    }

    [Fact]
    public async Task A_closure_that_does_not_compile_keeps_its_last_good_version_and_the_others_go_on()
    {
        _bench.Replica.Register("bad", "10.0.0.1");
        _bench.Replica.Register("good", "10.0.0.1");
        await _bench.Compile();
        var routes = _bench.Version(XdsTypes.RouteConfiguration, "bad");
        _bench.Routes.Targets["bad"] = "!a name no service can have";
        _bench.Routes.Targets["good"] = "bad";
        _bench.Replica.Register("bad", "10.0.0.2");
        _bench.Replica.Register("good", "10.0.0.2");
        await _bench.Compile();

        Assert.Equal(routes, _bench.Version(XdsTypes.RouteConfiguration, "bad"));
        Assert.Contains("'!a name", Assert.Single(_bench.Compiler.Problems[new ServiceKey("default", "bad")]));
        Assert.Equal(["bad", "good"], _bench.Snapshot[XdsFlavour.Mesh].ClustersOf("good"));
        Assert.Equal(["10.0.0.1", "10.0.0.2"], _bench.Addresses("bad"));

        _bench.Routes.Targets.Remove("bad");
        _bench.Replica.Register("bad", "10.0.0.3");
        await _bench.Compile();
        Assert.Empty(_bench.Compiler.Problems);
    }

    [Fact]
    public async Task A_reference_to_something_absent_is_an_empty_cluster_until_its_target_comes()
    {
        _bench.Replica.Register("echo", "10.0.0.1");
        _bench.Routes.Targets["echo"] = "late";
        await _bench.Compile();
        Assert.Equal(["late"], _bench.Compiler.Unresolved);
        Assert.True(
            _bench.Read(Cluster.Parser, XdsFlavour.Mesh, XdsTypes.Cluster, "late").Metadata.FilterMetadata[MeshMetadata.Key].Fields[
                "unresolved"].BoolValue);
        Assert.Empty(_bench.Endpoints("late").Endpoints);

        _bench.Replica.Register("late", "10.0.0.9");
        await _bench.Compile();
        Assert.Empty(_bench.Compiler.Unresolved);
        Assert.Equal(["10.0.0.9"], _bench.Addresses("late"));

        _bench.Replica.Deregister("late", "10.0.0.9");
        await _bench.Compile();
        Assert.Equal(["late"], _bench.Compiler.Unresolved);
        Assert.Empty(_bench.Endpoints("late").Endpoints);
        Assert.Null(_bench.Snapshot[XdsFlavour.Mesh].Find(XdsTypes.Listener, "late"));

        _bench.Routes.Targets.Remove("echo");
        _bench.Replica.Register("echo", "10.0.0.2");
        await _bench.Compile();
        Assert.Empty(_bench.Compiler.Unresolved);
        Assert.Null(_bench.Snapshot[XdsFlavour.Mesh].Find(XdsTypes.Cluster, "late"));
    }

    [Fact]
    public async Task Two_control_planes_that_took_different_ways_to_a_state_serve_the_same_versions()
    {
        _bench.Replica.Register("a", "10.0.0.1");
        await _bench.Compile();
        _bench.Replica.Register("b", "10.0.0.2", zone: "z");
        await _bench.Compile();
        _bench.Replica.Register("a", "10.0.0.3", weight: 7);
        await _bench.Compile();
        var other = new XdsCompiler([new DiscoveryXdsContributor()], Enum.GetValues<XdsFlavour>()).Compile(
            new StateChange(_bench.Replica.Current, new HashSet<string>(), true, []), XdsSnapshot.None);

        foreach (var flavour in Enum.GetValues<XdsFlavour>())
        {
            foreach (var type in XdsTypes.OfServices)
            {
                Assert.Equal(
                    _bench.Snapshot[flavour].Names(type).Order().Select(n => (n, _bench.Snapshot[flavour].Find(type, n)!.Version)),
                    other[flavour].Names(type).Order().Select(n => (n, other[flavour].Find(type, n)!.Version)));
            }
        }
    }
}
