using System.Net;
using System.Net.Http.Json;
using Grpc.Core;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Loads;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.ControlPlane;

/// <summary>Load reports on raw streams, into windows in a real Redis.</summary>
public sealed class LoadReportTests(RedisProgram redis) : IClassFixture<RedisProgram>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_is_told_the_interval_and_what_it_reports_is_in_the_windows()
    {
        await using var host = await Start();
        await Serve(host, "told");
        using var client = new LoadClient(host, LoadClient.NodeOf("one", "*"));
        await client.Report();
        var asked = await client.Next();
        Assert.Equal((true, 7L, 0), (asked.SendAllClusters, asked.LoadReportingInterval.Seconds, asked.Clusters.Count));

        var zones = LoadClient.Stats("told", 90, 10, 100, 1234.5);
        zones.UpstreamLocalityStats.Add(LoadClient.Stats("", 5, 0).UpstreamLocalityStats);
        zones.UpstreamLocalityStats[0].LoadMetricStats.Add(new EndpointLoadMetricStats
        {
            MetricName = "cpu",
            NumRequestsFinishedWithMetric = 9,
            TotalMetricValue = 9,
        });
        await client.Report(zones);
        await Windows(host, "told", new() { Succeeded = 95, Failed = 10, Timed = 100, Milliseconds = 1234.5 });
    }

    [Fact]
    public async Task Results_in_a_streams_first_request_count_and_those_of_all_streams_add_up()
    {
        await using var host = await Start();
        await Serve(host, "sum");
        using var one = new LoadClient(host, LoadClient.NodeOf("one", "*"));
        using var two = new LoadClient(host, LoadClient.NodeOf("two"));
        await one.Report(LoadClient.Stats("sum", 3, 1));
        await two.Report(LoadClient.Stats("sum", 2, 2));
        await one.Report(LoadClient.Stats("sum", 1, 0));
        await Windows(host, "sum", new() { Succeeded = 6, Failed = 3 });
    }

    [Fact]
    public async Task What_cannot_be_true_is_refused_cluster_by_cluster_and_the_rest_counts()
    {
        await using var host = await Start();
        await Serve(host, "fair", "minus", "many", "late", "odd");
        using var client = new LoadClient(host, LoadClient.NodeOf("one", "*"));
        var late = LoadClient.Stats("late", 5, 5);
        late.LoadReportInterval = new() { Seconds = 3600 };
        await client.Report(
            LoadClient.Stats("minus", unchecked((ulong)-5L), 1), LoadClient.Stats("many", 99_999_999, 99_999_999), late,
            LoadClient.Stats("odd", 1, 1, 1, double.NaN), LoadClient.Stats("odd", 1, 1, 1, -3), LoadClient.Stats("odd", 1, 1, 1, 1e12),
            LoadClient.Stats("nobody", 5, 5), LoadClient.Stats("fair", 4, 1));
        await Windows(host, "fair", new() { Succeeded = 4, Failed = 1 });
        foreach (var name in new[] { "minus", "many", "late", "odd", "nobody" }) Assert.Equal(LoadWindow.None, await Read(host, name));
        Assert.DoesNotContain("nobody",
            (await host.Services.GetRequiredService<ILoadDirectory>().ListAsync(DateTimeOffset.UnixEpoch, 100, Token))!);
    }

    [Fact]
    public async Task A_stream_that_reports_far_too_often_is_ended_and_others_go_on()
    {
        await redis.Start();
        // So long that all of the flood is in one interval, however slowly it goes.
        await using var host = await ControlPlaneHarness.Start(settings: Settings(redis, interval: "00:01:00"));
        await Serve(host, "busy");
        using var fair = new LoadClient(host, LoadClient.NodeOf("fair", "*"));
        await fair.Report();
        await fair.Next();
        using var flood = new LoadClient(host, LoadClient.NodeOf("flood", "*"));
        var ended = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await flood.Report();
            await flood.Next();
            // The last one is the one too many: a write after the stream has ended says no more than that it has.
            for (var i = 0; i < 100; i++) await flood.Report();
            await flood.Next();
        });
        Assert.Equal(StatusCode.ResourceExhausted, ended.StatusCode);
        await fair.Report(LoadClient.Stats("busy", 1, 0));
        await Windows(host, "busy", new() { Succeeded = 1 });
    }

    [Fact]
    public async Task A_client_that_must_be_told_the_clusters_is_told_those_of_its_upstreams_and_again_when_they_change()
    {
        await using var host = await Start();
        await Serve(host, "mine", "other");
        using var client = new LoadClient(host, DeltaClient.NodeOf("old", "mine", "later"));
        await client.Report();
        var asked = await client.Next();
        Assert.False(asked.SendAllClusters);
        Assert.Equal(["mine"], asked.Clusters);
        await client.Report();
        await Serve(host, "later");
        await client.Report();
        Assert.Equal(["later", "mine"], (await client.Next()).Clusters);
    }

    [Fact]
    public async Task A_first_request_without_a_node_is_refused()
    {
        await using var host = await Start();
        using var client = new LoadClient(host, new Node());
        await client.Report();
        var refused = await Assert.ThrowsAsync<RpcException>(client.Next);
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
    }

    [Fact]
    public async Task While_Redis_is_away_results_wait_and_are_recorded_when_it_is_back()
    {
        await using var own = new RedisProgram();
        await own.Start();
        await using var host = await ControlPlaneHarness.Start(settings: Settings(own));
        await Serve(host, "kept");
        using var client = new LoadClient(host, LoadClient.NodeOf("one", "*"));
        await client.Report(LoadClient.Stats("kept", 1, 0));
        await Windows(host, "kept", new() { Succeeded = 1 });

        await own.Process.Kill();
        await client.Report(LoadClient.Stats("kept", 20, 0));
        await client.Report(LoadClient.Stats("kept", 0, 3));
        Assert.Null(await Read(host, "kept"));
        await own.Start();
        await Windows(host, "kept", new() { Succeeded = 20, Failed = 3 });
    }

    [Fact]
    public async Task Without_Redis_reports_are_taken_and_nothing_is_known()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("echo", "10.0.0.1");
        using var client = new LoadClient(host, LoadClient.NodeOf("one", "*"));
        await client.Report(LoadClient.Stats("echo", 1, 0));
        Assert.True((await client.Next()).SendAllClusters);
        Assert.Null(await Read(host, "echo"));
        Assert.Contains("ConnectionStrings__redis", host.Services.GetRequiredService<ILoadDirectory>().Absent, StringComparison.Ordinal);
        using var answer = await host.Http.GetAsync("/api/v1/load", Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("ConnectionStrings__redis", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_reported_is_told_over_REST_service_by_service()
    {
        await using var host = await Start();
        foreach (var ns in new[] { "default", "team" }) host.Replica.Register("asked", "10.0.0.1", ns: ns);
        await Serve(host, "silent");
        using var client = new LoadClient(host, LoadClient.NodeOf("one", "*"));
        await client.Report(LoadClient.Stats("asked", 3, 1, 4, 10), LoadClient.Stats("asked.team", 2, 0));
        await Windows(host, "asked.team", new() { Succeeded = 2 });

        var asked = await Loads("?service=asked");
        Assert.Equal([new LoadAnswer { Cluster = "asked", Succeeded = 3, Failed = 1, ErrorRate = 0.25, MeanMilliseconds = 2.5 }], asked);
        Assert.Equal([new LoadAnswer { Cluster = "asked.team", Succeeded = 2, Failed = 0, ErrorRate = 0 }],
            await Loads("?service=asked&namespace=team"));
        Assert.Equal(["asked.team"], (await Loads("?namespace=team")).Select(load => load.Cluster));
        Assert.Empty(await Loads("?service=silent&since=10m"));
        using var wrong = await host.Http.GetAsync("/api/v1/load?since=soon&what=1", Token);
        var faults = await wrong.Content.ReadAsStringAsync(Token);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.True(faults.Contains("'soon'", StringComparison.Ordinal) && faults.Contains("'what'", StringComparison.Ordinal), faults);

        async Task<IReadOnlyList<LoadAnswer>> Loads(string query) =>
            (await host.Http.GetFromJsonAsync($"/api/v1/load{query}", RestJson.Default.LoadListAnswer, Token))!.Items;
    }

    private static Dictionary<string, string?> Settings(RedisServer server, string interval = "00:00:07") =>
        new() { ["ConnectionStrings:redis"] = server.ConnectionString, ["Mesh:ControlPlane:LoadReportInterval"] = interval };

    /// <summary>
    /// Makes services, and waits until they are served: what is reported of a cluster that nobody knows yet does not count.
    /// </summary>
    private static Task Serve(ControlPlaneHarness host, params string[] services)
    {
        foreach (var name in services) host.Replica.Register(name, "10.0.0.1");
        return host.Compiled();
    }

    private static async Task<LoadWindow?> Read(ControlPlaneHarness host, string cluster) =>
        await host.Services.GetRequiredService<ILoadWindows>().ReadAsync(cluster, DateTimeOffset.UnixEpoch, Token);

    private static Task Windows(ControlPlaneHarness host, string cluster, LoadWindow expected) =>
        Eventually.Succeeds(async () => Assert.Equal(expected, await Read(host, cluster)), Patience,
            $"the windows of {cluster} show what was reported");

    private async Task<ControlPlaneHarness> Start()
    {
        await redis.Start();
        return await ControlPlaneHarness.Start(settings: Settings(redis));
    }
}
