using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Snapshots;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using static Mesh.Tests.ControlPlane.DeltaStream;

namespace Mesh.Tests.ControlPlane;

/// <summary>Delta: how subscriptions are answered, and what a client that comes back is sent.</summary>
public class DeltaSubscriptionTests
{
    private static readonly XdsType Eds = XdsTypes.ClusterLoadAssignment;
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
            TypeUrl = Eds.Url,
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
    public void A_wildcard_client_that_comes_back_gets_only_the_difference_and_then_what_is_gone_is_removed()
    {
        _world.Service("a", A);
        _world.Service("b", A);
        var held = _world.Current[XdsFlavour.Mesh];
        _world.Cluster("b", 9);
        var stream = new DeltaStream(_world);
        stream.Send(new DeltaDiscoveryRequest
        {
            TypeUrl = XdsTypes.Cluster.Url,
            InitialResourceVersions =
            {
                ["a"] = held.Find(XdsTypes.Cluster, "a")!.Version, ["b"] = held.Find(XdsTypes.Cluster, "b")!.Version,
                ["c"] = "0123456789abcdef",
            },
        });

        var response = stream.Expect(XdsTypes.Cluster);
        Assert.Equal(["b"], NamesOf(response));
        // Routes that the client still has may lead to it.
        Assert.Empty(response.RemovedResources);
        stream.ExpectNothing();
        stream.Ack(response);
        Assert.Equal(["c"], stream.Expect(XdsTypes.Cluster).RemovedResources);
    }

