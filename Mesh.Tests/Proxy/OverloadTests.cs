using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Http;

namespace Mesh.Tests.Proxy;

public class OverloadTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_beyond_the_breakers_limit_are_a_503_that_says_so()
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var upstream = await Held(reached, goOn);
        await mesh.Serve("breaker", [upstream], cluster: Limits(new() { MaxRequests = 1 }));
        var first = mesh.Http.GetStringAsync("/breaker/", Cancel);
        await reached.Task.WaitAsync(Soon, Cancel);
        using var second = await mesh.Http.GetAsync("/breaker/", Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.Equal("overflow", (string?)(await second.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["reason"]);
        using var call = new HttpRequestMessage(HttpMethod.Post, "/breaker/")
        {
            Content = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } },
        };
        using var answer = await mesh.Http.SendAsync(call, Cancel);
        Assert.Equal("14", answer.Headers.GetValues("grpc-status").Single());
        goOn.SetResult();
        Assert.Equal("done", await first);
        Assert.Equal("done", await mesh.Http.GetStringAsync("/breaker/", Cancel));
        await counts.Within(2, 2, "overflow", "breaker");
    }

    [Fact]
    public async Task Requests_without_a_connection_wait_in_a_line_of_bounded_length()
    {
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var upstream = await Held(reached, goOn);
        await mesh.Serve("line", [upstream], cluster: Limits(new() { MaxConnections = 1, MaxPendingRequests = 1 }));
        var first = mesh.Http.GetStringAsync("/line/", Cancel);
        await reached.Task.WaitAsync(Soon, Cancel);
        // Of two more one waits and one is rejected, whichever comes first.
        Task<HttpResponseMessage>[] both = [mesh.Http.GetAsync("/line/", Cancel), mesh.Http.GetAsync("/line/", Cancel)];
        using var away = await await Task.WhenAny(both).WaitAsync(Soon, Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
        goOn.SetResult();
        Assert.Equal("done", await first);
        var statuses = (await Task.WhenAll(both)).Select(r => (int)r.StatusCode).Order();
        Assert.Equal([200, 503], statuses);
    }

    [Fact]
    public async Task A_request_that_waits_longer_than_its_route_allows_is_a_504()
    {
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var upstream = await Held(reached, goOn);
        await mesh.Serve("queue", [upstream], host =>
        {
            var quick = host.Routes[0].Clone();
            quick.Match = new RouteMatch { Path = "/quick" };
            quick.Route_.Timeout = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(100));
            host.Routes.Insert(0, quick);
        }, Limits(new() { MaxConnections = 1 }));
        var first = mesh.Http.GetStringAsync("/queue/", Cancel);
        await reached.Task.WaitAsync(Soon, Cancel);
        using var late = await mesh.Http.GetAsync("/queue/quick", Cancel);
        Assert.Equal(HttpStatusCode.GatewayTimeout, late.StatusCode);
        goOn.SetResult();
        Assert.Equal("done", await first);
        Assert.Equal("done", await mesh.Http.GetStringAsync("/queue/", Cancel));
    }

    [Fact]
    public async Task An_endpoint_that_fails_again_and_again_is_ejected_and_the_last_one_never()
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        await using var bad = await TestUpstream.Start(context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using var good = await TestUpstream.Named("ok");
        await mesh.Serve("outlier", [bad, good], cluster: Outliers(new OutlierDetection { Consecutive5Xx = 3, MaxEjectionPercent = 100 }));
        var failed = 0;
        for (var i = 0; i < 100; i++)
            failed += (await mesh.Http.GetAsync("/outlier/", Cancel)).IsSuccessStatusCode ? 0 : 1;
        Assert.Equal(3, failed);
        var endpoints = (await mesh.Gateway.Clusters()).Single(c => (string?)c!["name"] == "outlier")!["endpoints"]!.AsArray();
        Assert.Equal([true], endpoints.Where(e => ((string?)e!["address"])!.EndsWith($":{bad.Port}")).Select(e => (bool)e!["ejected"]!));
        await counts.Within(1, 1, "ejections", "outlier");

        await mesh.Serve("lonely", [bad], cluster: Outliers(new OutlierDetection { Consecutive5Xx = 1, MaxEjectionPercent = 100 }));
        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.InternalServerError, (await mesh.Http.GetAsync("/lonely/", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Half_of_three_is_one_and_panic_does_not_undo_it()
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        await using var first = await Failing();
        await using var second = await Failing();
        await using var good = await TestUpstream.Named("ok");
        await mesh.Serve("three", [first, second, good],
            cluster: Outliers(new OutlierDetection { Consecutive5Xx = 3, MaxEjectionPercent = 50 }));
        for (var i = 0; i < 30; i++)
            (await mesh.Http.GetAsync("/three/", Cancel)).Dispose();
        await counts.Within(1, 1, "ejections", "three");
        var failed = 0;
        for (var i = 0; i < 60; i++)
            failed += (await mesh.Http.GetAsync("/three/", Cancel)).IsSuccessStatusCode ? 0 : 1;
        Assert.Equal(30, failed);
    }

    [Fact]
    public async Task Where_all_instances_fail_and_all_may_be_ejected_clients_have_the_services_own_error()
    {
        await using var first = await Failing();
        await using var second = await Failing();
        await using var third = await Failing();
        await mesh.Serve("allbad", [first, second, third],
            cluster: Outliers(new OutlierDetection { Consecutive5Xx = 1, MaxEjectionPercent = 100 }));
        for (var i = 0; i < 30; i++)
        {
            using var response = await mesh.Http.GetAsync("/allbad/", Cancel);
            Assert.Equal((HttpStatusCode.InternalServerError, "own error"),
                (response.StatusCode, await response.Content.ReadAsStringAsync(Cancel)));
        }
    }

    [Fact]
    public async Task An_ejected_endpoint_comes_back_when_its_time_is_over()
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        var bad = true;
        await using var ill = await TestUpstream.Start(context =>
        {
            context.Response.StatusCode = Volatile.Read(ref bad) ? 503 : 200;
            return context.Response.WriteAsync("well again");
        });
        await using var good = await TestUpstream.Named("ok");
        await mesh.Serve("recovers", [ill, good], cluster: Outliers(new OutlierDetection
        {
            ConsecutiveGatewayFailure = 2, EnforcingConsecutiveGatewayFailure = 100, Consecutive5Xx = 100, MaxEjectionPercent = 100,
            BaseEjectionTime = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(300)),
        }));
        await Eventually.True(async () =>
        {
            using var response = await mesh.Http.GetAsync("/recovers/", Cancel);
            return counts.Of("ejections", "recovers") > 0;
        }, Soon, "it is ejected");
        Volatile.Write(ref bad, false);
        await Eventually.True(async () => await mesh.Http.GetStringAsync("/recovers/", Cancel) == "well again", Soon, "it is unejected");
    }

    [Fact]
    public async Task A_zone_that_cannot_be_reached_is_left_for_the_next_without_a_failed_request()
    {
        await using var far = await TestUpstream.Named("far");
        await mesh.Serve("failover", far);
        var assignment = new ClusterLoadAssignment { ClusterName = "failover" };
        assignment.Endpoints.Add(Priority(0, FreePort.Next(), FreePort.Next()));
        assignment.Endpoints.Add(Priority(1, far.Port));
        await mesh.Apply(XdsResource.Of(assignment));
        for (var i = 0; i < 20; i++)
            Assert.Equal("far", await mesh.Http.GetStringAsync("/failover/", Cancel));

        await using var near = await TestUpstream.Named("near");
        assignment.Endpoints[0] = Priority(0, near.Port);
        await mesh.Apply(XdsResource.Of(assignment));
        for (var i = 0; i < 5; i++)
            Assert.Equal("near", await mesh.Http.GetStringAsync("/failover/", Cancel));
    }

    [Theory]
    [InlineData(Cluster.Types.LbPolicy.Random)]
    [InlineData(Cluster.Types.LbPolicy.LeastRequest)]
    public async Task Draws_reach_all_endpoints(Cluster.Types.LbPolicy policy)
    {
        var service = $"draws-{policy.ToString().ToLowerInvariant()}";
        await using var a = await TestUpstream.Named("a");
        await using var b = await TestUpstream.Named("b");
        await mesh.Serve(service, [a, b], cluster: cluster => cluster.LbPolicy = policy);
        var answers = new List<string>();
        for (var i = 0; i < 200; i++)
            answers.Add(await mesh.Http.GetStringAsync($"/{service}/", Cancel));
        // Five standard deviations of 200 even draws.
        Assert.InRange(answers.Count(x => x == "a"), 64, 136);
    }

    private static LocalityLbEndpoints Priority(uint priority, params int[] ports)
    {
        var locality = new LocalityLbEndpoints { Priority = priority, Locality = new Locality { Zone = $"z{priority}" } };
        locality.LbEndpoints.AddRange(ports.Select(p => new LbEndpoint
        {
            Endpoint = new Mesh.Xds.Protos.Endpoint
            {
                Address = new Address { SocketAddress = new Mesh.Xds.Protos.SocketAddress { Address = "127.0.0.1", PortValue = (uint)p } },
            },
        }));
        return locality;
    }

    private static Action<Cluster> Limits(CircuitBreakers.Types.Thresholds thresholds) =>
        cluster => cluster.CircuitBreakers = new CircuitBreakers { Thresholds = { thresholds } };

    private static Action<Cluster> Outliers(OutlierDetection detection) => cluster => cluster.OutlierDetection = detection;

    private static Task<TestUpstream> Held(TaskCompletionSource reached, TaskCompletionSource goOn) => TestUpstream.Start(async context =>
    {
        reached.TrySetResult();
        await goOn.Task.WaitAsync(Soon);
        await context.Response.WriteAsync("done");
    });

    private static Task<TestUpstream> Failing() => TestUpstream.Start(context =>
    {
        context.Response.StatusCode = 500;
        return context.Response.WriteAsync("own error");
    });
}
