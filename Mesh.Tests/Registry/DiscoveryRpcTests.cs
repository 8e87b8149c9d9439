using System.Text;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Registry;

[Collection(RegistryCollection.Name)]
public sealed class DiscoveryRpcTests : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly V1.Discovery.DiscoveryClient _discovery;
    private readonly V1.DiscoveryStatus.DiscoveryStatusClient _status;

    public DiscoveryRpcTests(SharedRegistry registry)
    {
        _channel = GrpcChannel.ForAddress(registry.Address);
        _discovery = new(_channel);
        _status = new(_channel);
    }

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => _channel.Dispose();

    private async Task<V1.WriteReply> Register(string ns, string id, int port, Action<V1.RegisterRequest>? change = null)
    {
        var request = new V1.RegisterRequest { Name = "echo", Namespace = ns, InstanceId = id, Address = "127.0.0.1", Port = port };
        change?.Invoke(request);
        return await _discovery.RegisterAsync(request, cancellationToken: Ending);
    }

    private async Task<V1.Service> Get(string ns) =>
        await _discovery.GetServiceAsync(new() { Name = "echo", Namespace = ns }, cancellationToken: Ending);

    [Fact]
    public async Task A_service_is_registered_read_and_deregistered()
    {
        var first = await Register("rpc", "a", 1, request => request.Metadata.Add("team", "a"));
        Assert.Equal((true, 1, "a"), (first.Changed, first.Instances, first.InstanceId));
        Assert.False((await Register("rpc", "a", 1, request => request.Metadata.Add("team", "a"))).Changed);
        var instance = Assert.Single((await Get("rpc")).Instances);
        Assert.Equal(("127.0.0.1", 1, "http", 100, "passing", "active", "a"),
            (instance.Address, instance.Port, instance.Protocol, instance.Weight, instance.Health, instance.Mode,
                instance.Metadata["team"]));
        Assert.Equal(1, (await _discovery.DeregisterAsync(new() { Name = "echo", Namespace = "rpc" }, cancellationToken: Ending)).Affected);
        var gone = await Assert.ThrowsAsync<RpcException>(() => Get("rpc"));
        Assert.Equal(StatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Refusals_carry_the_problem_details_of_REST()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => Register("NO", "a b", 0));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        var problem = JsonElement.Parse(refused.Trailers.GetValueBytes("problem-bin")!);
        Assert.Equal(["instanceId", "namespace", "port"],
            problem.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("field").GetString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_0_that_was_said_is_not_taken_for_the_default()
    {
        async Task<string[]> Faults(Action<V1.RegisterRequest> change)
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => Register("rpc-zero", "a", 1, change));
            return [
                .. JsonElement.Parse(refused.Trailers.GetValueBytes("problem-bin")!).GetProperty("errors").EnumerateArray()
                    .Select(e => e.GetProperty("field").GetString()!).Order(StringComparer.Ordinal)];
        }

        Assert.Equal(["weight"], await Faults(request => request.Weight = 0));
        Assert.Equal(["healthCheck.fall", "healthCheck.rise"],
            await Faults(request => request.HealthCheck = new V1.HealthCheck { Kind = "http", Rise = 0, Fall = 0 }));
        Assert.Equal(100, Assert.Single((await RegisteredPlainly()).Instances).Weight);

        async Task<V1.Service> RegisteredPlainly()
        {
            await Register("rpc-zero", "a", 1);
            return await Get("rpc-zero");
        }
    }

    [Fact]
    public async Task Conditions_keys_and_incarnations_hold_as_in_REST()
    {
        var first = await Register("rpc-rules", "a", 1, request => request.TtlSeconds = 30);
        var stale = await Assert.ThrowsAsync<RpcException>(async () => await _discovery.RegisterAsync(
            new() { Name = "echo", Namespace = "rpc-rules", InstanceId = "a", Url = "http://127.0.0.1:2" },
            new Metadata { { "if-match", "\"99\"" } }, cancellationToken: Ending));
        Assert.Equal(StatusCode.FailedPrecondition, stale.StatusCode);

        var key = new Metadata { { "idempotency-key", "rpc-key-1" } };
        var second = await _discovery.RegisterAsync(
            new() { Name = "echo", Namespace = "rpc-rules", InstanceId = "a", Url = "http://127.0.0.1:2", TtlSeconds = 30 }, key,
            cancellationToken: Ending);
        var replayed = await _discovery.RegisterAsync(
            new() { Name = "echo", Namespace = "rpc-rules", InstanceId = "a", Url = "http://127.0.0.1:2", TtlSeconds = 30 }, key,
            cancellationToken: Ending);
        Assert.Equal((second.Sequence, true), (replayed.Sequence, replayed.Changed));
        var reused = await Assert.ThrowsAsync<RpcException>(
            async () => await _discovery.RegisterAsync(new() { Name = "other", Url = "http://127.0.0.1:2" }, key,
                cancellationToken: Ending));
        Assert.Equal(StatusCode.InvalidArgument, reused.StatusCode);

        var older = await Assert.ThrowsAsync<RpcException>(async () => await _discovery.HeartbeatAsync(
            new() { Name = "echo", Namespace = "rpc-rules", InstanceId = "a", Incarnation = first.Incarnation },
            cancellationToken: Ending));
        Assert.Equal(StatusCode.Aborted, older.StatusCode);
        Assert.Equal(30,
            (await _discovery.HeartbeatAsync(
                new() { Name = "echo", Namespace = "rpc-rules", InstanceId = "a", Incarnation = second.Incarnation },
                cancellationToken: Ending)).TtlSeconds);
    }

    [Fact]
    public async Task A_watch_gives_the_list_now_and_whole_again_after_each_change_of_it()
    {
        await Register("rpc-watch", "a", 1);
        using var watch = _discovery.Watch(new() { Namespace = "rpc-watch" }, cancellationToken: Ending);
        var lists = watch.ResponseStream;
        Assert.True(await lists.MoveNext(Ending));
        Assert.Single(lists.Current.Items[0].Instances);
        await Register("rpc-watch-other", "a", 1);
        var second = await Register("rpc-watch", "b", 2);
        Assert.True(await lists.MoveNext(Ending));
        Assert.Equal(2, lists.Current.Items[0].Instances.Count);
        Assert.True(lists.Current.Sequence >= second.Sequence);
        await _discovery.DeregisterAsync(new() { Name = "echo", Namespace = "rpc-watch" }, cancellationToken: Ending);
        Assert.True(await lists.MoveNext(Ending));
        Assert.Empty(lists.Current.Items);
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_gets_the_newest_list_and_no_queue_of_old_ones()
    {
        using var watch = _discovery.Watch(new() { Namespace = "rpc-slow" }, cancellationToken: Ending);
        var metadata = new string('x', 500);
        V1.WriteReply last = new();
        // More than the flow-control windows hold, so that the server has to wait for the client.
        for (var i = 1; i <= 120; i++)
            last = await Register("rpc-slow", $"i{i}", i, request => { for (var k = 0; k < 10; k++)
                request.Metadata.Add($"k{k}", metadata); });
        var received = 0;
        do
        {
            Assert.True(await watch.ResponseStream.MoveNext(Ending));
            received++;
        }
        while (watch.ResponseStream.Current.Sequence < last.Sequence);
        Assert.Equal(120, Assert.Single(watch.ResponseStream.Current.Items).Instances.Count);
        Assert.InRange(received, 1, 119);
    }

    [Fact]
    public async Task Workers_report_verdicts_and_addresses()
    {
        foreach (var n in new[] { 1, 2, 3 })
            await Register("rpc-status", $"i{n}", n, request => request.HealthCheck = new() { Kind = "http" });
        V1.ReportHealthRequest Report(string health, params int[] instances)
        {
            var request = new V1.ReportHealthRequest { Name = "echo", Namespace = "rpc-status" };
            request.Verdicts.AddRange(
                instances.Select(n => new V1.Verdict { InstanceId = $"i{n}", Source = "probe", Health = health, Detail = "because" }));
            return request;
        }

        Assert.True((await _status.ReportHealthAsync(Report("passing", 1, 2, 3), cancellationToken: Ending)).Changed);
        Assert.False((await _status.ReportHealthAsync(Report("passing", 1, 2, 3), cancellationToken: Ending)).Changed);
        Assert.Equal(2, (await _status.ReportHealthAsync(Report("critical", 1, 2), cancellationToken: Ending)).Protected);
        Assert.Equal([("critical", true), ("critical", true), ("passing", false)],
            (await Get("rpc-status")).Instances.Select(i => (i.Health, i.Protected)));

        await Register("rpc-status", "host", 4, request => request.Address = "host.local");
        var hosts = new V1.ReportAddressesRequest
        {
            Name = "echo",
            Namespace = "rpc-status",
            Hosts = { new V1.HostAddresses { Host = "host.local", Addresses = { "10.0.0.1" } } },
        };
        Assert.True((await _status.ReportAddressesAsync(hosts, cancellationToken: Ending)).Changed);
        Assert.Equal(["10.0.0.1"], (await Get("rpc-status")).Instances.Single(i => i.Id == "host").Addresses);
        Assert.False(
            (await _status.ApplyDefaultsAsync(new() { Name = "echo", Namespace = "rpc-status", Module = "discovery" },
                cancellationToken: Ending)).Changed);
        Assert.True(
            (await _status.ApplyDefaultsAsync(new() { Name = "echo", Namespace = "rpc-status", Module = "another" },
                cancellationToken: Ending)).Changed);
        Assert.False(
            (await _status.ExpireCriticalAsync(new() { Name = "echo", Namespace = "rpc-status" }, cancellationToken: Ending)).Changed);

        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await _status.ReportHealthAsync(Report("fine", 1, 1), cancellationToken: Ending));
        Assert.Contains("verdicts[0].health", Encoding.UTF8.GetString(refused.Trailers.GetValueBytes("problem-bin")!));
    }

    [Fact]
    public async Task Equal_requests_have_one_hash_in_whatever_order_their_metadata_was_sent()
    {
        var key = new Metadata { { "idempotency-key", "rpc-order-1" } };
        V1.RegisterRequest Request(params string[] names)
        {
            var request = new V1.RegisterRequest { Name = "echo", Namespace = "rpc-order", Url = "http://127.0.0.1:1" };
            foreach (var name in names) request.Metadata.Add(name, "x");
            return request;
        }

        var first = await _discovery.RegisterAsync(Request("a", "b", "c"), key, cancellationToken: Ending);
        var again = await _discovery.RegisterAsync(Request("c", "a", "b"), key, cancellationToken: Ending);
        Assert.Equal((first.Sequence, true), (again.Sequence, again.Changed));
    }

    [Fact]
    public async Task A_refusal_with_many_faults_says_the_first_ones_and_how_many_more_there_are()
    {
        var request = new V1.ReportHealthRequest { Name = "echo", Namespace = "rpc-faults" };
        for (var i = 0; i < 2_000; i++) request.Verdicts.Add(new V1.Verdict { InstanceId = $"ä{i}", Source = "probe", Health = "grün" });
        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await _status.ReportHealthAsync(request, cancellationToken: Ending));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.InRange(Encoding.UTF8.GetByteCount(refused.Status.Detail), 100, 2_048);
        var trailer = refused.Trailers.GetValueBytes("problem-bin")!;
        Assert.InRange(trailer.Length, 500, 3_072);
        var faults = JsonElement.Parse(trailer).GetProperty("errors").EnumerateArray().ToList();
        Assert.Equal("verdicts[0].health", faults[0].GetProperty("field").GetString());
        Assert.Equal(("more-faults", $"And {2_000 - faults.Count + 1} more."),
            (faults[^1].GetProperty("code").GetString(), faults[^1].GetProperty("message").GetString()));
    }
}
