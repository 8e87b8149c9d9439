using Mesh.Contracts.Discovery;
using Mesh.Tests.ControlPlane;
using Mesh.Tests.Support;

namespace Mesh.Tests.Interop;

public class GrpcJsXdsTests
{
    private const int Unavailable = 14;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    [Fact]
    public async Task Grpcs_own_xds_client_reaches_a_service_and_follows_its_instances_without_a_failed_call()
    {
        await using var host = await ControlPlaneHarness.Start();
        await using var one = await NamedGrpcServer.Start("one");
        await using var two = await NamedGrpcServer.Start("two");
        Register(host, one, 25);
        await host.Compiled();
        await using var client = XdsClientProcess.Start(host.Address, "echo", "node-client", Pause);
        await client.From(0, calls => calls.Any(c => c.Server == "one"), "the only instance answers");

        Register(host, two, 75);
        await client.From(0, calls => calls.Any(c => c.Server == "two"), "the added instance answers");
        var steady = client.Calls.Count;
        var shared = await client.From(steady, calls => calls.Count >= 400, "400 calls to both");
        Assert.InRange(shared.Count(c => c.Server == "two") / (double)shared.Count, 0.65, 0.85);

        host.Replica.Deregister("echo", "127.0.0.1", one.Port);
        await client.From(0, calls => calls.Count > 50 && calls.TakeLast(50).All(c => c.Server == "two"),
            "the removed instance gets no calls");
        await one.DisposeAsync();
        var after = client.Calls.Count;
        await client.From(after, calls => calls.Count >= 100, "100 calls after the removed one has ended");

        Assert.All(client.Calls, c => Assert.Equal((0, ""), (c.Code, c.Details)));
        await host.Synced();
    }

    [Fact]
    public async Task A_service_whose_instances_are_all_gone_is_unavailable_and_comes_back()
    {
        await using var host = await ControlPlaneHarness.Start();
        await using var server = await NamedGrpcServer.Start("one");
        Register(host, server, 100);
        host.Replica.KeepSettings("echo");
        await host.Compiled();
        await using var client = XdsClientProcess.Start(host.Address, "echo", "node-client", Pause);
        await client.From(0, calls => calls.Any(c => c.Server == "one"), "the instance answers");
        host.Replica.Deregister("echo", "127.0.0.1", server.Port);
        var gone = await client.From(0, calls => calls[^1].Code != 0, "calls fail");
        Assert.Equal(Unavailable, gone[^1].Code);
        var before = client.Calls.Count;
        Register(host, server, 100);

        await client.From(before, calls => calls.Any(c => c.Code == 0), "calls succeed again");
    }

    [Fact]
    public async Task An_unknown_service_is_unavailable_at_once_and_heals_when_it_comes()
    {
        await using var host = await ControlPlaneHarness.Start();
        await using var server = await NamedGrpcServer.Start("one");
        await using var client = XdsClientProcess.Start(host.Address, "echo", "node-client", TimeSpan.FromMilliseconds(50));

        var call = (await client.From(0, calls => calls.Count > 0, "the first call ends"))[0];
        Assert.Equal(Unavailable, call.Code);
        Assert.InRange(call.Milliseconds, 0, 14_000);
        Register(host, server, 100);
        await client.From(0, calls => calls[^1].Server == "one", "calls succeed");
    }

    [Fact]
    public async Task A_stream_that_is_cut_again_and_again_costs_no_call_and_brings_what_the_client_names_and_nothing_else()
    {
        var sent = new SentResources();
        await using var host = await ControlPlaneHarness.Start(more: sent.Watch);
        await using var one = await NamedGrpcServer.Start("one");
        await using var two = await NamedGrpcServer.Start("two");
        Register(host, one, 100);
        for (var i = 0; i < 200; i++) host.Replica.Register($"other-{i}", "10.0.0.1", protocol: MeshProtocol.Grpc);
        await host.Compiled();
        await using var between = new FaultyTcp(host.Address.Port);
        await using var client = XdsClientProcess.Start(new Uri($"http://127.0.0.1:{between.Port}"), "echo", "node-client", Pause);
        await client.From(0, calls => calls.Any(c => c.Server == "one"), "the only instance answers");
        await host.Synced();
        for (var cut = 1; cut <= 3; cut++)
        {
            between.CutClients();
            await Eventually.True(() => sent.Streams.Count > cut && sent.Streams[^1].Types == 4, TimeSpan.FromSeconds(60),
                "the next stream has answered every type");
            var calls = client.Calls.Count;
            await client.From(calls, further => further.Count >= 50, "calls go on");
        }

        Assert.All(sent.Streams, stream => Assert.Equal(4, stream.Resources));

        // What changes while the stream is gone comes with the next one.
        between.CutClients();
        Register(host, two, 100);
        host.Replica.Deregister("echo", "127.0.0.1", one.Port);
        await client.From(0, calls => calls.Count > 50 && calls.TakeLast(50).All(c => c.Server == "two"), "the change has come");
        Assert.All(client.Calls, c => Assert.Equal((0, ""), (c.Code, c.Details)));
    }

    private static void Register(ControlPlaneHarness host, NamedGrpcServer server, int weight) =>
        host.Replica.Register("echo", "127.0.0.1", server.Port, weight: weight, protocol: MeshProtocol.Grpc);
}
