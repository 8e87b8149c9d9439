using Mesh.ControlPlane.Ads;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using static Mesh.Tests.ControlPlane.SotwStream;

namespace Mesh.Tests.ControlPlane;

/// <summary>State of the world: what a subscription covers and how it is answered.</summary>
public class SotwSubscriptionTests
{
    private static readonly string[] A = ["10.0.0.1"];
    private static readonly string[] B = ["10.0.0.2"];
    private readonly World _world = new();

    [Fact]
    public void Cluster_and_listener_responses_hold_the_full_subscribed_set()
    {
        _world.Service("a", A);
        _world.Service("b", A);
        _world.Service("c", A);
        var stream = new SotwStream(_world);
        stream.Subscribe(XdsTypes.Cluster, "a", "b");
        stream.Settle();
        _world.Cluster("b", 9);
        stream.Publish();

        Assert.Equal(["a", "b"], NamesOf(stream.Expect(XdsTypes.Cluster)));
    }

    [Fact]
    public void A_subscribed_cluster_that_does_not_exist_is_answered_by_its_absence()
    {
        var stream = new SotwStream(_world);
        stream.Subscribe(XdsTypes.Cluster, "nobody");

        Assert.Empty(stream.Expect(XdsTypes.Cluster).Resources);
        stream.ExpectNothing();
    }

    [Fact]
    public void A_name_added_to_the_subscription_is_answered_and_endpoints_hold_only_what_is_new()
    {
        var stream = Everything(_world, "echo");
        _world.Service("late", B);
        stream.Publish();
        stream.Settle();
        stream.Subscribe(XdsTypes.Cluster, "echo", "late");
        Assert.Equal(["echo", "late"], NamesOf(stream.Expect(XdsTypes.Cluster)));
        stream.Subscribe(XdsTypes.ClusterLoadAssignment, "echo", "late");
        Assert.Equal(["late"], NamesOf(stream.Expect(XdsTypes.ClusterLoadAssignment)));
    }

    [Fact]
    public void A_stale_nonce_is_ignored()
    {
        _world.Service("echo", A);
        var stream = new SotwStream(_world);
        stream.Subscribe(XdsTypes.ClusterLoadAssignment, "echo");
        var old = stream.Expect(XdsTypes.ClusterLoadAssignment);
        stream.Ack(old);
        _world.Endpoints("echo", B);
        stream.Publish();
        var current = stream.Expect(XdsTypes.ClusterLoadAssignment);
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
        stream.Send(new DiscoveryRequest
        {
            TypeUrl = XdsTypes.Cluster.Url,
            ResourceNames = { "echo" },
            ResponseNonce = "7",
            VersionInfo = "old",
        });

        Assert.Equal(["echo"], NamesOf(stream.Expect(XdsTypes.Cluster)));
        Assert.Empty(stream.Observer.Acks);
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
            stream.Subscribe(XdsTypes.Cluster);
            return NamesOf(stream.Expect(XdsTypes.Cluster));
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
        var stream = new SotwStream(_world,
            new NodeIdentity { Id = "n", Flavour = XdsFlavour.Envoy, Upstreams = ["a:9101", "b"], Inbound = ["15006:8080"] });
        stream.Subscribe(XdsTypes.Listener);
        stream.Subscribe(XdsTypes.Cluster);

        Assert.Equal(["a", "b", "inbound:15006"], NamesOf(stream.Expect(XdsTypes.Cluster)));
        var listeners = stream.Expect(XdsTypes.Listener).Resources.Select(r => r.Unpack<Listener>()).ToList();
        Assert.Equal([("a", 9101u), ("inbound:15006", 15006u)], listeners.Select(l => (l.Name, l.Address.SocketAddress.PortValue)));
    }

    [Fact]
    public void A_grpc_client_gets_an_empty_cluster_for_an_unknown_service_and_only_endpoints_when_it_comes_and_goes()
    {
        var stream = new SotwStream(_world, new NodeIdentity { Id = "n", Flavour = XdsFlavour.Grpc });
        foreach (var type in XdsTypes.OfServices) stream.Subscribe(type, "late");
        Assert.Equal(XdsTypes.OfServices.Select(t => t.Url), stream.Settle().Select(r => r.TypeUrl));
        _world.Service("late", A);
        stream.Publish();
        Assert.Equal([XdsTypes.ClusterLoadAssignment.Url], stream.Settle().Select(r => r.TypeUrl));
        _world.Remove("late");
        stream.Publish();

        var gone = Assert.Single(stream.Settle());
        Assert.Empty(gone.Resources[0].Unpack<ClusterLoadAssignment>().Endpoints);
    }

    [Fact]
    public void A_grpc_client_gets_nothing_for_a_name_that_no_service_can_have()
    {
        var stream = new SotwStream(_world, new NodeIdentity { Id = "n", Flavour = XdsFlavour.Grpc });
        stream.Subscribe(XdsTypes.Listener, "grpc/server?xds.resource.listening_address=0.0.0.0:50051");

        Assert.Empty(stream.Expect(XdsTypes.Listener).Resources);
    }

    [Fact]
    public void Too_many_names_end_the_stream_with_the_limit()
    {
        var machine = new SotwMachine(TimeProvider.System, new RecordingObserver(), "cp");
        machine.Open(new StreamScope(new NodeIdentity { Id = "n" }, new EnvoyListeners(), delta: false), _world.Current);
        var request = new DiscoveryRequest { TypeUrl = XdsTypes.Cluster.Url };
        request.ResourceNames.AddRange(Enumerable.Range(0, SotwMachine.MaxNames + 1).Select(i => $"s{i}"));

        Assert.Contains("20000", machine.Receive(request));
    }
}
