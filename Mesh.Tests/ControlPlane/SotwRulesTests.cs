using Mesh.ControlPlane.Ads;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using static Mesh.Tests.ControlPlane.SotwStream;

namespace Mesh.Tests.ControlPlane;

public class SotwRulesTests
{
    private static readonly string[] A = ["10.0.0.1"];
    private static readonly string[] B = ["10.0.0.2"];
    private readonly World _world = new();

    [Fact]
    public void Changes_go_clusters_endpoints_listeners_routes_each_after_the_ones_before_are_answered()
    {
        var stream = Everything("echo");
        _world.Service("echo", B, connectSeconds: 7, routeTo: "other");
        _world.Listener("echo", "changed");
        stream.Publish();

        var clusters = stream.Expect(XdsType.Cluster);
        stream.ExpectNothing();
        stream.Ack(clusters);
        var endpoints = stream.Expect(XdsType.ClusterLoadAssignment);
        stream.ExpectNothing();
        stream.Ack(endpoints);
        // No listener is bound for this Envoy but its route is served by name, so routes come next.
        Assert.Equal([XdsType.RouteConfiguration.Url()], stream.Settle().Select(r => r.TypeUrl));
    }

    [Fact]
    public void A_listener_change_sends_its_routes_again_though_unchanged()
    {
        _world.Service("echo", A);
        var stream = new SotwStream(_world, Mesh("echo"));
        Subscribe(stream, "echo");
        _world.Listener("echo", "changed");
        stream.Publish();

        Assert.Equal([XdsType.Listener.Url(), XdsType.RouteConfiguration.Url()], stream.Settle().Select(r => r.TypeUrl));
    }

    [Fact]
    public void A_cluster_change_sends_its_endpoints_again_though_unchanged()
    {
        var stream = Everything("echo", "other");
        _world.Cluster("echo", 9);
        stream.Publish();

        var clusters = stream.Expect(XdsType.Cluster);
        Assert.Equal(["echo", "other"], NamesOf(clusters));
        stream.Ack(clusters);
        Assert.Equal(["echo"], NamesOf(stream.Expect(XdsType.ClusterLoadAssignment)));
    }

    [Fact]
    public void A_newer_snapshot_in_mid_order_starts_the_order_again()
    {
        var stream = Everything("echo");
        _world.Service("echo", A, connectSeconds: 7, routeTo: "other");
        stream.Publish();
        var first = stream.Expect(XdsType.Cluster);
        _world.Cluster("echo", 8);
        stream.Publish();
        stream.ExpectNothing();
        stream.Ack(first);

        var second = stream.Expect(XdsType.Cluster);
        Assert.Equal(8, ClusterOf(second, "echo").ConnectTimeout.Seconds);
        stream.Ack(second);
        Assert.Equal([XdsType.ClusterLoadAssignment.Url(), XdsType.RouteConfiguration.Url()], stream.Settle().Select(r => r.TypeUrl));
    }

    [Fact]
    public void Endpoints_never_overtake_a_pending_cluster_and_never_lower_the_sequence()
    {
        var stream = Everything("echo", "other");
        _world.Cluster("echo", 9);
        stream.Publish();
        var clusters = stream.Expect(XdsType.Cluster);
        _world.Endpoints("other", "10.9.9.9");
        stream.Publish();
        stream.ExpectNothing();
        stream.Ack(clusters);

        Assert.Equal(["echo", "other"], NamesOf(stream.Expect(XdsType.ClusterLoadAssignment)));
        Assert.Equal(stream.Observer.Sequences.Order(), stream.Observer.Sequences);
    }

    [Fact]
    public void An_endpoint_change_alone_sends_these_endpoints_alone()
    {
        var stream = Everything("echo", "other");
        _world.Endpoints("other", "10.9.9.9");
        stream.Publish();

        var sent = Assert.Single(stream.Settle());
        Assert.Equal(XdsType.ClusterLoadAssignment.Url(), sent.TypeUrl);
        Assert.Equal(["other"], NamesOf(sent));
    }

