using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Microsoft.AspNetCore.Http;

namespace Mesh.Tests.Proxy;

public class MirrorAndFaultTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_goes_to_the_mirror_with_body_and_headers_and_its_answer_to_nobody()
    {
        var copies = new ConcurrentQueue<string>();
        await using var shadow = await TestUpstream.Start(async context =>
        {
            copies.Enqueue(
                $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {context.Request.Headers[
                    "x-user"]} {await new StreamReader(context.Request.Body).ReadToEndAsync(Cancel)}".Trim());
            context.Response.StatusCode = 500;
        });
        await using var main = await TestUpstream.Named("main");
        await mesh.Serve("shadow", shadow);
        await mesh.Serve("mirrored", [main],
            host => host.Routes[0].Route_.RequestMirrorPolicies.Add(new RouteAction.Types.RequestMirrorPolicy { Cluster = "shadow" }));
        using var get = new HttpRequestMessage(HttpMethod.Get, "/mirrored/a?b=c") { Headers = { { "x-user", "u" } } };
        using var got = await mesh.Http.SendAsync(get, Cancel);
        using var posted = await mesh.Http.PostAsync("/mirrored/p", new StringContent("a body"), Cancel);
        Assert.Equal("main", await got.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("main", await posted.Content.ReadAsStringAsync(Cancel));
        // The upstream that answers without reading need not have been sent the whole body.
        await Eventually.True(() => copies.Contains("GET /a?b=c u"), Soon, "the copy of the first arrives");
    }

    [Fact]
    public async Task The_body_of_a_copy_is_the_requests()
    {
        var copies = new ConcurrentQueue<string>();
        await using var shadow = await TestUpstream.Start(
            async context => copies.Enqueue(await new StreamReader(context.Request.Body).ReadToEndAsync(Cancel)));
        await using var main = await TestUpstream.Start(context => context.Request.Body.CopyToAsync(context.Response.Body));
        await mesh.Serve("shadow-body", shadow);
        await mesh.Serve("echoed", [main],
            host => host.Routes[0].Route_.RequestMirrorPolicies.Add(new RouteAction.Types.RequestMirrorPolicy { Cluster = "shadow-body" }));
        using var posted = await mesh.Http.PostAsync("/echoed/", new StringContent("a body"), Cancel);
        Assert.Equal("a body", await posted.Content.ReadAsStringAsync(Cancel));
        await Eventually.True(() => copies.Contains("a body"), Soon, "the copy arrives");
    }

    [Fact]
    public async Task A_mirror_that_hangs_or_is_not_there_slows_nobody()
    {
        var asked = new TaskCompletionSource();
        await using var hanging = await TestUpstream.Start(context =>
        {
            asked.TrySetResult();
            return TestUpstream.Hang(context);
        });
        await using var main = await TestUpstream.Named("main");
        await mesh.Serve("hanging", hanging);
        await mesh.Serve("busy", [main], host =>
        {
            host.Routes[0].Route_.RequestMirrorPolicies.Add(new RouteAction.Types.RequestMirrorPolicy { Cluster = "hanging" });
            host.Routes[0].Route_.RequestMirrorPolicies.Add(new RouteAction.Types.RequestMirrorPolicy
            {
                Cluster = "hanging",
                RuntimeFraction = Fraction(0),
            });
        });
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20; i++)
            Assert.Equal("main", await mesh.Http.GetStringAsync("/busy/", Cancel));
        Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(30));
        await asked.Task.WaitAsync(Soon, Cancel);
    }

    [Fact]
    public async Task A_share_of_the_requests_is_copied()
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        var copies = 0;
        await using var shadow = await TestUpstream.Start(_ =>
        {
            Interlocked.Increment(ref copies);
            return Task.CompletedTask;
        });
        await using var main = await TestUpstream.Named("main");
        await mesh.Serve("shadow-share", shadow);
        await mesh.Serve("shared", [main], host => host.Routes[0].Route_.RequestMirrorPolicies.Add(
            new RouteAction.Types.RequestMirrorPolicy { Cluster = "shadow-share", RuntimeFraction = Fraction(30) }));
        for (var i = 0; i < 400; i++)
            await mesh.Http.GetStringAsync("/shared/", Cancel);
        // Five standard deviations of 400 draws at 30 %.
        await Eventually.True(() => Volatile.Read(ref copies) >= 74, Soon, "copies arrive");
        Assert.InRange(copies, 74, 166);
        await counts.Within(74, 166, "mirrored", "shared");
    }

    [Fact]
    public async Task A_fault_refuses_in_the_clients_language()
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        await using var main = await TestUpstream.Named("main");
        await mesh.Serve("faulty", [main], host =>
        {
            host.TypedPerFilterConfig["envoy.filters.http.fault"] = Any.Pack(Abort(new FaultAbort { HttpStatus = 429 }));
            var other = host.Routes[0].Clone();
            other.Match = new RouteMatch { Prefix = "/grpc" };
            other.TypedPerFilterConfig["envoy.filters.http.fault"] = Any.Pack(Abort(new FaultAbort { GrpcStatus = 14 }));
            host.Routes.Insert(0, other);
        });
        using var http = await mesh.Http.GetAsync("/faulty/", Cancel);
        Assert.Equal(429, (int)http.StatusCode);
        Assert.Equal("fault-injected", (string?)(await http.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["reason"]);
        using var mapped = await mesh.Http.GetAsync("/faulty/grpc", Cancel);
        Assert.Equal(503, (int)mapped.StatusCode);
        using var call = new HttpRequestMessage(HttpMethod.Post, "/faulty/grpc")
        {
            Content = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } },
        };
        using var answer = await mesh.Http.SendAsync(call, Cancel);
        Assert.Equal((HttpStatusCode.OK, "14"), (answer.StatusCode, answer.Headers.GetValues("grpc-status").Single()));
        await counts.Within(3, 3, "faults", "faulty");
    }

    [Fact]
    public async Task A_fault_holds_up_and_then_lets_through_and_concerns_only_those_it_is_meant_for()
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        await using var main = await TestUpstream.Named("main");
        var delay = new HTTPFault
        {
            Delay = new() { FixedDelay = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(300)), Percentage = new() { Numerator = 100 } },
        };
        delay.Headers.Add(new HeaderMatcher { Name = "x-slow", PresentMatch = true });
        await mesh.Serve("delayed", [main], host => host.Routes[0].TypedPerFilterConfig["envoy.filters.http.fault"] = Any.Pack(delay));
        var begun = Stopwatch.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/delayed/") { Headers = { { "x-slow", "1" } } };
        using var response = await mesh.Http.SendAsync(request, Cancel);
        Assert.Equal("main", await response.Content.ReadAsStringAsync(Cancel));
        Assert.True(Stopwatch.GetElapsedTime(begun) >= TimeSpan.FromMilliseconds(295));
        Assert.Equal("main", await mesh.Http.GetStringAsync("/delayed/", Cancel));
        await counts.Within(1, 1, "faults", "delayed");
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(0u)]
    public async Task No_more_faults_are_under_way_than_may_be(uint most)
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        await using var main = await TestUpstream.Named("main");
        var fault = Abort(new FaultAbort { HttpStatus = 500 });
        fault.Delay = new() { FixedDelay = Duration.FromTimeSpan(TimeSpan.FromMinutes(5)), Percentage = new() { Numerator = 100 } };
        fault.MaxActiveFaults = most;
        var service = $"capped-{most}";
        await mesh.Serve(service, [main], host => host.Routes[0].TypedPerFilterConfig["envoy.filters.http.fault"] = Any.Pack(fault));
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var held = Enumerable.Range(0, (int)most).Select(_ => mesh.Http.GetAsync($"/{service}/", gone.Token)).ToList();
        await counts.Within(most, most, "faults", service);
        Assert.Equal("main", await mesh.Http.GetStringAsync($"/{service}/", Cancel));
        await gone.CancelAsync();
        foreach (var one in held)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
    }

    [Fact]
    public async Task Some_of_the_requests_are_refused_and_only_those_of_the_cluster_that_says_so()
    {
        await using var a = await TestUpstream.Named("a");
        await using var b = await TestUpstream.Named("b");
        await mesh.Serve("half-b", b);
        await mesh.Serve("half", [a], host => host.Routes[0].Route_.WeightedClusters = new WeightedCluster
        {
            Clusters =
            {
                new WeightedCluster.Types.ClusterWeight { Name = "half", Weight = 1 },
                new WeightedCluster.Types.ClusterWeight
                {
                    Name = "half-b", Weight = 1,
                    TypedPerFilterConfig = { ["envoy.filters.http.fault"] = Any.Pack(Abort(new FaultAbort { HttpStatus = 500 }, 50)) },
                },
            },
        });
        var answers = new List<string>();
        for (var i = 0; i < 400; i++)
        {
            using var response = await mesh.Http.GetAsync("/half/", Cancel);
            answers.Add(response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync(Cancel) : "refused");
        }

        Assert.InRange(answers.Count(x => x == "a"), 194, 206);
        // Five standard deviations of 200 draws at 50 %.
        Assert.InRange(answers.Count(x => x == "refused"), 65, 135);
    }

    private static HTTPFault Abort(FaultAbort abort, uint percent = 100)
    {
        abort.Percentage = new FractionalPercent { Numerator = percent };
        return new HTTPFault { Abort = abort };
    }

    private static RuntimeFractionalPercent Fraction(uint percent) =>
        new() { DefaultValue = new FractionalPercent { Numerator = percent } };
}
