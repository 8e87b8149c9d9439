using Mesh.Contracts.Discovery;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Log;
using Mesh.Tests.Conformance;
using Mesh.Tests.ControlPlane;
using Mesh.Tests.Support;
using Mesh.Traffic.State;

namespace Mesh.Tests.Interop;

/// <summary>gRPC C-core, a client that shares no code with the other one: what an older library refuses, it shows.</summary>
public class CoreXdsTests
{
    private static readonly TimeSpan OftenEnough = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Grpc_core_reaches_a_service_and_follows_its_instances_without_a_failed_call()
    {
        await using var host = await ControlPlaneHarness.Start();
        await using var one = await Instance("one");
        await using var two = await Instance("two");
        Register(host, one);
        await host.Compiled();
        await using var client = Start(host);
        Assert.Equal("one", Assert.Single(await client.Call(new("echo"), 1, 1)).Server);

        using var stop = new CancellationTokenSource();
        var load = client.Load(new("echo"), 100, stop.Token);
        Register(host, two);
        await Eventually.True(() => two.Seen.Count > 20, Patience, "the added instance gets calls");
        host.Replica.Deregister("echo", "127.0.0.1", one.Port);
        await host.Synced();
        var seen = two.Seen.Count;
        await Eventually.True(() => two.Seen.Count > seen + 50, Patience, "the instance that is left gets calls");
        await stop.CancelAsync();
        Assert.All(await load, call => Assert.Equal((0, ""), (call.Status, call.Text)));
        Assert.All(await client.Call(new("echo"), 20, 1), call => Assert.Equal("two", call.Server));
    }

    [Fact]
    public async Task A_client_of_before_string_match_is_told_of_header_tests_in_fields_that_it_knows()
    {
        await using var host = await ControlPlaneHarness.Start();
        await using var old = await Instance("old");
        await using var beta = await Instance("beta");
        Register(host, old);
        host.Replica.Register("beta", "127.0.0.1", beta.Port, protocol: MeshProtocol.Grpc);
        await using var client = Start(host);
        foreach (var (test, taken, left) in (IReadOnlyList<(ValueMatchSpec, string?, string?)>)
        [
            (new() { Name = "x-user", Exact = "beta" }, "beta", "beta2"),
            (new() { Name = "x-user", Exact = "" }, "", "beta"),
            (new() { Name = "x-user", Prefix = "be" }, "beta", "abe"),
            (new() { Name = "x-user", Suffix = "ta" }, "beta", "tab"),
            (new() { Name = "x-user", Regex = "b.*a" }, "beta", "betas"),
            (new() { Name = "x-user", Present = true }, "anybody", null),
            (new() { Name = "x-user", Present = true, Invert = true }, null, "anybody"),
            (new() { Name = "x-user", Exact = "beta", Invert = true }, "alpha", "beta"),
            (new() { Name = "x-user", Exact = "beta", Invert = true }, null, "beta"),
            (new() { Name = "x-user", Regex = "(beta)?", Invert = true }, null, "beta"),
        ])
        {
            Route(host, new()
            {
                Namespace = "default", Service = "echo", Name = "beta", Match = [new() { Headers = [test] }],
                Destinations = [new() { Service = "beta", Weight = 100 }],
            });
            // What it has accepted it uses from its next call on, at the latest.
            await Called(client, taken, "beta", test);
            await Called(client, left, "old", test);
            await host.Synced();
        }
    }

    [Fact]
    public async Task Weights_may_add_up_to_anything_for_a_client_that_takes_100_for_their_sum()
    {
        await using var host = await ControlPlaneHarness.Start();
        await using var old = await Instance("old");
        await using var beta = await Instance("beta");
        Register(host, old);
        host.Replica.Register("beta", "127.0.0.1", beta.Port, protocol: MeshProtocol.Grpc);
        Route(host, new()
        {
            Namespace = "default", Service = "echo", Name = "default",
            Destinations = [new() { Service = "echo", Weight = 1 }, new() { Service = "beta", Weight = 2 }],
        });
        await host.Compiled();
        await using var client = Start(host);
        var calls = await client.Call(new("echo"), 600, 4);
        Assert.All(calls, call => Assert.Equal(Outcome.Ok, call.Outcome));
        Bounds.Share(2.0 / 3, calls.Count(call => call.Server == "beta"), calls.Count);
        await host.Synced();
    }

    [Fact]
    public async Task A_stream_that_is_cut_again_and_again_costs_no_call_and_brings_what_the_client_names_and_nothing_else()
    {
        var sent = new SentResources();
        await using var host = await ControlPlaneHarness.Start(more: sent.Watch);
        await using var one = await Instance("one");
        await using var two = await Instance("two");
        Register(host, one);
        for (var i = 0; i < 200; i++) host.Replica.Register($"other-{i}", "10.0.0.1", protocol: MeshProtocol.Grpc);
        await host.Compiled();
        await using var between = new FaultyTcp(host.Address.Port);
        await using var client = CoreClient.Start(new Uri($"http://127.0.0.1:{between.Port}"), "core-client", backupPoll: OftenEnough);
        Assert.Equal("one", Assert.Single(await client.Call(new("echo"), 1, 1)).Server);

        using var stop = new CancellationTokenSource();
        var load = client.Load(new("echo"), 50, stop.Token);
        for (var cut = 1; cut <= 3; cut++)
        {
            between.CutClients();
            await Eventually.True(() => sent.Streams.Count > cut && sent.Streams[^1].Types == 4, Patience,
                "the next stream has answered every type");
            var seen = one.Seen.Count;
            await Eventually.True(() => one.Seen.Count > seen + 20, Patience, "calls go on");
        }

        Assert.All(sent.Streams, stream => Assert.InRange(stream.Resources, 0, 4));
        between.CutClients();
        Register(host, two);
        await Eventually.True(() => two.Seen.Count > 20, Patience, "what has changed meanwhile comes with the next stream");
        await stop.CancelAsync();
        Assert.All(await load, call => Assert.Equal((0, ""), (call.Status, call.Text)));
    }

    private static ClientProcess Start(ControlPlaneHarness host) => CoreClient.Start(host.Address, "core-client", backupPoll: OftenEnough);

    private static async Task<Backend> Instance(string name)
    {
        var instance = new Backend(name, grpc: true);
        await instance.Start();
        return instance;
    }

    private static Task Called(ClientProcess client, string? user, string server, ValueMatchSpec test)
    {
        var call = new CallSpec("echo")
        {
            Headers = user is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["x-user"] = user },
        };
        CallResult? last = null;
        return Eventually.True(async () => (last = (await client.Call(call, 1, 1))[0]).Server == server, Patience,
            () => $"{test} sends '{user}' to {server}, not {last}");
    }

    private static void Register(ControlPlaneHarness host, Backend instance) =>
        host.Replica.Register("echo", "127.0.0.1", instance.Port, protocol: MeshProtocol.Grpc);

    private static void Route(ControlPlaneHarness host, RouteSpec route) =>
        host.Replica.Append(NewEvent.Of(TrafficStreams.Route(new(route.Namespace, route.Service), route.Name), new RouteSet(route)));
}