    [Fact]
    public void Cluster_and_listener_responses_hold_the_full_subscribed_set()
    {
        _world.Service("a", A);
        _world.Service("b", A);
        _world.Service("c", A);
        var stream = new SotwStream(_world);
        stream.Subscribe(XdsType.Cluster, "a", "b");
        stream.Settle();
        _world.Cluster("b", 9);
        stream.Publish();

        Assert.Equal(["a", "b"], NamesOf(stream.Expect(XdsType.Cluster)));
    }

    [Fact]
    public void A_subscribed_cluster_that_does_not_exist_is_answered_by_its_absence()
    {
        var stream = new SotwStream(_world);
        stream.Subscribe(XdsType.Cluster, "nobody");

        Assert.Empty(stream.Expect(XdsType.Cluster).Resources);
        stream.ExpectNothing();
    }

    [Fact]
    public void A_name_added_to_the_subscription_is_answered_and_endpoints_hold_only_what_is_new()
    {
        var stream = Everything("echo");
        _world.Service("late", B);
        stream.Publish();
        stream.Settle();
        stream.Subscribe(XdsType.Cluster, "echo", "late");
        Assert.Equal(["echo", "late"], NamesOf(stream.Expect(XdsType.Cluster)));
        stream.Subscribe(XdsType.ClusterLoadAssignment, "echo", "late");
        Assert.Equal(["late"], NamesOf(stream.Expect(XdsType.ClusterLoadAssignment)));
    }

    [Fact]
    public void A_stale_nonce_is_ignored()
    {
        _world.Service("echo", A);
        var stream = new SotwStream(_world);
        stream.Subscribe(XdsType.ClusterLoadAssignment, "echo");
        var old = stream.Expect(XdsType.ClusterLoadAssignment);
        stream.Ack(old);
        _world.Endpoints("echo", B);
        stream.Publish();
        var current = stream.Expect(XdsType.ClusterLoadAssignment);
        stream.Ack(old, "echo", "other");
        Assert.Single(stream.Observer.Acks);
        stream.ExpectNothing();
        stream.Ack(current);

        Assert.Equal([old.Nonce, current.Nonce], stream.Observer.Acks.Select(a => a.Nonce));
    }

    [Fact]
    public void A_nonce_of_an_earlier_stream_answers_nothing_but_its_subscription_counts()
    {
        _world.Service("echo", A);
        var stream = new SotwStream(_world);
        stream.Send(new DiscoveryRequest { TypeUrl = XdsType.Cluster.Url(), ResourceNames = { "echo" }, ResponseNonce = "7", VersionInfo = "old" });

        Assert.Equal(["echo"], NamesOf(stream.Expect(XdsType.Cluster)));
        Assert.Empty(stream.Observer.Acks);
    }

    [Fact]
    public void A_refused_response_is_recorded_and_waits_for_a_newer_version()
    {
        var stream = Everything("echo");
        _world.Cluster("echo", 9);
        stream.Publish();
        var refused = stream.Expect(XdsType.Cluster);
        stream.Nack(refused, "connect_timeout too long");
        Assert.Equal((XdsType.Cluster, refused.Nonce, "connect_timeout too long"), Assert.Single(stream.Observer.Nacks));
        stream.Settle();
        _world.Nothing();
        stream.Publish();
        stream.ExpectNothing();
        _world.Cluster("echo", 4);
        stream.Publish();

        Assert.Equal(4, ClusterOf(stream.Expect(XdsType.Cluster), "echo").ConnectTimeout.Seconds);
    }

    [Fact]
    public void A_cluster_goes_only_after_the_route_that_named_it_was_answered()
    {
        _world.Service("old", A);
        _world.Service("echo", A, routeTo: "old");
        var stream = new SotwStream(_world, Mesh("echo"));
        Subscribe(stream, "echo", "old");
        _world.Service("echo", A);
        _world.Remove("old");
        stream.Publish();

        var routes = stream.Expect(XdsType.RouteConfiguration);
        stream.ExpectNothing();
        stream.Ack(routes);
        Assert.Equal(["echo"], NamesOf(stream.Expect(XdsType.Cluster)));
    }

