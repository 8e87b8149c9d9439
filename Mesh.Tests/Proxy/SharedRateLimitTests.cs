using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mesh.Contracts.Resilience;
using Mesh.DataPlane.Configuration;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Log;
using Mesh.Messaging.Connections;
using Mesh.Resilience.State;
using Mesh.Tests.ControlPlane;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Proxy;

/// <summary>Limits that all data planes share: real gateways, a real control plane, a real Redis.</summary>
public sealed class SharedRateLimitTests(RedisProgram server) : IClassFixture<RedisProgram>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // On a machine that has other things to do an answer may take its time.
    private static readonly string[] Patient = ["--Mesh:Gateway:RateLimitTimeout=00:00:10"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_gateways_let_through_no_more_than_one_limit_says()
    {
        await server.Start();
        await using var controlPlane = await Start(server.ConnectionString);
        await using var upstream = await TestUpstream.Named("ok");
        var service = Limited(controlPlane, upstream, 30);
        await using var one = await RunningGateway.Start(controlPlane.Address, null, ["--Mesh:NodeId=one", .. Patient]);
        await using var two = await RunningGateway.Start(controlPlane.Address, null, ["--Mesh:NodeId=two", .. Patient]);
        await Limits(one, service);
        await Limits(two, service);
        using var counts = new GatewayCounts(one);
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Status((i % 2 == 0 ? one : two).Http, service)));
        // Tokens that one has fetched ahead (one, of 30) and nobody uses are the only inexactness there can be.
        Assert.InRange(answers.Count(status => status == 200), 28, 30);
        Assert.Equal(100, answers.Count(status => status is 200 or 429));
        using var refused = await one.Http.GetAsync($"/{service}/", Cancel);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        var problem = (await refused.Content.ReadFromJsonAsync<JsonObject>(Cancel))!;
        Assert.Equal("rate-limited", (string?)problem["reason"]);
        Assert.Contains("all data planes together", (string?)problem["detail"], StringComparison.Ordinal);
        await counts.Within(1, 100, "rate.limited", service, "global");
    }

    [Fact]
    public async Task While_redis_is_away_requests_pass_and_it_is_counted_and_when_it_is_back_the_limit_holds_again()
    {
        await using var own = new RedisProgram();
        await own.Start();
        await using var controlPlane = await Start(own.ConnectionString);
        await using var upstream = await TestUpstream.Named("ok");
        var service = Limited(controlPlane, upstream, 3);
        await using var gateway = await RunningGateway.Start(controlPlane.Address, null, Patient);
        await Limits(gateway, service);
        using var counts = new GatewayCounts(gateway);
        await Eventually.True(async () => await Status(gateway.Http, service) == 429, Patience, "the limit holds");
        await own.Process.Kill();
        await Eventually.True(async () => await Status(gateway.Http, service) == 200, Patience, "requests pass");
        await counts.Within(1, long.MaxValue, "rate.unchecked", service);
        await own.Start();
        await Eventually.True(async () => await Status(gateway.Http, service) == 429, Patience, "the limit holds again");
    }

    [Fact]
    public async Task Without_any_redis_or_when_the_control_plane_goes_requests_pass()
    {
        await using var upstream = await TestUpstream.Named("ok");
        var controlPlane = await Start(null);
        await using var gateway = await RunningGateway.Start(controlPlane.Address, null, Patient);
        var service = Limited(controlPlane, upstream, 1);
        await Limits(gateway, service);
        for (var i = 0; i < 5; i++)
            Assert.Equal(200, await Status(gateway.Http, service));
        await controlPlane.DisposeAsync();
        for (var i = 0; i < 5; i++)
            Assert.Equal(200, await Status(gateway.Http, service));
    }

    private static Task<ControlPlaneHarness> Start(string? redis) => ControlPlaneHarness.Start(
        settings: new Dictionary<string, string?> { ["ConnectionStrings:redis"] = redis }, more: builder => builder.AddMeshRedis());

    private static string Limited(ControlPlaneHarness controlPlane, TestUpstream upstream, int burst)
    {
        var service = $"shared-{Guid.NewGuid():N}";
        controlPlane.Replica.Register(service, "127.0.0.1", upstream.Port);
        var policy = new RateLimitPolicy { Requests = 1, Unit = RateLimitUnit.Hour, Burst = burst, Scope = RateLimitScope.Global };
        controlPlane.Replica.Append(
            NewEvent.Of(ResilienceStreams.Policy(new ServiceKey("default", service), PolicyKind.RateLimit),
                new RateLimitSet("default", service, policy)));
        return service;
    }

    /// <summary>Waits until a gateway knows a service and its limit, which need not have come in one.</summary>
    private static async Task Limits(RunningGateway gateway, string service)
    {
        await gateway.Knows(service, 1);
        var config = gateway.Services.GetRequiredService<ConfigState>();
        await Eventually.True(() => config.Snapshot.Listeners.Find(service)?.Shared is not null, Patience, "the limit is known");
    }

    private static async Task<int> Status(HttpClient http, string service)
    {
        using var answer = await http.GetAsync($"/{service}/", Cancel);
        return (int)answer.StatusCode;
    }
}
