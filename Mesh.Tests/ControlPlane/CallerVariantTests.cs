using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Tests.Traffic.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>Rules with a source: who gets them, and who is not troubled.</summary>
public class CallerVariantTests
{
    private static readonly XdsType Routes = XdsTypes.RouteConfiguration;
    private readonly TrafficLog _log = new();

    public CallerVariantTests()
    {
        _log.Register("""{"name":"shop","url":"http://10.0.0.1:80","version":"v1"}""");
        _log.Register("""{"name":"shop","url":"http://10.0.0.2:80","version":"v2"}""");
        _log.Register("""{"name":"cart","url":"http://10.0.0.3:80","version":"v1"}""");
        _log.Compile(reset: true);
    }

    private static NodeIdentity Node(string id, string service, params string[] upstreams) =>
        new() { Id = id, Flavour = XdsFlavour.Mesh, Service = service, Upstreams = upstreams };

    private static StreamScope Scope(NodeIdentity node) => new(node, new EnvoyListeners(), delta: true);

    private XdsView View => _log.Snapshot[XdsFlavour.Mesh];

    private void Rule(string source, string destination, string name = "a") =>
        Assert.Null(
            _log.Set(
                $$$"""{"service":"shop","name":"{{{name}}}","match":[{"source":{"service":"{{{source}}}"}}],"destinations":"""
                    + $$$"""[{"service":"{{{destination}}}"}]}""").Refusal);

    private static string FirstCluster(XdsResource? routes) =>
        RouteConfiguration.Parser.ParseFrom(routes!.Packed.Value).VirtualHosts[0].Routes[0].Route_.Cluster;

    [Fact]
    public void The_caller_that_a_rule_names_has_it_and_no_other()
    {
        Rule("web", "shop@v2");
        _log.Compile();

        Assert.Equal("shop@v2", FirstCluster(Scope(Node("1", "web", "shop")).Resolve(View, Routes, "shop")));
        Assert.Equal("shop@v2", FirstCluster(Scope(Node("2", "web.default", "*")).Resolve(View, Routes, "shop")));
        foreach (var other in new[] { "", "app", "web.eu" })
            Assert.Equal("shop", FirstCluster(Scope(Node("3", other, "shop")).Resolve(View, Routes, "shop")));
    }

    [Fact]
    public void Clients_of_one_variant_share_the_bytes_and_everything_else_is_the_common_object()
    {
        Rule("web", "shop@v2");
        _log.Compile();
        var (one, two, other) = (Scope(Node("1", "web", "*")), Scope(Node("2", "web", "shop")), Scope(Node("3", "app", "*")));

        Assert.Same(one.Resolve(View, Routes, "shop"), two.Resolve(View, Routes, "shop"));
        Assert.Same(View.Find(Routes, "shop"), other.Resolve(View, Routes, "shop"));
        foreach (var type in XdsTypes.OfServices.Where(type => type != Routes))
            Assert.Same(View.Find(type, "shop"), one.Resolve(View, type, "shop"));
        Assert.Equal(["shop"], View.Varied.Keys);
        Assert.Equal([(Routes, "shop")], Assert.Single(View.VariedOf("shop")!.Variants).Value.Resources.Keys);
    }

    [Fact]
    public void A_cluster_that_one_callers_rule_alone_leads_to_is_in_nobody_elses_wildcard()
    {
        Rule("web", "shop@v2");
        _log.Compile();

        Assert.Equal(["shop", "shop@v2"], Scope(Node("1", "web", "shop")).Wildcard(View, XdsTypes.Cluster).Order());
        Assert.Equal(["cart", "shop", "shop@v2"], Scope(Node("2", "web", "*")).Wildcard(View, XdsTypes.Cluster).Order());
        Assert.Equal(["shop"], Scope(Node("3", "app", "shop")).Wildcard(View, XdsTypes.Cluster).Order());
        Assert.Equal(["cart", "shop"], Scope(Node("4", "app", "*")).Wildcard(View, XdsTypes.ClusterLoadAssignment).Order());

        // As soon as a rule for all leads there too, all have it.
        Assert.Null(_log.Set("""{"service":"cart","destinations":[{"service":"shop@v2"}]}""").Refusal);
        _log.Compile();
        Assert.Equal(["cart", "shop", "shop@v2"], Scope(Node("4", "app", "*")).Wildcard(View, XdsTypes.Cluster).Order());
    }

    [Fact]
    public void Only_the_service_whose_rule_changes_is_compiled_and_all_control_planes_come_to_the_same_versions()
    {
        Rule("web", "shop@v2");
        _log.Compile();
        Assert.Equal((1, 0), _log.Compiler.LastWork);
        Rule("app", "shop@v1", "b");
        _log.Compile();

        var another = new XdsCompiler([new Mesh.Discovery.Xds.DiscoveryXdsContributor(), new Mesh.Traffic.Xds.TrafficXdsContributor()],
            System.Enum.GetValues<XdsFlavour>())
            .Compile(new StateChange(_log.State, new HashSet<string>(), true, []), XdsSnapshot.None);
        foreach (var flavour in System.Enum.GetValues<XdsFlavour>())
            Assert.Equal(_log.Snapshot[flavour].VariedOf("shop"), another[flavour].VariedOf("shop"));
    }

    [Fact]
    public void Without_rules_for_callers_there_are_no_variants_left()
    {
        Rule("web", "shop@v2");
        _log.Compile();
        _log.Remove("shop", "a");
        _log.Compile();

        Assert.Empty(View.Varied);
        Assert.Null(View.Find(XdsTypes.Cluster, "shop@v2"));
        Assert.False(View.IsReserved("shop@v2"));
    }

    [Fact]
    public async Task A_rule_for_web_reaches_web_and_pushes_nothing_to_others()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("shop", "10.0.0.1", version: "v1");
        host.Replica.Register("shop", "10.0.0.2", version: "v2");
        using var web = await Client(host, "web-1", "web");
        using var all = await Client(host, "web-2", "web", "*");
        using var app = await Client(host, "app-1", "app");
        using var gateway = await Client(host, "gateway", "", "*");

        Rule("web", "shop@v2");
        foreach (var entry in _log.Entries.Where(e => e.Stream.Contains("/r/", StringComparison.Ordinal)))
            host.Replica.Append(new NewEvent(entry.Stream, entry.Type, entry.Data));
        foreach (var client in new[] { web, all })
        {
            var routes = await client.Until(r => r.TypeUrl == Routes.Url && r.Resources.Count == 1);
            Assert.Equal("shop@v2", routes.Resources[0].Resource_.Unpack<RouteConfiguration>().VirtualHosts[0].Routes[0].Route_.Cluster);
        }

        // The next thing that the others hear of is another change: nothing stands between.
        host.Replica.Register("shop", "10.0.0.9", version: "v1");
        foreach (var client in new[] { app, gateway })
        {
            var next = await client.Next();
            Assert.Equal(XdsTypes.ClusterLoadAssignment.Url, next.TypeUrl);
            Assert.Equal("4", next.SystemVersionInfo);
            Assert.Equal(["shop"], next.Resources.Select(r => r.Name));
        }
    }

    private static async Task<DeltaClient> Client(ControlPlaneHarness host, string id, string service, string upstream = "shop")
    {
        await host.Compiled();
        var client = new DeltaClient(host, id, upstream);
        client.Node.Metadata.Fields["mesh.service"] = Value.ForString(service);
        foreach (var type in XdsTypes.OfServices)
        {
            await client.Subscribe(type, "*");
            await client.Until(r => r.TypeUrl == type.Url);
        }

        return client;
    }
}
