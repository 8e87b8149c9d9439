using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using static Mesh.Tests.ControlPlane.DeltaStream;

namespace Mesh.Tests.ControlPlane;

/// <summary>Delta: what is sent when something changes, and what an answer means.</summary>
public class DeltaPushTests
{
    private static readonly XdsType Eds = XdsTypes.ClusterLoadAssignment;
    private static readonly string[] A = ["10.0.0.1"];
    private readonly World _world = new();

    [Fact]
    public void Only_what_changed_is_sent()
    {
        _world.Service("a", A);
        _world.Service("b", A);
        var stream = Everything(_world);
        _world.Cluster("b", 9);
        stream.Publish();

        Assert.Equal(["b"], NamesOf(stream.Expect(XdsTypes.Cluster)));
    }

    [Fact]
    public void Between_two_answers_only_the_newest_version_is_sent()
    {
        _world.Service("echo", A);
        var stream = Everything(_world);
        for (var i = 1; i <= 50; i++)
        {
            _world.Endpoints("echo", $"10.0.1.{i}");
            stream.Publish();
        }

        var sent = Assert.Single(stream.Settle());
        Assert.Equal(_world.Current[XdsFlavour.Mesh].Find(Eds, "echo")!.Version, Assert.Single(sent.Resources).Version);
    }

    [Fact]
    public void The_system_version_is_the_sequence_of_the_log()
    {
        _world.Service("echo", A);
        _world.Nothing();
        var stream = new DeltaStream(_world);
        stream.Subscribe(Eds, "echo");

        var response = stream.Expect(Eds);
        Assert.Equal("2", response.SystemVersionInfo);
        Assert.Equal($"cp@{World.Log}/2", response.ControlPlane.Identifier);
    }

    [Fact]
    public void A_client_has_settled_when_all_that_concerns_it_is_answered()
    {
        _world.Service("echo", A);
        var stream = Everything(_world);
        Assert.Equal(1, stream.Settled);
        _world.Service("echo", ["10.0.0.9"], connectSeconds: 9);
        stream.Publish();
        Assert.Null(stream.Settled);
        stream.Ack(stream.Expect(XdsTypes.Cluster));
        Assert.Null(stream.Settled);
        var endpoints = stream.Expect(Eds);
        stream.ExpectNothing();
        Assert.Null(stream.Settled);
        stream.Nack(endpoints, "no");
        stream.ExpectNothing();
        Assert.Equal(_world.Current.Sequence, stream.Settled);
        _world.Nothing();
        stream.Publish();
        stream.ExpectNothing();

        Assert.Equal(_world.Current.Sequence, stream.Settled);
    }

    [Fact]
    public void A_client_is_level_too_that_never_asks_for_what_its_clusters_and_listeners_point_at()
    {
        _world.Service("echo", A);
        var stream = new DeltaStream(_world);
        stream.Subscribe(XdsTypes.Cluster, "*");
        stream.Subscribe(XdsTypes.Listener, "*");
        stream.Settle();
        _world.Service("echo", A, connectSeconds: 7);
        _world.Listener("echo", "changed");
        stream.Publish();

        Assert.Equal([XdsTypes.Cluster.Url, XdsTypes.Listener.Url], stream.Settle().Select(r => r.TypeUrl));
        Assert.Equal(_world.Current.Sequence, stream.Settled);
    }

    [Fact]
    public void A_service_that_goes_leaves_listener_first_and_endpoints_last()
    {
        _world.Service("echo", A);
        var stream = Everything(_world);
        _world.Remove("echo");
        stream.Publish();

        var sent = stream.Settle();
        Assert.Equal(XdsTypes.RemovalOrder.Where(XdsTypes.OfServices.Contains).Select(t => t.Url), sent.Select(r => r.TypeUrl));
        Assert.All(sent, r => Assert.Equal(["echo"], r.RemovedResources));
    }

    [Fact]
    public void An_answer_alone_leaves_the_causes_of_changes_to_the_response_that_delivers_them()
    {
        _world.Service("echo", A);
        _world.Service("other", A);
        var stream = new DeltaStream(_world);
        foreach (var type in XdsTypes.OfServices) stream.Subscribe(type, "echo");
        stream.Settle();
        _world.Service("echo", ["10.0.0.9"], connectSeconds: 9);
        stream.Publish();
        var clusters = stream.Expect(XdsTypes.Cluster);
        stream.Subscribe(Eds, "other");
        var answer = stream.Expect(Eds);
        Assert.Equal(["other"], NamesOf(answer));
        Assert.Empty(stream.Observer.Delivered[answer.Nonce]);
        stream.Ack(answer);
        stream.Ack(clusters);

        var change = stream.Expect(Eds);
        Assert.Equal(["echo"], NamesOf(change));
        Assert.Equal([3], stream.Observer.Delivered[change.Nonce]);
    }

    [Fact]
    public void What_widens_a_wildcard_is_a_cause_of_what_it_brings()
    {
        var stream = new DeltaStream(_world, SotwStream.MeshNode("late"));
        stream.Subscribe(XdsTypes.Cluster, "*");
        stream.Settle();
        _world.Nothing();
        _world.Service("late", A);
        stream.Publish();

        Assert.Equal([2], stream.Observer.Delivered[stream.Expect(XdsTypes.Cluster).Nonce]);
    }

    [Fact]
    public void A_cluster_change_sends_its_endpoints_again_though_unchanged()
    {
        _world.Service("echo", A);
        var stream = Everything(_world);
        _world.Cluster("echo", 9);
        stream.Publish();
        stream.Ack(stream.Expect(XdsTypes.Cluster));

        Assert.Equal(["echo"], NamesOf(stream.Expect(Eds)));
    }

    [Fact]
    public void A_new_service_reaches_a_wildcard_subscription()
    {
        var stream = Everything(_world);
        _world.Service("late", A);
        stream.Publish();

        Assert.Equal(XdsTypes.OfServices.Select(t => t.Url), stream.Settle().Select(r => r.TypeUrl));
    }

    [Fact]
    public void Random_changes_and_answers_always_end_with_the_client_holding_the_snapshot()
    {
        var random = TestSeed.Draws(20261122);
        var stream = Everything(_world);
        var held = XdsTypes.OfServices.ToDictionary(t => t.Url, _ => new Dictionary<string, string>());
        void Take(DeltaDiscoveryResponse response)
        {
            foreach (var resource in response.Resources) held[response.TypeUrl][resource.Name] = resource.Version;
            foreach (var name in response.RemovedResources) held[response.TypeUrl].Remove(name);
            stream.Ack(response);
        }

        for (var step = 0; step < 2_000; step++)
        {
            var name = $"s{random.Next(12)}";
            switch (random.Next(5))
            {
                case 0: _world.Service(name, [$"10.0.0.{random.Next(1, 200)}"], random.Next(1, 9)); break;
                case 1: _world.Remove(name); break;
                case 2 when _world.Current[XdsFlavour.Mesh].Find(Eds, name) is not null:
                    _world.Endpoints(name, $"10.0.1.{random.Next(1, 200)}"); break;
                case 3: stream.Publish(); break;
                default:
                    if (stream.Next() is { } response) Take(response);
                    break;
            }
        }

        stream.Publish();
        while (stream.Next() is { } rest) Take(rest);
        foreach (var type in XdsTypes.OfServices)
        {
            var view = _world.Current[XdsFlavour.Mesh];
            Assert.Equal(view.Names(type).Order().Select(n => (n, view.Find(type, n)!.Version)),
                held[type.Url].OrderBy(h => h.Key).Select(h => (h.Key, h.Value)));
        }
    }
}