    [Fact]
    public void Clusters_that_are_gone_stay_in_the_full_set_until_they_may_go()
    {
        _world.Service("echo", A, routeTo: "old");
        _world.Cluster("old", 5);
        var stream = Everything("echo");
        var version = _world.Current;
        _world.Service("echo", A, connectSeconds: 9);
        _world.Remove("old");
        stream.Publish();

        var first = stream.Expect(XdsType.Cluster);
        Assert.Equal(["echo", "old"], NamesOf(first));
        stream.Ack(first);
        var rest = stream.Settle();
        Assert.Equal([XdsType.ClusterLoadAssignment.Url(), XdsType.RouteConfiguration.Url(), XdsType.Cluster.Url()], rest.Select(r => r.TypeUrl));
        Assert.Equal(["echo"], NamesOf(rest[^1]));
        Assert.True(version.Generation < _world.Current.Generation);
    }

    [Fact]
    public void A_removal_waits_15_s_at_most_for_a_client_that_does_not_answer()
    {
        _world.Service("echo", A, routeTo: "old");
        _world.Cluster("old", 5);
        var stream = Everything("echo");
        _world.Service("echo", A);
        _world.Remove("old");
        stream.Publish();
        stream.Expect(XdsType.RouteConfiguration);
        stream.ExpectNothing();
        Assert.Equal(stream.Time.GetUtcNow() + PushOrder.Patience, stream.Wake);
        stream.Time.Advance(PushOrder.Patience - TimeSpan.FromMilliseconds(1));
        stream.ExpectNothing();
        stream.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(["echo"], NamesOf(stream.Expect(XdsType.Cluster)));
    }

    [Fact]
    public void A_removal_after_a_refusal_waits_15_s()
    {
        _world.Service("echo", A, routeTo: "old");
        _world.Cluster("old", 5);
        var stream = Everything("echo");
        _world.Service("echo", A);
        _world.Remove("old");
        stream.Publish();
        stream.Nack(stream.Expect(XdsType.RouteConfiguration), "no");
        stream.ExpectNothing();
        stream.Time.Advance(PushOrder.Patience);

        Assert.Equal(["echo"], NamesOf(stream.Expect(XdsType.Cluster)));
    }

    [Fact]
    public void What_comes_back_before_it_was_taken_away_is_not_taken_away()
    {
        var stream = Everything("echo", "old");
        _world.Cluster("echo", 9);
        _world.Remove("old");
        stream.Publish();
        var first = stream.Expect(XdsType.Cluster);
        _world.Service("old", A);
        stream.Publish();
        stream.Ack(first);

        Assert.All(stream.Settle().Where(r => r.TypeUrl == XdsType.Cluster.Url()), r => Assert.Equal(["echo", "old"], NamesOf(r)));
    }

    [Fact]
    public void Wildcard_is_the_declared_upstreams_and_else_nothing()
    {
        _world.Service("a", A);
        _world.Service("b", A, routeTo: "c");
        _world.Service("c", A);
        string[] Clusters(params string[] upstreams)
        {
            var stream = new SotwStream(_world, new NodeIdentity { Id = "n", Flavour = XdsFlavour.Mesh, Upstreams = upstreams });
            stream.Subscribe(XdsType.Cluster);
            return NamesOf(stream.Expect(XdsType.Cluster));
        }

        Assert.Empty(Clusters());
        Assert.Equal(["a"], Clusters("a"));
        Assert.Equal(["b", "c"], Clusters("b.default"));
        Assert.Equal(["a", "b", "c"], Clusters("*"));
    }

