using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Grpc.Net.Client;
using Mesh.Tests.Support;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Flow;

/// <summary>
/// Canaries and blue-green switches over the whole way: real requests through the gateway, its load reports, real Workers that are killed.
/// </summary>
public sealed class DeliveryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_canary_that_answers_5_percent_errors_is_taken_back_by_itself_though_its_worker_is_killed()
    {
        await using var mesh = await StartAsync();
        await using var one = await Upstream.StartAsync("one");
        await using var two = await Upstream.StartAsync("two");
        await Serve(mesh, one, two);
        await using var load = new Load(mesh);
        await Post(mesh, "canaries",
            new { service = "shop", stable = "shop@v1", canary = "shop@v2", steps = new[] { 30, 60 }, bakeTime = "20s",
                success = new { minRequests = 100 } });
        await Eventually.True(() => load.Two > 20, Patience, "the canary gets requests");
        await mesh.Kill("worker");
        // Not sooner: the worker aborts it within a second.
        two.FailEvery(20);
        await Eventually.True(
            async () => (await Canary(mesh)).TryGetProperty("observed", out var seen) && seen.GetProperty("canary") is var tried
                && tried.GetProperty("requests").GetInt64() is >= 100 and var requests
                && tried.GetProperty("failed").GetInt64() * 100 > requests * 2,
            Patience, "what it answers is reported while no worker looks");
        Assert.Equal("running", (await Canary(mesh)).GetProperty("phase").GetString());
        await mesh.StartPart("worker");

        await Eventually.True(async () => (await Canary(mesh)).GetProperty("phase").GetString() == "aborted", Patience, "it is aborted");
        var canary = await Canary(mesh);
        Assert.Equal(["started anonymous", "aborted reconciler:traffic-canary"],
            History(canary).Select(step => $"{step.GetProperty("what")} {step.GetProperty("by")}"));
        Assert.Contains("requests failed", canary.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.InRange(canary.GetProperty("observed").GetProperty("canary").GetProperty("failed").GetInt64(), 1, long.MaxValue);
        await AllGoTo(mesh, "one");
        await load.StopAsync();
        // What is not an answer of the canary is none of its failures.
        Assert.DoesNotContain(load.Statuses, status => status is not (HttpStatusCode.OK or HttpStatusCode.InternalServerError));
    }

    [Fact]
    public async Task A_healthy_canary_promotes_itself_to_the_end_though_its_worker_is_killed_and_no_request_is_lost()
    {
        await using var mesh = await StartAsync();
        await using var one = await Upstream.StartAsync("one");
        await using var two = await Upstream.StartAsync("two");
        await Serve(mesh, one, two);
        await using var load = new Load(mesh);
        await Post(mesh, "canaries",
            new { service = "shop", stable = "shop@v1", canary = "shop@v2", steps = new[] { 30, 60 }, bakeTime = "6s",
                success = new { minRequests = 50 } });
        await Eventually.True(async () => (await Canary(mesh)).GetProperty("step").GetInt32() == 2, Patience, "the first step is passed");
        await mesh.Kill("worker");
        Assert.Equal("running", (await Canary(mesh)).GetProperty("phase").GetString());
        await mesh.StartPart("worker");

        await Eventually.True(async () => (await Canary(mesh)).GetProperty("phase").GetString() == "completed", Patience,
            "it completes itself");
        var history = History(await Canary(mesh)).ToList();
        Assert.Equal(["started 30", "advanced 60", "advanced 100", "completed 100"],
            history.Select(step => $"{step.GetProperty("what")} {step.GetProperty("weight")}"));
        foreach (var (step, before) in history.Skip(1).Zip(history))
        {
            Assert.True(
                step.GetProperty("time").GetDateTimeOffset() - before.GetProperty("time").GetDateTimeOffset() >= TimeSpan.FromSeconds(6),
                $"{before} {step}");
            Assert.InRange(step.GetProperty("observed").GetProperty("canary").GetProperty("requests").GetInt64(), 50, long.MaxValue);
        }

        await AllGoTo(mesh, "two");
        await load.StopAsync();
        Assert.Equal([HttpStatusCode.OK], load.Statuses);
        using var channel = GrpcChannel.ForAddress(mesh.ControlPlane);
        var facade = new V1.Delivery.DeliveryClient(channel);
        var shown = await facade.GetCanaryAsync(new() { Service = "shop" }, cancellationToken: Ending);
        Assert.Equal(("completed", 4, 4L), (shown.Phase, shown.History.Count, shown.Revision));
        Assert.False((await facade.PromoteCanaryAsync(new() { Service = "shop", All = true }, cancellationToken: Ending)).Changed);
        Assert.Equal(4,
            (await mesh.Get($"{mesh.Registry}/api/v1/events?stream=traffic/default/shop/delivery")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_blue_green_switch_and_its_rollback_under_load_lose_no_request()
    {
        await using var mesh = await AspireMesh.StartAsync();
        await using var one = await Upstream.StartAsync("one");
        await using var two = await Upstream.StartAsync("two");
        await Serve(mesh, one, two);
        await using var load = new Load(mesh);
        for (var i = 0; i < 3; i++)
        {
            await Post(mesh, "blue-green", new { service = "shop", to = "shop@v2" });
            await AllGoTo(mesh, "two");
            await Post(mesh, "blue-green/rollback", new { service = "shop" });
            await AllGoTo(mesh, "one");
        }

        await load.StopAsync();
        Assert.Equal([HttpStatusCode.OK], load.Statuses);
        Assert.True(load.Two > 50, $"{load.Two} requests only");
    }

    private static Task<AspireMesh> StartAsync() => AspireMesh.StartAsync(builder =>
    {
        builder.Host("worker").WithEnvironment("Mesh__Delivery__CheckInterval", "00:00:00.5");
        builder.Host("controlplane").WithEnvironment("Mesh__ControlPlane__LoadReportInterval", "00:00:01");
    });

    private static async Task Serve(AspireMesh mesh, Upstream one, Upstream two)
    {
        await mesh.Register(new() { Name = "shop", Url = one.Url, Version = "v1" });
        await mesh.Register(new() { Name = "shop", Url = two.Url, Version = "v2" });
        await Post(mesh, "routes", new { service = "shop", destinations = new[] { new { service = "shop@v1" } } });
        await AllGoTo(mesh, "one");
    }

    private static async Task Post(AspireMesh mesh, string path, object body)
    {
        using var answer = await mesh.Http.PostAsJsonAsync($"{mesh.Registry}/api/traffic/{path}", body, Ending);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ending));
        Assert.True((await answer.Content.ReadFromJsonAsync<JsonElement>(Ending)).GetProperty("changed").GetBoolean());
    }

    private static Task<JsonElement> Canary(AspireMesh mesh) => mesh.Get($"{mesh.Registry}/api/traffic/canaries/shop");

    private static IEnumerable<JsonElement> History(JsonElement canary) => canary.GetProperty("history").EnumerateArray();

    /// <summary>Waits until two hundred requests in a row are answered by one of the two.</summary>
    private static Task AllGoTo(AspireMesh mesh, string name) => Eventually.True(async () =>
    {
        for (var i = 0; i < 200; i++)
        {
            using var answer = await mesh.Http.GetAsync($"{mesh.Gateway}/shop/x", Ending);
            if (!answer.IsSuccessStatusCode || !(await answer.Content.ReadAsStringAsync(Ending)).StartsWith(name, StringComparison.Ordinal))
                return false;
        }

        return true;
    }, Patience, $"all requests go to {name}");

    /// <summary>Requests without a break, until it is stopped.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly ConcurrentDictionary<HttpStatusCode, int> _statuses = new();
        private readonly Task _running;
        private int _two;

        public Load(AspireMesh mesh) => _running = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync(mesh)));

        /// <summary>Answers of the second one.</summary>
        public int Two => Volatile.Read(ref _two);

        public IReadOnlySet<HttpStatusCode> Statuses => _statuses.Keys.ToHashSet();

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _running;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _stop.Dispose();
        }

        private async Task RunAsync(AspireMesh mesh)
        {
            while (!_stop.IsCancellationRequested)
            {
                using var answer = await mesh.Http.GetAsync($"{mesh.Gateway}/shop/load", CancellationToken.None);
                _statuses.AddOrUpdate(answer.StatusCode, 1, (_, count) => count + 1);
                if ((await answer.Content.ReadAsStringAsync(CancellationToken.None)).StartsWith("two", StringComparison.Ordinal))
                    Interlocked.Increment(ref _two);
            }
        }
    }
}
