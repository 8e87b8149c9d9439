using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using static Mesh.Tests.ControlPlane.DeltaStream;

namespace Mesh.Tests.ControlPlane;

public class DeltaRulesTests
{
    private const XdsType Eds = XdsType.ClusterLoadAssignment;
    private static readonly string[] A = ["10.0.0.1"];
    private readonly World _world = new();

    [Fact]
    public void Every_subscribed_name_is_answered_an_absent_one_at_once_among_the_removed()
    {
        _world.Service("echo", A);
        var stream = new DeltaStream(_world);
        stream.Subscribe(Eds, "echo", "nobody");

        var response = stream.Expect(Eds);
        Assert.Equal(["echo"], NamesOf(response));
        Assert.Equal(["nobody"], response.RemovedResources);
    }

    [Fact]
    public void An_absent_name_is_sent_once_it_exists()
    {
        var stream = new DeltaStream(_world);
        stream.Subscribe(Eds, "late");
        stream.Settle();
        _world.Service("late", A);
        stream.Publish();

        Assert.Equal(["late"], NamesOf(stream.Expect(Eds)));
    }

    [Fact]
    public void A_name_subscribed_again_is_answered_again()
    {
        _world.Service("echo", A);
        var stream = new DeltaStream(_world);
        stream.Subscribe(Eds, "echo");
        stream.Settle();
        stream.Subscribe(Eds, "echo");

        Assert.Equal(["echo"], NamesOf(stream.Expect(Eds)));
    }

    [Fact]
    public void What_the_client_already_holds_is_not_sent_again_and_what_is_gone_is_removed()
    {
        _world.Service("same", A);
        _world.Service("changed", A);
        var held = _world.Current[XdsFlavour.Mesh];
        _world.Endpoints("changed", "10.0.0.9");
        var stream = new DeltaStream(_world);
        stream.Send(new DeltaDiscoveryRequest
        {
            TypeUrl = Eds.Url(),
            ResourceNamesSubscribe = { "same", "changed", "gone" },
            InitialResourceVersions =
            {
                ["same"] = held.Find(Eds, "same")!.Version, ["changed"] = held.Find(Eds, "changed")!.Version, ["gone"] = "0123456789abcdef",
            },
        });

        var response = stream.Expect(Eds);
        Assert.Equal(["changed"], NamesOf(response));
        Assert.Equal(["gone"], response.RemovedResources);
    }

    [Fact]
    public void A_wildcard_client_that_comes_back_gets_only_the_difference()
    {
        _world.Service("a", A);
        _world.Service("b", A);
        var held = _world.Current[XdsFlavour.Mesh];
        _world.Cluster("b", 9);
        var stream = new DeltaStream(_world);
        stream.Send(new DeltaDiscoveryRequest
        {
            TypeUrl = XdsType.Cluster.Url(),
            InitialResourceVersions =
            {
                ["a"] = held.Find(XdsType.Cluster, "a")!.Version, ["b"] = held.Find(XdsType.Cluster, "b")!.Version, ["c"] = "0123456789abcdef",
            },
        });

        var response = stream.Expect(XdsType.Cluster);
        Assert.Equal(["b"], NamesOf(response));
        Assert.Equal(["c"], response.RemovedResources);
    }

    [Fact]
    public void A_client_that_holds_everything_is_told_so_by_an_empty_answer_to_its_wildcard()
    {
        _world.Service("a", A);
        var stream = new DeltaStream(_world);
        stream.Send(new DeltaDiscoveryRequest
        {
            TypeUrl = XdsType.Cluster.Url(),
            InitialResourceVersions = { ["a"] = _world.Current[XdsFlavour.Mesh].Find(XdsType.Cluster, "a")!.Version },
        });

        var response = stream.Expect(XdsType.Cluster);
        Assert.Empty(response.Resources);
        Assert.Empty(response.RemovedResources);
    }

    [Fact]
    public void A_request_without_a_nonce_is_no_ack()
    {
        _world.Service("echo", A);
        _world.Service("other", A);
        var stream = new DeltaStream(_world);
        stream.Subscribe(Eds, "echo");
        var first = stream.Expect(Eds);
        stream.Subscribe(Eds, "other");
        Assert.Empty(stream.Observer.Acks);
        var second = stream.Expect(Eds);
        Assert.Equal(["other"], NamesOf(second));
        stream.Ack(first);
        stream.Ack(second);

        Assert.Equal([first.Nonce, second.Nonce], stream.Observer.Acks.Select(a => a.Nonce));
    }

    [Fact]
    public void An_unknown_nonce_is_no_ack_but_its_subscription_counts()
    {
        _world.Service("echo", A);
        var stream = new DeltaStream(_world);
        stream.Send(new DeltaDiscoveryRequest { TypeUrl = Eds.Url(), ResourceNamesSubscribe = { "echo" }, ResponseNonce = "of another stream" });

        Assert.Equal(["echo"], NamesOf(stream.Expect(Eds)));
        Assert.Empty(stream.Observer.Acks);
    }

