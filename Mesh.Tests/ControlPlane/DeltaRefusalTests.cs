using Mesh.ControlPlane.Ads;
using Mesh.Xds.Resources;
using static Mesh.Tests.ControlPlane.DeltaStream;

namespace Mesh.Tests.ControlPlane;

/// <summary>Delta: what a refused response changes, and what it leaves as it is.</summary>
public class DeltaRefusalTests
{
    private static readonly XdsType Eds = XdsTypes.ClusterLoadAssignment;
    private static readonly string[] A = ["10.0.0.1"];
    private readonly World _world = new();

    [Fact]
    public void A_refused_response_is_recorded_and_waits_for_a_newer_version()
    {
        _world.Service("echo", A);
        var stream = Everything(_world);
        _world.Endpoints("echo", "10.0.0.7");
        stream.Publish();
        var refused = stream.Expect(Eds);
        stream.Nack(refused, "no");
        Assert.Equal((Eds, refused.Nonce, "no"), Assert.Single(stream.Observer.Nacks));
        _world.Nothing();
        stream.Publish();
        stream.ExpectNothing();
        _world.Endpoints("echo", "10.0.0.8");
        stream.Publish();

        Assert.Equal(["echo"], NamesOf(stream.Expect(Eds)));
    }

    [Fact]
    public void An_ack_of_other_resources_does_not_undo_a_refusal_and_one_of_its_own_does()
    {
        _world.Service("echo", A);
        _world.Service("other", A);
        var stream = Everything(_world);
        _world.Endpoints("echo", "10.0.0.7");
        stream.Publish();
        stream.Nack(stream.Expect(Eds), "no");
        _world.Endpoints("other", "10.0.0.7");
        stream.Publish();
        var beside = stream.Expect(Eds);
        stream.Ack(beside);
        Assert.Equal([beside.Nonce], stream.Observer.AcksBesideRefusals);

        _world.Endpoints("echo", "10.0.0.8");
        stream.Publish();
        stream.Ack(stream.Expect(Eds));
        Assert.Equal([beside.Nonce], stream.Observer.AcksBesideRefusals);
    }

    [Fact]
    public void Of_a_refused_response_only_those_names_are_refused_that_the_client_speaks_of()
    {
        _world.Service("bad", A);
        _world.Service("good", A);
        var stream = new DeltaStream(_world);
        stream.Subscribe(Eds, "*");
        stream.Nack(stream.Expect(Eds), "ClusterLoadAssignment 'bad': endpoints[0]: is missing");
        _world.Endpoints("bad", "10.0.0.8");
        stream.Publish();
        stream.Ack(stream.Expect(Eds));

        Assert.Empty(stream.Observer.AcksBesideRefusals);
    }

    [Fact]
    public void A_refusal_holds_back_no_removal_of_what_has_nothing_to_do_with_it()
    {
        _world.Service("echo", A);
        _world.Service("old", A);
        var stream = Everything(_world);
        _world.Endpoints("echo", "10.0.0.7");
        stream.Publish();
        stream.Nack(stream.Expect(Eds), "no");
        _world.Remove("old");
        stream.Publish();

        Assert.Equal(XdsTypes.OfServices.OrderBy(t => t.RemovalOrder).Select(t => (t.Url, "old")),
            stream.Settle().Select(r => (r.TypeUrl, Assert.Single(r.RemovedResources))));
    }

    [Fact]
    public void What_the_last_accepted_version_of_a_refused_resource_points_at_stays_until_15_s_have_passed()
    {
        _world.Service("echo", A, routeTo: "old");
        _world.Service("old", A);
        var stream = Everything(_world);
        _world.Service("echo", A, routeTo: "echo");
        stream.Publish();
        stream.Nack(stream.Expect(XdsTypes.RouteConfiguration), "no");
        _world.Service("echo", A, routeTo: "elsewhere");
        stream.Publish();
        stream.Nack(stream.Expect(XdsTypes.RouteConfiguration), "no");
        _world.Remove("old");
        stream.Publish();

        // Nobody comes in by the old listener any more; the routes that are still in force lead to the cluster.
        Assert.Equal([XdsTypes.Listener.Url, XdsTypes.RouteConfiguration.Url], stream.Settle().Select(r => r.TypeUrl));
        stream.Time.Advance(PushOrder.Patience);

        Assert.Equal([XdsTypes.Cluster.Url, Eds.Url], stream.Settle().Select(r => r.TypeUrl));
    }

    [Fact]
    public void What_a_refused_resource_pointed_at_goes_once_a_new_version_is_taken()
    {
        _world.Service("echo", A, routeTo: "old");
        _world.Service("old", A);
        var stream = Everything(_world);
        _world.Service("echo", A, routeTo: "echo");
        stream.Publish();
        stream.Nack(stream.Expect(XdsTypes.RouteConfiguration), "no");
        _world.Remove("old");
        stream.Publish();
        stream.Settle();
        _world.Service("echo", A, routeTo: "elsewhere");
        stream.Publish();

        Assert.Equal([XdsTypes.RouteConfiguration.Url, XdsTypes.Cluster.Url, Eds.Url], stream.Settle().Select(r => r.TypeUrl));
    }
}
