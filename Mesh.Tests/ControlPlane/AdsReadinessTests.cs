using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>Whom a control plane serves, lets wait or sends on that has no state yet, or an older one than its client has seen.</summary>
public class AdsReadinessTests
{
    private static readonly XdsType Eds = XdsTypes.ClusterLoadAssignment;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_has_seen_a_newer_sequence_is_sent_on()
    {
        await using var host = await ControlPlaneHarness.Start(settings: new Dictionary<string, string?>
        {
            ["Mesh:ControlPlane:CatchUp"] = "00:00:00.1",
        });
        host.Replica.Register("echo", "10.0.0.1");
        var node = DeltaClient.NodeOf("ahead", "*");
        node.Metadata.Fields["mesh.sequence"] = Value.ForString("9");

        var refused = await Assert.ThrowsAsync<RpcException>(() => FirstAnswer(host, node));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Contains("has seen 9", refused.Status.Detail);
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, 2, false)]
    [InlineData(2, 0, false)]
    [InlineData(0, 9, true)]
    public async Task A_position_is_held_against_the_same_log_by_epoch_first_and_against_another_log_never(long epoch, long sequence,
        bool served)
    {
        await using var host = await ControlPlaneHarness.Start(settings: new Dictionary<string, string?>
        {
            ["Mesh:ControlPlane:CatchUp"] = "00:00:00.1",
        });
        host.Replica.Register("echo", "10.0.0.1");
        // What it stands at itself must not be a matter of how soon it compiles: it waits for a tenth of a second only.
        await host.Compiled();
        var node = DeltaClient.NodeOf("back", "*");
        node.Metadata.Fields["mesh.sequence"] = Value.ForNumber(sequence);
        node.Metadata.Fields["mesh.log"] = Value.ForString($"{FakeReplica.Log with { Epoch = epoch }}");
        if (served) Assert.NotNull(await FirstAnswer(host, node));
        else
            Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(() => FirstAnswer(host, node))).StatusCode);

        node.Metadata.Fields["mesh.log"] = Value.ForString($"{World.Log with { Epoch = epoch }}");
        Assert.NotNull(await FirstAnswer(host, node));
        node.Metadata.Fields["mesh.log"] = Value.ForString("no log at all");
        Assert.NotNull(await FirstAnswer(host, node));
    }

    [Fact]
    public async Task A_control_plane_that_gets_no_state_holds_no_client_for_ever()
    {
        await using var host = await ControlPlaneHarness.Start(
            new FakeReplica(ready: false), new Dictionary<string, string?> { ["Mesh:ControlPlane:ServeBehindAfter"] = "00:00:00.2" });

        var refused = await Assert.ThrowsAsync<RpcException>(() => FirstAnswer(host, DeltaClient.NodeOf("early", "*")));
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Contains("no state yet", refused.Status.Detail);
    }

    [Fact]
    public async Task A_client_waits_for_a_control_plane_that_is_catching_up()
    {
        await using var host = await ControlPlaneHarness.Start(settings: new Dictionary<string, string?>
        {
            ["Mesh:ControlPlane:CatchUp"] = "00:00:20",
        });
        host.Replica.Register("echo", "10.0.0.1");
        var node = DeltaClient.NodeOf("ahead", "*");
        node.Metadata.Fields["mesh.sequence"] = Value.ForNumber(2);
        var answer = FirstAnswer(host, node);
        host.Replica.Register("echo", "10.0.0.2");

        Assert.Equal("2", (await answer).SystemVersionInfo);
    }

    [Fact]
    public async Task Nothing_is_served_before_there_is_a_state()
    {
        var replica = new FakeReplica(ready: false);
        await using var host = await ControlPlaneHarness.Start(replica);
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, (await host.Http.GetAsync("/health/ready", Token)).StatusCode);
        var answer = FirstAnswer(host, DeltaClient.NodeOf("early", "*"));
        replica.Register("echo", "10.0.0.1");
        replica.BecomeReady();

        Assert.Equal("1", (await answer).SystemVersionInfo);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await host.Http.GetAsync("/health/ready", Token)).StatusCode);
    }

    [Fact]
    public async Task The_last_known_good_copy_is_served_and_says_so()
    {
        var replica = new FakeReplica(ready: false);
        replica.Register("echo", "10.0.0.1");
        replica.BecomeReady(lastKnownGood: true);
        await using var host = await ControlPlaneHarness.Start(replica);

        Assert.Equal("1", (await FirstAnswer(host, DeltaClient.NodeOf("n", "*"))).SystemVersionInfo);
        var ready = await host.Http.GetAsync("/health/ready", Token);
        Assert.Equal(System.Net.HttpStatusCode.OK, ready.StatusCode);
        Assert.Contains("last-known-good", await ready.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task A_control_plane_behind_the_head_is_not_ready()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("echo", "10.0.0.1");
        await FirstAnswer(host, DeltaClient.NodeOf("n", "*"));
        host.Replica.Status = host.Replica.Status with { KnownHead = 500, Age = TimeSpan.FromSeconds(3) };
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, (await host.Http.GetAsync("/health/ready", Token)).StatusCode);
        host.Replica.Status = host.Replica.Status with { Age = TimeSpan.FromMilliseconds(900) };

        Assert.Equal(System.Net.HttpStatusCode.OK, (await host.Http.GetAsync("/health/ready", Token)).StatusCode);
    }

    [Fact]
    public async Task Without_a_node_the_first_request_is_refused()
    {
        await using var host = await ControlPlaneHarness.Start();

        var refused = await Assert.ThrowsAsync<RpcException>(() => FirstAnswer(host, null));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
    }

    private static async Task<DeltaDiscoveryResponse> FirstAnswer(ControlPlaneHarness host, Node? node)
    {
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(host.Channel).DeltaAggregatedResources(
            cancellationToken: Token);
        await call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { Node = node, TypeUrl = Eds.Url, ResourceNamesSubscribe = { "*" } },
            Token);
        Assert.True(await call.ResponseStream.MoveNext(Token).WaitAsync(Patience, Token));
        return call.ResponseStream.Current;
    }
}
