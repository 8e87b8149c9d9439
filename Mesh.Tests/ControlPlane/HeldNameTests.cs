using Mesh.ControlPlane.Ads;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>
/// A name that is not there is called absent only when the snapshot is level with the log as it was when the name was asked for.
/// </summary>
public class HeldNameTests
{
    private static readonly string[] A = ["10.0.0.1"];
    private static readonly NodeIdentity Grpc = new() { Id = "n", Flavour = XdsFlavour.Grpc };
    private readonly World _world = new();

    public static TheoryData<XdsType> Types => [.. XdsTypes.OfServices];

    public static TheoryData<XdsType> FullStateTypes => [.. XdsTypes.OfServices.Where(type => type.IsFullState)];

    [Theory]
    [MemberData(nameof(Types))]
    public void A_delta_client_is_not_told_that_a_name_is_absent_before_that_is_known(XdsType type)
    {
        var stream = new DeltaStream(_world);
        stream.Ask(type, "late");
        stream.ExpectNothing();
        Assert.Null(stream.Settled);

        stream.Release();

        Assert.Equal(["late"], stream.Expect(type).RemovedResources);
        stream.ExpectNothing();
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_delta_client_gets_a_name_that_comes_while_it_waits_and_nothing_before(XdsType type)
    {
        var stream = new DeltaStream(_world);
        stream.Ask(type, "late");
        stream.ExpectNothing();
        _world.Service("late", A);
        stream.Publish();

        var response = stream.Expect(type);

        Assert.Equal(["late"], DeltaStream.NamesOf(response));
        Assert.Empty(response.RemovedResources);
        Assert.Null(stream.Question);
        stream.ExpectNothing();
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_grpc_client_gets_a_name_that_comes_while_it_waits_and_no_placeholder_before(XdsType type)
    {
        var stream = new SotwStream(_world, Grpc);
        stream.Ask(type, "late");
        stream.ExpectNothing();
        var real = _world.Service("late", A)[XdsFlavour.Grpc].Find(type, "late")!;
        stream.Publish();

        var response = stream.Expect(type);

        Assert.Equal(real.Packed, Assert.Single(response.Resources));
        stream.ExpectNothing();
    }

    [Theory]
    [MemberData(nameof(FullStateTypes))]
    public void A_grpc_client_that_comes_back_gets_no_response_that_lacks_a_name_which_is_not_known_to_be_absent(XdsType type)
    {
        _world.Service("there", A);
        var stream = new SotwStream(_world, Grpc);
        stream.ComeBack(type, "held", "there");
        stream.ExpectNothing();

        stream.Release();

        Assert.Equal(["held", "there"], SotwStream.NamesOf(stream.Expect(type)));
        stream.ExpectNothing();
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_grpc_client_gets_the_placeholder_once_it_is_known_that_there_is_no_such_service(XdsType type)
    {
        var stream = new SotwStream(_world, Grpc);
        stream.Ask(type, "nobody");
        stream.ExpectNothing();

        stream.Release();

        Assert.Equal(["nobody"], SotwStream.NamesOf(stream.Expect(type)));
        stream.ExpectNothing();
    }

    [Theory]
    [InlineData(XdsFlavour.Mesh)]
    [InlineData(XdsFlavour.Grpc)]
    public void A_service_without_an_endpoint_is_not_said_to_have_none_before_that_is_known(XdsFlavour flavour)
    {
        _world.Service("empty", []);
        var stream = new DeltaStream(_world, new NodeIdentity { Id = "n", Flavour = flavour });
        stream.Ask(XdsTypes.ClusterLoadAssignment, "empty");
        stream.ExpectNothing();
        _world.Service("empty", A);
        stream.Publish();

        Assert.Equal(["empty"], DeltaStream.NamesOf(stream.Expect(XdsTypes.ClusterLoadAssignment)));
        Assert.Null(stream.Question);
    }

    [Fact]
    public void A_service_that_nobody_serves_is_told_once_that_is_known()
    {
        _world.Service("empty", []);
        var stream = new DeltaStream(_world, new NodeIdentity { Id = "n", Flavour = XdsFlavour.Mesh });
        stream.Ask(XdsTypes.ClusterLoadAssignment, "empty");
        stream.ExpectNothing();

        stream.Release();

        Assert.Equal(["empty"], DeltaStream.NamesOf(stream.Expect(XdsTypes.ClusterLoadAssignment)));
        stream.ExpectNothing();
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_name_that_waits_holds_up_no_other(XdsType type)
    {
        _world.Service("echo", A);
        var delta = new DeltaStream(_world, new NodeIdentity { Id = "n", Flavour = XdsFlavour.Mesh });
        delta.Ask(type, "echo", "late");
        var response = delta.Expect(type);
        Assert.Equal(["echo"], DeltaStream.NamesOf(response));
        Assert.Empty(response.RemovedResources);
        var world = new SotwStream(_world, Grpc);
        world.Ask(type, "echo", "late");
        Assert.Equal(["echo"], SotwStream.NamesOf(world.Expect(type)));
        world.ExpectNothing();

        // The types before and behind it, and changes, go on too.
        Acknowledge(delta, response);
        foreach (var other in XdsTypes.OfServices.Where(t => t != type)) delta.Ask(other, "echo");
        Assert.Equal(XdsTypes.OfServices.Where(t => t != type).Select(t => t.Url), Settle(delta));
        _world.Service("echo", ["10.0.0.2"], connectSeconds: 9);
        delta.Publish();
        Assert.Contains(XdsTypes.Cluster.Url, Settle(delta));
        Assert.NotNull(delta.Question);
    }

    [Fact]
    public void A_later_question_is_not_answered_by_an_earlier_answer()
    {
        var stream = new DeltaStream(_world);
        stream.Ask(XdsTypes.Listener, "first");
        var question = stream.Question;
        stream.Ask(XdsTypes.Listener, "second");

        stream.Release(question);

        Assert.Equal(["first"], stream.Expect(XdsTypes.Listener).RemovedResources);
        stream.ExpectNothing();
        Assert.NotNull(stream.Question);
    }

    [Fact]
    public void A_name_asked_for_again_waits_again()
    {
        var stream = new DeltaStream(_world);
        stream.Subscribe(XdsTypes.Listener, "late");
        stream.Settle();
        stream.Ask(XdsTypes.Listener, "late");
        stream.ExpectNothing();
        _world.Service("late", A);
        stream.Publish();

        Assert.Equal(["late"], DeltaStream.NamesOf(stream.Expect(XdsTypes.Listener)));
    }

    [Fact]
    public void A_name_that_is_given_up_while_it_waits_is_not_answered()
    {
        var stream = new DeltaStream(_world, new NodeIdentity { Id = "n", Flavour = XdsFlavour.Mesh });
        stream.Ask(XdsTypes.Listener, "late");
        stream.Ask(new DeltaDiscoveryRequest { TypeUrl = XdsTypes.Listener.Url, ResourceNamesUnsubscribe = { "late" } });

        Assert.Null(stream.Question);
        stream.ExpectNothing();
    }

    [Fact]
    public void What_no_service_can_be_called_is_answered_at_once()
    {
        var stream = new DeltaStream(_world);
        stream.Ask(XdsTypes.Listener, "grpc/server?xds.resource.listening_address=0.0.0.0:80");

        Assert.Single(stream.Expect(XdsTypes.Listener).RemovedResources);
    }

    private static void Acknowledge(DeltaStream stream, DeltaDiscoveryResponse response) =>
        stream.Ask(new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce });

    private static List<string> Settle(DeltaStream stream)
    {
        var types = new List<string>();
        while (stream.Next() is { } response)
        {
            types.Add(response.TypeUrl);
            Acknowledge(stream, response);
        }

        return types;
    }
}