    [Fact]
    public void Envoy_listens_where_its_node_says_and_has_its_own_inbound()
    {
        _world.Service("a", A);
        _world.Service("b", A);
        var stream = new SotwStream(_world, new NodeIdentity { Id = "n", Flavour = XdsFlavour.Envoy, Upstreams = ["a:9101", "b"], Inbound = ["15006:8080"] });
        stream.Subscribe(XdsType.Listener);
        stream.Subscribe(XdsType.Cluster);

        Assert.Equal(["a", "b", "inbound:15006"], NamesOf(stream.Expect(XdsType.Cluster)));
        var listeners = stream.Expect(XdsType.Listener).Resources.Select(r => r.Unpack<Listener>()).ToList();
        Assert.Equal([("a", 9101u), ("inbound:15006", 15006u)], listeners.Select(l => (l.Name, l.Address.SocketAddress.PortValue)));
    }

    [Fact]
    public void A_grpc_client_gets_an_empty_cluster_for_an_unknown_service_and_only_endpoints_when_it_comes_and_goes()
    {
        var stream = new SotwStream(_world, new NodeIdentity { Id = "n", Flavour = XdsFlavour.Grpc });
        foreach (var type in XdsTypes.PushOrder) stream.Subscribe(type, "late");
        Assert.Equal(XdsTypes.PushOrder.Select(t => t.Url()), stream.Settle().Select(r => r.TypeUrl));
        _world.Service("late", A);
        stream.Publish();
        Assert.Equal([XdsType.ClusterLoadAssignment.Url()], stream.Settle().Select(r => r.TypeUrl));
        _world.Remove("late");
        stream.Publish();

        var gone = Assert.Single(stream.Settle());
        Assert.Empty(gone.Resources[0].Unpack<ClusterLoadAssignment>().Endpoints);
    }

    [Fact]
    public void A_grpc_client_gets_nothing_for_a_name_that_no_service_can_have()
    {
        var stream = new SotwStream(_world, new NodeIdentity { Id = "n", Flavour = XdsFlavour.Grpc });
        stream.Subscribe(XdsType.Listener, "grpc/server?xds.resource.listening_address=0.0.0.0:50051");

        Assert.Empty(stream.Expect(XdsType.Listener).Resources);
    }

    [Fact]
    public void Too_many_names_end_the_stream_with_the_limit()
    {
        var machine = new SotwMachine(TimeProvider.System, new RecordingObserver(), "cp");
        machine.Open(new StreamScope(new NodeIdentity { Id = "n" }, new EnvoyListeners(), delta: false), _world.Current);
        var request = new DiscoveryRequest { TypeUrl = XdsType.Cluster.Url() };
        request.ResourceNames.AddRange(Enumerable.Range(0, SotwMachine.MaxNames + 1).Select(i => $"s{i}"));

        Assert.Contains("20000", machine.Receive(request));
    }

    [Fact]
    public void A_stream_that_lags_beyond_the_remembered_changes_still_gets_everything()
    {
        var stream = Everything("echo", "other");
        for (var i = 0; i < 300; i++) _world.Endpoints("echo", $"10.0.{i / 100}.{i % 100}");
        stream.Publish();

        var sent = Assert.Single(stream.Settle());
        Assert.Equal(["echo"], NamesOf(sent));
        Assert.Equal("10.0.2.99", sent.Resources[0].Unpack<ClusterLoadAssignment>().Endpoints[0].LbEndpoints[0].Endpoint.Address.SocketAddress.Address);
    }

    private static NodeIdentity Mesh(params string[] upstreams) => new() { Id = "n", Flavour = XdsFlavour.Mesh, Upstreams = upstreams };

    private static void Subscribe(SotwStream stream, params string[] clusters)
    {
        stream.Subscribe(XdsType.Cluster);
        stream.Subscribe(XdsType.ClusterLoadAssignment, clusters);
        stream.Subscribe(XdsType.Listener);
        stream.Subscribe(XdsType.RouteConfiguration, clusters);
        stream.Settle();
    }

    private SotwStream Everything(params string[] services)
    {
        foreach (var service in services.Where(s => _world.Current[XdsFlavour.Envoy].Find(XdsType.Listener, s) is null)) _world.Service(service, A);
        var stream = new SotwStream(_world);
        Subscribe(stream, services);
        return stream;
    }
}
