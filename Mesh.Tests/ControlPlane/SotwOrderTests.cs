using Mesh.ControlPlane.Ads;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using static Mesh.Tests.ControlPlane.SotwStream;

namespace Mesh.Tests.ControlPlane;

/// <summary>State of the world: what goes when, what is sent again, and when something is taken away.</summary>
public class SotwOrderTests
{
    private static readonly string[] A = ["10.0.0.1"];
    private static readonly string[] B = ["10.0.0.2"];
    private readonly World _world = new();

    [Fact]
    public void Changes_go_clusters_endpoints_listeners_routes_each_after_the_ones_before_are_answered()
    {
        var stream = Everything(_world, "echo");
        _world.Service("echo", B, connectSeconds: 7, routeTo: "other");
        _world.Listener("echo", "changed");
        stream.Publish();

        var clusters = stream.Expect(XdsTypes.Cluster);
        stream.ExpectNothing();
        stream.Ack(clusters);
        var endpoints = stream.Expect(XdsTypes.ClusterLoadAssignment);
        stream.ExpectNothing();
        stream.Ack(endpoints);
        // No listener is bound for this Envoy but its route is served by name, so routes come next.
        Assert.Equal([XdsTypes.RouteConfiguration.Url], stream.Settle().Select(r => r.TypeUrl));
    }

    [Fact]
    public void A_listener_change_sends_its_routes_again_though_unchanged()
    {
        _world.Service("echo", A);
        var stream = new SotwStream(_world, MeshNode("echo"));
        stream.SubscribeToAll("echo");
        _world.Listener("echo", "changed");
        stream.Publish();

        Assert.Equal([XdsTypes.Listener.Url, XdsTypes.RouteConfiguration.Url], stream.Settle().Select(r => r.TypeUrl));
    }

    [Fact]
    public void A_cluster_change_sends_its_endpoints_again_though_unchanged()
    {
        var stream = Everything(_world, "echo", "other");
        _world.Cluster("echo", 9);
        stream.Publish();

        var clusters = stream.Expect(XdsTypes.Cluster);
        Assert.Equal(["echo", "other"], NamesOf(clusters));
        stream.Ack(clusters);
        Assert.Equal(["echo"], NamesOf(stream.Expect(XdsTypes.ClusterLoadAssignment)));
    }

    [Fact]
    public void A_newer_snapshot_in_mid_order_starts_the_order_again()
    {
        var stream = Everything(_world, "echo");
        _world.Service("echo", A, connectSeconds: 7, routeTo: "other");
        stream.Publish();
        var first = stream.Expect(XdsTypes.Cluster);
        _world.Cluster("echo", 8);
        stream.Publish();
        stream.ExpectNothing();
        stream.Ack(first);

        var second = stream.Expect(XdsTypes.Cluster);
        Assert.Equal(8, ClusterOf(second, "echo").ConnectTimeout.Seconds);
        stream.Ack(second);
        Assert.Equal([XdsTypes.ClusterLoadAssignment.Url, XdsTypes.RouteConfiguration.Url], stream.Settle().Select(r => r.TypeUrl));
    }

    [Fact]
    public void Endpoints_never_overtake_a_pending_cluster_and_never_lower_the_sequence()
    {
        var stream = Everything(_world, "echo", "other");
        _world.Cluster("echo", 9);
        stream.Publish();
        var clusters = stream.Expect(XdsTypes.Cluster);
        _world.Endpoints("other", "10.9.9.9");
        stream.Publish();
        stream.ExpectNothing();
        stream.Ack(clusters);

        Assert.Equal(["echo", "other"], NamesOf(stream.Expect(XdsTypes.ClusterLoadAssignment)));
        Assert.Equal(stream.Observer.Sequences.Order(), stream.Observer.Sequences);
    }

    [Fact]
    public void An_endpoint_change_alone_sends_these_endpoints_alone()
    {
        var stream = Everything(_world, "echo", "other");
        _world.Endpoints("other", "10.9.9.9");
        stream.Publish();

        var sent = Assert.Single(stream.Settle());
        Assert.Equal(XdsTypes.ClusterLoadAssignment.Url, sent.TypeUrl);
        Assert.Equal(["other"], NamesOf(sent));
    }