    [Fact]
    public void What_a_client_brought_along_and_is_gone_stays_until_its_new_routes_are_answered()
    {
        _world.Service("echo", A);
        var held = _world.Current[XdsFlavour.Mesh];
        var stream = new DeltaStream(_world);
        stream.Send(new DeltaDiscoveryRequest
        {
            TypeUrl = XdsTypes.Cluster.Url, ResourceNamesSubscribe = { "*" },
            InitialResourceVersions = { ["echo"] = held.Find(XdsTypes.Cluster, "echo")!.Version, ["old"] = "0123456789abcdef" },
        });
        stream.Send(new DeltaDiscoveryRequest
        {
            TypeUrl = XdsTypes.RouteConfiguration.Url, ResourceNamesSubscribe = { "echo" },
            InitialResourceVersions = { ["echo"] = "0123456789abcdef" },
        });
        stream.Ack(stream.Expect(XdsTypes.Cluster));
        var routes = stream.Expect(XdsTypes.RouteConfiguration);
        Assert.Equal(["echo"], NamesOf(routes));
        stream.ExpectNothing();
        stream.Ack(routes);

        Assert.Equal(["old"], stream.Expect(XdsTypes.Cluster).RemovedResources);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_client_that_comes_back_with_an_old_cluster_gets_its_endpoints_again_though_it_holds_them(bool answeredBetween)
    {
        _world.Service("echo", A);
        _world.Service("other", A);
        var held = _world.Current[XdsFlavour.Mesh];
        _world.Cluster("echo", 9);
        var stream = new DeltaStream(_world);
        stream.Send(new DeltaDiscoveryRequest
        {
            TypeUrl = XdsTypes.Cluster.Url, ResourceNamesSubscribe = { "*" },
            InitialResourceVersions = { Versions(held, XdsTypes.Cluster) },
        });
        var clusters = answeredBetween ? stream.Expect(XdsTypes.Cluster) : null;
        stream.Send(new DeltaDiscoveryRequest
        {
            TypeUrl = Eds.Url, ResourceNamesSubscribe = { "echo", "other" }, InitialResourceVersions = { Versions(held, Eds) },
        });
        clusters ??= stream.Expect(XdsTypes.Cluster);
        Assert.Equal(["echo"], NamesOf(clusters));
        Assert.Empty(stream.Expect(Eds).Resources);
        stream.Ack(clusters);

        stream.Time.Advance(PushOrder.Patience);
        Assert.Equal(["echo"], NamesOf(stream.Expect(Eds)));
        stream.ExpectNothing();
    }

    [Fact]
    public void A_client_that_names_what_it_holds_already_is_told_so_by_an_empty_answer()
    {
        _world.Service("a", A);
        var stream = new DeltaStream(_world);
        stream.Send(new DeltaDiscoveryRequest
        {
            TypeUrl = Eds.Url, ResourceNamesSubscribe = { "a" },
            InitialResourceVersions = { Versions(_world.Current[XdsFlavour.Mesh], Eds) },
        });

        var response = stream.Expect(Eds);
        Assert.Empty(response.Resources);
        Assert.Empty(response.RemovedResources);
        stream.ExpectNothing();
    }

    [Fact]
    public void Names_subscribed_again_are_not_counted_twice_and_too_many_end_the_stream_with_the_limit()
    {
        var machine = new DeltaMachine(TimeProvider.System, new RecordingObserver(), "cp");
        machine.Open(new StreamScope(SotwStream.MeshNode(), new EnvoyListeners(), delta: true), _world.Current);
        var request = new DeltaDiscoveryRequest { TypeUrl = Eds.Url };
        request.ResourceNamesSubscribe.AddRange(Enumerable.Range(0, DeltaMachine.MaxNames).Select(i => $"s{i}"));
        Assert.Null(machine.Receive(request));
        Assert.Null(machine.Receive(request));
        Assert.Null(
            machine.Receive(new DeltaDiscoveryRequest
            {
                TypeUrl = Eds.Url,
                ResourceNamesSubscribe = { "new" },
                ResourceNamesUnsubscribe = { "s0" },
            }));

        Assert.Contains("20000", machine.Receive(new DeltaDiscoveryRequest { TypeUrl = Eds.Url, ResourceNamesSubscribe = { "one more" } }));
    }

    [Fact]
    public void A_client_that_holds_everything_is_told_so_by_an_empty_answer_to_its_wildcard()
    {
        _world.Service("a", A);
        var stream = new DeltaStream(_world);
        stream.Send(new DeltaDiscoveryRequest
        {
            TypeUrl = XdsTypes.Cluster.Url,
            InitialResourceVersions = { ["a"] = _world.Current[XdsFlavour.Mesh].Find(XdsTypes.Cluster, "a")!.Version },
        });

        var response = stream.Expect(XdsTypes.Cluster);
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
        stream.Send(new DeltaDiscoveryRequest
        {
            TypeUrl = Eds.Url,
            ResourceNamesSubscribe = { "echo" },
            ResponseNonce = "of another stream",
        });

        Assert.Equal(["echo"], NamesOf(stream.Expect(Eds)));
        Assert.Empty(stream.Observer.Acks);
    }

    [Fact]
    public void Names_of_a_type_that_is_not_served_are_answered_as_absent()
    {
        const string runtime = "type.googleapis.com/envoy.service.runtime.v3.Runtime";
        var stream = new DeltaStream(_world);
        stream.Send(new DeltaDiscoveryRequest { TypeUrl = runtime, ResourceNamesSubscribe = { "layer" } });

        var answer = stream.Next()!;
        Assert.Equal((runtime, "layer"), (answer.TypeUrl, Assert.Single(answer.RemovedResources)));
        stream.ExpectNothing();
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
        stream.Subscribe(XdsTypes.Cluster, "*", "echo", "nobody");
        stream.Settle();
        stream.Unsubscribe(XdsTypes.Cluster, "echo", "nobody");

        var response = stream.Expect(XdsTypes.Cluster);
        Assert.Equal(["echo"], NamesOf(response));
        Assert.Equal(["nobody"], response.RemovedResources);
    }
    private static Dictionary<string, string> Versions(XdsView held, XdsType type) =>
        held.Names(type).ToDictionary(n => n, n => held.Find(type, n)!.Version);
}
