using System.Diagnostics;
using Grpc.Core;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>Names that are not here, over the wire: the control plane reads the log's head before it says that there is none.</summary>
public class AbsenceCheckTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly Dictionary<string, string?> Patient = new() { ["Mesh:ControlPlane:AbsentAfter"] = "00:00:10" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_that_is_in_the_log_already_is_waited_for()
    {
        await using var host = await ControlPlaneHarness.Start(settings: Patient);
        await host.Compiled();
        host.Replica.Head.Ahead = 1;
        using var call = Open(host);
        await Ask(call, "late");
        using var delta = new DeltaClient(host, "delta");
        await delta.Subscribe(XdsTypes.Listener, "late");
        var read = call.ResponseStream.MoveNext(Token);
        await Support.Eventually.True(() => host.Replica.Head.Reads > 1, Patience, "both streams have asked");

        host.Replica.Register("late", "10.0.0.1");

        Assert.True(await read.WaitAsync(Patience, Token));
        var listener = Assert.Single(call.ResponseStream.Current.Resources).Unpack<Listener>();
        Assert.Equal("late", listener.Name);
        Assert.Equal("late", Assert.Single((await delta.Next(ack: true)).Resources).Name);
        await Ask(call, "late", XdsTypes.ClusterLoadAssignment);
        await call.ResponseStream.MoveNext(Token).WaitAsync(Patience, Token);
        Assert.Single(call.ResponseStream.Current.Resources[0].Unpack<ClusterLoadAssignment>().Endpoints);
    }

    [Fact]
    public async Task A_name_that_the_log_does_not_have_is_absent_as_soon_as_that_is_known()
    {
        await using var host = await ControlPlaneHarness.Start(settings: Patient);
        await host.Compiled();
        using var call = Open(host);
        var begun = Stopwatch.GetTimestamp();
        await Ask(call, "nobody");
        Assert.True(await call.ResponseStream.MoveNext(Token).WaitAsync(Patience, Token));
        Assert.Single(call.ResponseStream.Current.Resources);
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(9), "it does not wait for the time to be up");
    }

    [Fact]
    public async Task A_replica_that_does_not_come_level_holds_a_name_no_longer_than_set()
    {
        await using var host = await ControlPlaneHarness.Start(settings: new Dictionary<string, string?>
        {
            ["Mesh:ControlPlane:AbsentAfter"] = "00:00:00.2",
        });
        await host.Compiled();
        host.Replica.Head.Ahead = 1;
        using var call = Open(host);
        await Ask(call, "nobody");
        Assert.True(await call.ResponseStream.MoveNext(Token).WaitAsync(Patience, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_registry_that_does_not_answer_delays_nothing_else(bool frozen)
    {
        await using var host = await ControlPlaneHarness.Start(settings: new Dictionary<string, string?>
        {
            ["Mesh:ControlPlane:AbsentAfter"] = frozen ? "00:00:10" : "00:00:05",
        });
        host.Replica.Register("echo", "10.0.0.1");
        await host.Compiled();
        var thaw = new TaskCompletionSource();
        (host.Replica.Head.Away, host.Replica.Head.Gate) = (true, frozen ? thaw.Task : Task.CompletedTask);
        using var delta = new DeltaClient(host, "delta");
        await delta.Subscribe(XdsTypes.Listener, "nobody", "echo");
        var first = await delta.Next(ack: true);
        Assert.Equal("echo", Assert.Single(first.Resources).Name);

        // A change comes through while the name still waits.
        await delta.Subscribe(XdsTypes.ClusterLoadAssignment, "echo");
        var answer = await delta.Until(r => r.TypeUrl == XdsTypes.ClusterLoadAssignment.Url);
        Assert.Single(answer.Resources);
        host.Replica.Register("echo", "10.0.0.2");
        await delta.Until(r => r.TypeUrl == XdsTypes.ClusterLoadAssignment.Url);
        thaw.SetResult();
    }

    private static AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> Open(ControlPlaneHarness host) =>
        new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(host.Channel).StreamAggregatedResources(cancellationToken: Token);

    private static Task Ask(AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> call, string name, XdsType? type = null) =>
        call.RequestStream.WriteAsync(
        new DiscoveryRequest
        {
            Node = new Node { Id = "grpc-client", UserAgentName = "gRPC C-core" },
            TypeUrl = (type ?? XdsTypes.Listener).Url,
            ResourceNames = { name },
        }, Token);
}