    [Fact]
    public void A_refused_response_is_recorded_and_waits_for_a_newer_version()
    {
        var stream = Everything(_world, "echo");
        _world.Cluster("echo", 9);
        stream.Publish();
        var refused = stream.Expect(XdsTypes.Cluster);
        stream.Nack(refused, "connect_timeout too long");
        Assert.Equal((XdsTypes.Cluster, refused.Nonce, "connect_timeout too long"), Assert.Single(stream.Observer.Nacks));
        stream.Settle();
        _world.Nothing();
        stream.Publish();
        stream.ExpectNothing();
        _world.Cluster("echo", 4);
        stream.Publish();

        Assert.Equal(4, ClusterOf(stream.Expect(XdsTypes.Cluster), "echo").ConnectTimeout.Seconds);
    }

    [Fact]
    public void A_cluster_goes_only_after_the_route_that_named_it_was_answered()
    {
        _world.Service("old", A);
        _world.Service("echo", A, routeTo: "old");
        var stream = new SotwStream(_world, MeshNode("echo"));
        stream.SubscribeToAll("echo", "old");
        _world.Service("echo", A);
        _world.Remove("old");
        stream.Publish();

        var routes = stream.Expect(XdsTypes.RouteConfiguration);
        stream.ExpectNothing();
        stream.Ack(routes);
        Assert.Equal(["echo"], NamesOf(stream.Expect(XdsTypes.Cluster)));
    }

    [Fact]
    public void Clusters_that_are_gone_stay_in_the_full_set_until_they_may_go()
    {
        _world.Service("echo", A, routeTo: "old");
        _world.Cluster("old", 5);
        var stream = Everything(_world, "echo");
        var version = _world.Current;
        _world.Service("echo", A, connectSeconds: 9);
        _world.Remove("old");
        stream.Publish();

        var first = stream.Expect(XdsTypes.Cluster);
        Assert.Equal(["echo", "old"], NamesOf(first));
        stream.Ack(first);
        var rest = stream.Settle();
        Assert.Equal([XdsTypes.ClusterLoadAssignment.Url, XdsTypes.RouteConfiguration.Url, XdsTypes.Cluster.Url],
            rest.Select(r => r.TypeUrl));
        Assert.Equal(["echo"], NamesOf(rest[^1]));
        Assert.True(version.Generation < _world.Current.Generation);
    }

    [Fact]
    public void A_removal_waits_15_s_at_most_for_a_client_that_does_not_answer()
    {
        _world.Service("echo", A, routeTo: "old");
        _world.Cluster("old", 5);
        var stream = Everything(_world, "echo");
        _world.Service("echo", A);
        _world.Remove("old");
        stream.Publish();
        stream.Expect(XdsTypes.RouteConfiguration);
        stream.ExpectNothing();
        Assert.Equal(stream.Time.GetUtcNow() + PushOrder.Patience, stream.Wake);
        stream.Time.Advance(PushOrder.Patience - TimeSpan.FromMilliseconds(1));
        stream.ExpectNothing();
        stream.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(["echo"], NamesOf(stream.Expect(XdsTypes.Cluster)));
    }

    [Fact]
    public void A_removal_after_a_refusal_waits_15_s()
    {
        _world.Service("echo", A, routeTo: "old");
        _world.Cluster("old", 5);
        var stream = Everything(_world, "echo");
        _world.Service("echo", A);
        _world.Remove("old");
        stream.Publish();
        stream.Nack(stream.Expect(XdsTypes.RouteConfiguration), "no");
        stream.ExpectNothing();
        stream.Time.Advance(PushOrder.Patience);

        Assert.Equal(["echo"], NamesOf(stream.Expect(XdsTypes.Cluster)));
    }

    [Fact]
    public void What_comes_back_before_it_was_taken_away_is_not_taken_away()
    {
        var stream = Everything(_world, "echo", "old");
        _world.Cluster("echo", 9);
        _world.Remove("old");
        stream.Publish();
        var first = stream.Expect(XdsTypes.Cluster);
        _world.Service("old", A);
        stream.Publish();
        stream.Ack(first);

        Assert.All(stream.Settle().Where(r => r.TypeUrl == XdsTypes.Cluster.Url), r => Assert.Equal(["echo", "old"], NamesOf(r)));
    }

    [Fact]
    public void A_stream_that_lags_beyond_the_remembered_changes_still_gets_everything()
    {
        var stream = Everything(_world, "echo", "other");
        for (var i = 0; i < 300; i++) _world.Endpoints("echo", $"10.0.{i / 100}.{i % 100}");
        stream.Publish();

        var sent = Assert.Single(stream.Settle());
        Assert.Equal(["echo"], NamesOf(sent));
        Assert.Equal("10.0.2.99",
            sent.Resources[0].Unpack<ClusterLoadAssignment>().Endpoints[0].LbEndpoints[0].Endpoint.Address.SocketAddress.Address);
    }
}
