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
    private readonly FakeReplica _replica = new();
    private readonly RoutesForTests _routes = new();
    private readonly XdsCompiler _compiler;
    private readonly StateSubscription _changes;
    private XdsSnapshot _snapshot = XdsSnapshot.None;

    public XdsCompilerTests()
    {
        _compiler = new XdsCompiler([new DiscoveryXdsContributor(), _routes], Enum.GetValues<XdsFlavour>());
        _changes = _replica.Subscribe();
    }

    [Theory]
    [InlineData(XdsFlavour.Grpc)]
    [InlineData(XdsFlavour.Envoy)]
    [InlineData(XdsFlavour.Mesh)]
    public async Task A_registered_service_has_listener_routes_cluster_and_endpoints_of_one_name(XdsFlavour flavour)
    {
        _replica.Register("cart", "10.0.0.1", 8080, ns: "shop");
        await Compile();

        Assert.All(XdsTypes.OfServices, type => Assert.Equal(["cart.shop"], _snapshot[flavour].Names(type)));
        var cluster = Read(Cluster.Parser, flavour, XdsTypes.Cluster, "cart.shop");
        Assert.Equal("cart.shop", cluster.EdsClusterConfig.ServiceName);
        var route = Read(RouteConfiguration.Parser, flavour, XdsTypes.RouteConfiguration, "cart.shop");
        Assert.Equal("cart.shop", Assert.Single(Assert.Single(route.VirtualHosts).Routes).Route_.Cluster);
    }

    [Fact]
    public async Task Weight_zone_and_health_reach_the_endpoints()
    {
        _replica.Register("echo", "10.0.0.1", zone: "z1", weight: 20);
        _replica.Register("echo", "10.0.0.2", zone: "z2", weight: 80);
        _replica.Health("echo", "10.0.0.2", HealthState.Warning, addresses: ["10.0.0.2"]);
        await Compile();

        var localities = Endpoints("echo").Endpoints;
        Assert.Equal([("z1", 20u), ("z2", 80u)],
            localities.Select(l => (l.Locality.Zone, l.LbEndpoints.Single().LoadBalancingWeight!.Value)));
        Assert.Equal([HealthStatus.Healthy, HealthStatus.Unknown], localities.Select(l => l.LbEndpoints.Single().HealthStatus));
    }

    [Fact]
    public async Task Draining_maintenance_and_critical_instances_leave_the_endpoints()
    {
        _replica.Register("echo", "10.0.0.1");
        _replica.Register("echo", "10.0.0.2", mode: InstanceMode.Draining);
        _replica.Register("echo", "10.0.0.3", mode: InstanceMode.Maintenance);
        _replica.Register("echo", "10.0.0.4");
        _replica.Health("echo", "10.0.0.4", HealthState.Critical, addresses: ["10.0.0.4"]);
        await Compile();

        Assert.Equal(["10.0.0.1"], Addresses("echo"));
    }

    [Fact]
    public async Task A_host_name_counts_with_the_addresses_it_was_resolved_to()
    {
        _replica.Register("echo", "echo.local", weight: 100);
        await Compile();
        Assert.Empty(Addresses("echo"));
        _replica.Resolve("echo", "echo.local", "10.0.0.1", "10.0.0.2");
        await Compile();

        Assert.Equal(["10.0.0.1", "10.0.0.2"], Addresses("echo"));
        Assert.All(Endpoints("echo").Endpoints.Single().LbEndpoints, e => Assert.Equal(50u, e.LoadBalancingWeight));
    }

    [Fact]
    public async Task A_service_without_usable_instances_has_an_empty_load_assignment()
    {
        _replica.Register("echo", "10.0.0.1");
        _replica.KeepSettings("echo");
        _replica.Deregister("echo", "10.0.0.1");
        await Compile();

        Assert.Empty(Endpoints("echo").Endpoints);
        Assert.NotNull(_snapshot[XdsFlavour.Grpc].Find(XdsTypes.Listener, "echo"));
    }

    [Fact]
    public async Task A_deregistered_service_is_gone()
    {
        _replica.Register("echo", "10.0.0.1");
        await Compile();
        _replica.Deregister("echo", "10.0.0.1");
        await Compile();

        Assert.All(XdsTypes.OfServices, type => Assert.Empty(_snapshot[XdsFlavour.Mesh].Names(type)));
    }

    [Fact]
    public async Task An_endpoint_change_compiles_that_load_assignment_alone()
    {
        for (var i = 0; i < 50; i++) _replica.Register($"s{i}", "10.0.0.1");
        await Compile();
        Assert.Equal((50, 0), _compiler.LastWork);
        var before = _snapshot;
        _replica.Register("s7", "10.0.0.2");
        await Compile();

        Assert.Equal((0, 1), _compiler.LastWork);
        var changed = Assert.Single(_snapshot.ChangesSince(before.Generation)!);
        Assert.All(changed.ByFlavour, f => Assert.Equal([(XdsTypes.ClusterLoadAssignment, "s7")], f));
        Assert.Same(before[XdsFlavour.Mesh].Find(XdsTypes.Cluster, "s7"), _snapshot[XdsFlavour.Mesh].Find(XdsTypes.Cluster, "s7"));
    }

    [Fact]
    public async Task A_change_that_data_planes_do_not_see_changes_no_resource()
    {
        _replica.Register("echo", "10.0.0.1");
        await Compile();
        var before = _snapshot;
        _replica.KeepSettings("echo");
        await Compile();

        Assert.All(Assert.Single(_snapshot.ChangesSince(before.Generation)!).ByFlavour, f => Assert.Empty(f));
        Assert.Equal(before.Sequence + 1, _snapshot.Sequence);
    }

    [Fact]
    public async Task Another_protocol_compiles_the_service_whole()
    {
        _replica.Register("echo", "10.0.0.1", id: "a");
        await Compile();
        _replica.Register("echo", "10.0.0.1", protocol: MeshProtocol.Grpc, id: "a");
        await Compile();

        Assert.Equal((1, 0), _compiler.LastWork);
        Assert.NotEmpty(Read(Cluster.Parser, XdsFlavour.Mesh, XdsTypes.Cluster, "echo").TypedExtensionProtocolOptions);
    }

    [Fact]
    public async Task A_closure_that_does_not_compile_keeps_its_last_good_version_and_the_others_go_on()
    {
        _replica.Register("bad", "10.0.0.1");
        _replica.Register("good", "10.0.0.1");
        await Compile();
        var routes = Version(XdsTypes.RouteConfiguration, "bad");
        _routes.Targets["bad"] = "!a name no service can have";
        _routes.Targets["good"] = "bad";
        _replica.Register("bad", "10.0.0.2");
        _replica.Register("good", "10.0.0.2");
        await Compile();

        Assert.Equal(routes, Version(XdsTypes.RouteConfiguration, "bad"));
        Assert.Contains("'!a name", Assert.Single(_compiler.Problems[new ServiceKey("default", "bad")]));
        Assert.Equal(["bad", "good"], _snapshot[XdsFlavour.Mesh].ClustersOf("good"));
        Assert.Equal(["10.0.0.1", "10.0.0.2"], Addresses("bad"));

        _routes.Targets.Remove("bad");
        _replica.Register("bad", "10.0.0.3");
        await Compile();
        Assert.Empty(_compiler.Problems);
    }

    [Fact]
    public async Task A_reference_to_something_absent_is_an_empty_cluster_until_its_target_comes()
    {
        _replica.Register("echo", "10.0.0.1");
        _routes.Targets["echo"] = "late";
        await Compile();
        Assert.Equal(["late"], _compiler.Unresolved);
        Assert.True(
            Read(Cluster.Parser, XdsFlavour.Mesh, XdsTypes.Cluster, "late").Metadata.FilterMetadata[MeshMetadata.Key].Fields[
                "unresolved"].BoolValue);
        Assert.Empty(Endpoints("late").Endpoints);

        _replica.Register("late", "10.0.0.9");
        await Compile();
        Assert.Empty(_compiler.Unresolved);
        Assert.Equal(["10.0.0.9"], Addresses("late"));

        _replica.Deregister("late", "10.0.0.9");
        await Compile();
        Assert.Equal(["late"], _compiler.Unresolved);
        Assert.Empty(Endpoints("late").Endpoints);
        Assert.Null(_snapshot[XdsFlavour.Mesh].Find(XdsTypes.Listener, "late"));

        _routes.Targets.Remove("echo");
        _replica.Register("echo", "10.0.0.2");
        await Compile();
        Assert.Empty(_compiler.Unresolved);
        Assert.Null(_snapshot[XdsFlavour.Mesh].Find(XdsTypes.Cluster, "late"));
    }

    [Fact]
    public async Task Two_control_planes_that_took_different_ways_to_a_state_serve_the_same_versions()
    {
        _replica.Register("a", "10.0.0.1");
        await Compile();
        _replica.Register("b", "10.0.0.2", zone: "z");
        await Compile();
        _replica.Register("a", "10.0.0.3", weight: 7);
        await Compile();
        var other = new XdsCompiler([new DiscoveryXdsContributor()], Enum.GetValues<XdsFlavour>()).Compile(
            new StateChange(_replica.Current, new HashSet<string>(), true, []), XdsSnapshot.None);

        foreach (var flavour in Enum.GetValues<XdsFlavour>())
        {
            foreach (var type in XdsTypes.OfServices)
            {
                Assert.Equal(
                    _snapshot[flavour].Names(type).Order().Select(n => (n, _snapshot[flavour].Find(type, n)!.Version)),
                    other[flavour].Names(type).Order().Select(n => (n, other[flavour].Find(type, n)!.Version)));
            }
        }
    }

    private async Task Compile() =>
        _snapshot = _compiler.Compile(await _changes.NextAsync(TestContext.Current.CancellationToken), _snapshot);

    private string Version(XdsType type, string name) => _snapshot[XdsFlavour.Mesh].Find(type, name)!.Version;

    private ClusterLoadAssignment Endpoints(string service) =>
        Read(ClusterLoadAssignment.Parser, XdsFlavour.Mesh, XdsTypes.ClusterLoadAssignment, service);

    private IEnumerable<string> Addresses(string service) =>
        Endpoints(service).Endpoints.SelectMany(l => l.LbEndpoints).Select(e => e.Endpoint.Address.SocketAddress.Address).Order();

    private T Read<T>(Google.Protobuf.MessageParser<T> parser, XdsFlavour flavour, XdsType type, string name)
        where T : Google.Protobuf.IMessage<T> =>
        parser.ParseFrom(_snapshot[flavour].Find(type, name)!.Packed.Value);
}