    [Fact]
    public void Names_of_a_type_that_is_not_served_are_answered_as_absent()
    {
        const string secrets = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
        var stream = new DeltaStream(_world);
        stream.Send(new DeltaDiscoveryRequest { TypeUrl = secrets, ResourceNamesSubscribe = { "cert" } });

        var answer = stream.Next()!;
        Assert.Equal((secrets, "cert"), (answer.TypeUrl, Assert.Single(answer.RemovedResources)));
        stream.ExpectNothing();
    }

    [Fact]
    public void Only_what_changed_is_sent()
    {
        _world.Service("a", A);
        _world.Service("b", A);
        var stream = Everything();
        _world.Cluster("b", 9);
        stream.Publish();

        Assert.Equal(["b"], NamesOf(stream.Expect(XdsType.Cluster)));
    }

    [Fact]
    public void Between_two_answers_only_the_newest_version_is_sent()
    {
        _world.Service("echo", A);
        var stream = Everything();
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
        Assert.Equal("cp@2", response.ControlPlane.Identifier);
    }

    [Fact]
    public void A_service_that_goes_leaves_listener_first_and_endpoints_last()
    {
        _world.Service("echo", A);
        var stream = Everything();
        _world.Remove("echo");
        stream.Publish();

        var sent = stream.Settle();
        Assert.Equal(XdsTypes.RemovalOrder.Select(t => t.Url()), sent.Select(r => r.TypeUrl));
        Assert.All(sent, r => Assert.Equal(["echo"], r.RemovedResources));
    }

    [Fact]
    public void A_refused_response_is_recorded_and_waits_for_a_newer_version()
    {
        _world.Service("echo", A);
        var stream = Everything();
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
    public void A_cluster_change_sends_its_endpoints_again_though_unchanged()
    {
        _world.Service("echo", A);
        var stream = Everything();
        _world.Cluster("echo", 9);
        stream.Publish();
        stream.Ack(stream.Expect(XdsType.Cluster));

        Assert.Equal(["echo"], NamesOf(stream.Expect(Eds)));
    }

    [Fact]
    public void An_unsubscribed_name_is_sent_no_more()
    {
        _world.Service("echo", A);
        var stream = new DeltaStream(_world);
        stream.Subscribe(Eds, "echo");
        stream.Settle();
        stream.Unsubscribe(Eds, "echo");
        _world.Endpoints("echo", "10.0.0.8");
        stream.Publish();

        stream.ExpectNothing();
    }

    [Fact]
    public void Unsubscribing_a_name_that_the_wildcard_covers_is_answered_with_it()
    {
        _world.Service("echo", A);
        var stream = new DeltaStream(_world);
        stream.Subscribe(XdsType.Cluster, "*", "echo", "nobody");
        stream.Settle();
        stream.Unsubscribe(XdsType.Cluster, "echo", "nobody");

        var response = stream.Expect(XdsType.Cluster);
        Assert.Equal(["echo"], NamesOf(response));
        Assert.Equal(["nobody"], response.RemovedResources);
    }

    [Fact]
    public void A_new_service_reaches_a_wildcard_subscription()
    {
        var stream = Everything();
        _world.Service("late", A);
        stream.Publish();

        Assert.Equal(XdsTypes.PushOrder.Select(t => t.Url()), stream.Settle().Select(r => r.TypeUrl));
    }

    [Fact]
    public void Random_changes_and_answers_always_end_with_the_client_holding_the_snapshot()
    {
        const int seed = 20261122;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var stream = Everything();
        var held = XdsTypes.PushOrder.ToDictionary(t => t.Url(), _ => new Dictionary<string, string>());
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
                case 2 when _world.Current[XdsFlavour.Mesh].Find(Eds, name) is not null: _world.Endpoints(name, $"10.0.1.{random.Next(1, 200)}"); break;
                case 3: stream.Publish(); break;
                default:
                    if (stream.Next() is { } response) Take(response);
                    break;
            }
        }

        stream.Publish();
        while (stream.Next() is { } rest) Take(rest);
        foreach (var type in XdsTypes.PushOrder)
        {
            var view = _world.Current[XdsFlavour.Mesh];
            Assert.Equal(view.Names(type).Order().Select(n => (n, view.Find(type, n)!.Version)), held[type.Url()].OrderBy(h => h.Key).Select(h => (h.Key, h.Value)));
        }
    }

    private DeltaStream Everything()
    {
        var stream = new DeltaStream(_world);
        foreach (var type in XdsTypes.PushOrder) stream.Subscribe(type, "*");
        stream.Settle();
        return stream;
    }
}
