using System.Net;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using Mesh.DataPlane.Transport;
using Mesh.Samples.Caller;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Tests.DataPlane.Calls;

/// <summary>The call engine over the platform's client alone: what it decides depends on nothing of the gateway's.</summary>
public sealed class SecondTransportTests : IAsyncLifetime
{
    private static readonly RetryPolicy GatewayErrors = new(RetryConditions.GatewayError, 2);
    private static readonly OutlierConfig ThreeInARow = new()
    {
        Consecutive5xx = new OutlierRule(3, 100),
        BaseEjection = TimeSpan.FromMinutes(5),
        MaxShare = 100,
    };
    private readonly HttpMessageInvoker _client = UpstreamHandler.New(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1));
    private readonly Counts _counts = new();
    private TestUpstream _good = null!, _ailing = null!;
    private int _ailed;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _good = await TestUpstream.Start(async context =>
        {
            await context.Response.WriteAsync($"{context.Request.Method} {context.Request.Path} ", Cancel);
            await context.Request.Body.CopyToAsync(context.Response.Body, Cancel);
        });
        _ailing = await TestUpstream.Start(async context =>
        {
            Interlocked.Increment(ref _ailed);
            await context.Request.Body.CopyToAsync(Stream.Null, Cancel);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        });
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _good.DisposeAsync();
        await _ailing.DisposeAsync();
    }

    [Fact]
    public async Task A_request_is_sent_again_to_another_endpoint()
    {
        var service = Service(new() { Retry = GatewayErrors }, null, _ailing, _good);
        for (var i = 0; i < 4; i++)
            Assert.Equal("GET /x ", await Delivered(service, Get("/x")));
        Assert.True(_ailed > 0);
        Assert.Equal(_ailed, _counts.Of("again"));
    }

    [Fact]
    public async Task A_body_is_replayed_from_its_beginning()
    {
        var service = Service(new() { Retry = GatewayErrors }, null, _ailing, _good);
        var body = new string('b', 40_000);
        for (var i = 0; i < 4; i++)
            Assert.Equal($"POST /x {body}", await Delivered(service, Post("/x", body)));
        Assert.True(_ailed > 0);
    }

    [Fact]
    public async Task A_body_that_is_too_long_to_be_kept_is_sent_once()
    {
        var service = Service(new() { Retry = GatewayErrors }, null, _ailing);
        var (call, request, end) = await Make(service, Post("/x", new string('b', 100_000)));
        Assert.Equal((NextStep.Deliver, 1, 503), (end.Step, call.Attempts, (int)request.Answer!.StatusCode));
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_is_followed_by_another_one()
    {
        await using var hanging = await TestUpstream.Start(TestUpstream.Hang);
        var service = Service(new() { Retry = GatewayErrors with { PerTryTimeout = TimeSpan.FromMilliseconds(500) } }, null, hanging,
            _good);
        for (var i = 0; i < 2; i++)
            Assert.Equal("GET /x ", await Delivered(service, Get("/x")));
        Assert.True(_counts.Of("again") > 0);
    }

    [Theory]
    [InlineData(Break.AfterReading)]
    [InlineData(Break.ByReset)]
    [InlineData(Break.AfterHalfAHead)]
    public async Task What_may_have_had_an_effect_is_sent_once(Break how)
    {
        await using var breaking = new BreakingUpstream(how);
        var service = Service(new(), (string?)null, $"127.0.0.1:{breaking.Port}");
        var (call, _, end) = await Make(service, new HttpRequestMessage(HttpMethod.Delete, "http://shop/x"));
        Assert.Equal((RefusalReason.BrokenOff, 1, 1), (end.Refusal!.Reason, call.Attempts, breaking.Requests));
    }

    [Fact]
    public async Task A_head_that_nobody_may_be_sent_is_refused_and_no_endpoint_is_to_blame()
    {
        var service = Service(new(), null, ThreeInARow, _good);
        for (var i = 0; i < 4; i++)
        {
            var (_, _, end) = await Make(service, new HttpRequestMessage(new HttpMethod("delete"), "http://shop/x"));
            Assert.Equal(RefusalReason.Malformed, end.Refusal!.Reason);
        }

        Assert.Empty(service.Ejected);
    }

    [Fact]
    public async Task The_time_of_the_whole_call_ends_it()
    {
        await using var hanging = await TestUpstream.Start(TestUpstream.Hang);
        var (_, _, end) = await Make(Service(new() { Timeout = TimeSpan.FromMilliseconds(200) }, null, hanging), Get("/x"));
        Assert.Equal((NextStep.Refuse, RefusalReason.TimedOut), (end.Step, end.Refusal!.Reason));
    }

    [Fact]
    public async Task The_fallback_answers_where_the_service_says_503_and_where_it_cannot_be_reached()
    {
        Assert.Equal("GET /a ", await Delivered(Service(new(), _good, _ailing), Get("/a")));
        Assert.Equal("GET /b ", await Delivered(Service(new(), $"127.0.0.1:{_good.Port}", $"127.0.0.1:{FreePort.Next()}"), Get("/b")));
        Assert.Equal(2, _counts.Of("fell back"));
    }

    [Fact]
    public async Task An_endpoint_that_goes_on_failing_is_ejected()
    {
        var service = Service(new() { Retry = GatewayErrors }, null, ThreeInARow, _ailing, _good);
        for (var i = 0; i < 20; i++)
            Assert.Equal("GET /x ", await Delivered(service, Get("/x")));
        Assert.Equal([$"127.0.0.1:{_ailing.Port}"], service.Ejected);
        Assert.Equal(3, _ailed);
    }

    [Fact]
    public async Task Endpoints_that_cannot_be_reached_are_named_in_the_refusal()
    {
        string[] gone = [$"127.0.0.1:{FreePort.Next()}", $"127.0.0.1:{FreePort.Next()}"];
        var (call, _, end) = await Make(Service(new(), (string?)null, gone), Get("/x"));
        Assert.Equal((RefusalReason.Unreachable, 2), (end.Refusal!.Reason, call.Attempts));
        Assert.All(gone, address => Assert.Contains(address, end.Refusal.Detail));
    }

    [Fact]
    public async Task All_endpoints_are_tried_again_where_a_policy_says_so()
    {
        var (call, _, end) = await Make(Service(new() { Retry = GatewayErrors }, (string?)null, $"127.0.0.1:{FreePort.Next()}"), Get("/x"));
        Assert.Equal((RefusalReason.Unreachable, 3), (end.Refusal!.Reason, call.Attempts));
    }

    [Fact]
    public async Task Without_budget_the_answer_is_delivered_as_it_is()
    {
        var cluster = FixedService.Cluster("shop") with { Breakers = new CircuitBreakerConfig { Budget = new RetryBudgetConfig(0, 0) } };
        var service = new FixedService("shop", new Policies { Retry = GatewayErrors }.Action(), null, (cluster, [Address(_ailing)]));
        var (call, request, end) = await Make(service, Get("/x"));
        Assert.Equal((NextStep.Deliver, 1, 503, 1),
            (end.Step, call.Attempts, (int)request.Answer!.StatusCode, _counts.Of("out of budget")));
    }

    [Fact]
    public async Task A_mirror_gets_a_copy_with_the_body()
    {
        var copy = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var mirror = await TestUpstream.Start(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            copy.TrySetResult(await reader.ReadToEndAsync(Cancel));
        });
        var action = new Policies { Mirrors = [new MirrorPolicy("mirror", FaultPolicy.Whole)] };
        var service = new FixedService("shop", action.Action(), null, (FixedService.Cluster("shop"), [Address(_good)]),
            (FixedService.Cluster("mirror"), [Address(mirror)]));
        Assert.Equal("POST /x body", await Delivered(service, Post("/x", "body")));
        Assert.Equal("body", await copy.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
        await Eventually.True(() => _counts.Of("mirrored sent") == 1, TimeSpan.FromSeconds(30), "the copy is counted");
    }

    [Fact]
    public async Task A_path_is_rewritten_as_the_route_says()
    {
        var service = new FixedService(
            "shop", new RouteAction.Forward(new WeightedTargets([new WeightedTarget("shop", 1)])) { PrefixRewrite = "/v2/" }, null,
            (FixedService.Cluster("shop"), [Address(_good)]));
        Assert.Equal("GET /v2/orders ", await Delivered(service, Get("/orders")));
    }

    [Fact]
    public async Task A_fault_that_is_put_into_a_call_refuses_it_before_anything_is_sent()
    {
        var service = new FixedService(
            "shop",
            new RouteAction.Forward(
                new WeightedTargets(
                    [new WeightedTarget("shop", 1) { Fault = new FaultPolicy { HttpStatus = 418, AbortShare = FaultPolicy.Whole } }])),
                    null,
            (FixedService.Cluster("shop"), [Address(_ailing)]));
        var (call, _, end) = await Make(service, Get("/x"));
        Assert.Equal((RefusalReason.FaultInjected, 418, 0, 0), (end.Refusal!.Reason, end.Refusal.Fault!.HttpStatus, call.Attempts, _ailed));
    }

    [Fact]
    public async Task A_circuit_breaker_turns_away_what_is_more_than_it_allows()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var leave = new TaskCompletionSource();
        await using var slow = await TestUpstream.Start(async _ =>
        {
            entered.TrySetResult();
            await leave.Task.WaitAsync(Cancel);
        });
        var cluster = FixedService.Cluster("shop") with { Breakers = new CircuitBreakerConfig { MaxRequests = 1 } };
        var service = new FixedService("shop", new Policies().Action(), null, (cluster, [Address(slow)]));
        var first = Make(service, Get("/x"));
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        var (_, _, second) = await Make(service, Get("/x"));
        leave.SetResult();
        Assert.Equal(RefusalReason.Overflow, second.Refusal!.Reason);
        Assert.Equal(NextStep.Deliver, (await first).End.Step);
        Assert.Equal(1, _counts.Of("overflowed requests"));
    }

    [Fact]
    public async Task A_caller_that_leaves_ends_the_call_and_is_nobodys_failure()
    {
        await using var hanging = await TestUpstream.Start(TestUpstream.Hang);
        var service = Service(new() { Retry = GatewayErrors }, null, ThreeInARow, hanging);
        using var leaving = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var (call, _, end) = await Make(service, Get("/x"), leaving.Token);
        Assert.Equal((NextStep.Abandon, 1), (end.Step, call.Attempts));
        Assert.Null(end.Refusal);
    }

    private FixedService Service(Policies policies, TestUpstream? fallback, params TestUpstream[] endpoints) =>
        Service(policies, fallback, null, endpoints);

    private FixedService Service(Policies policies, TestUpstream? fallback, OutlierConfig? outliers, params TestUpstream[] endpoints) =>
        Service(policies, fallback is null ? null : Address(fallback), outliers, [.. endpoints.Select(Address)]);

    private static FixedService Service(Policies policies, string? fallback, params string[] endpoints) =>
        Service(policies, fallback, null, endpoints);

    private static FixedService Service(Policies policies, string? fallback, OutlierConfig? outliers, string[] endpoints) =>
        fallback is null
        ? new FixedService("shop", policies.Action(), null, (Shop(outliers), endpoints))
        : new FixedService("shop", policies.Action(), "fallback", (Shop(outliers), endpoints),
            (FixedService.Cluster("fallback"), [fallback]));

    // Whatever is sent again is within its budget.
    private static ClusterConfig Shop(OutlierConfig? outliers) =>
        FixedService.Cluster("shop", outliers) with { Breakers = new CircuitBreakerConfig { Budget = new RetryBudgetConfig(100, 100) } };

    private static string Address(TestUpstream upstream) => $"127.0.0.1:{upstream.Port}";

    private async Task<string> Delivered(FixedService service, HttpRequestMessage message)
    {
        var (_, request, end) = await Make(service, message);
        Assert.True(end.Step == NextStep.Deliver && request.Answer!.StatusCode == HttpStatusCode.OK, $"{end} {request.Answer}");
        return await request.Answer!.Content.ReadAsStringAsync(Cancel);
    }

    private async Task<(CallState Call, HttpCall Request, CallEnd End)> Make(FixedService service, HttpRequestMessage message,
        CancellationToken? caller = null)
    {
        var engine = new CallEngine(new CallOptions(), _counts, TimeProvider.System, NullLogger.Instance);
        var request = new HttpCall(_client, message, caller ?? Cancel);
        var route = RouteDecision.Of(service.Listener, request.Facts).Route!;
        var call = new CallState(request, CallPlan.Make(service.Listener, route, (RouteAction.Forward)route.Action), service);
        return (call, request, await engine.RunAsync<HttpCall, AttemptResult>(call, service.Snapshot, request));
    }

    private static HttpRequestMessage Get(string path) => new(HttpMethod.Get, new Uri($"http://shop{path}"));

    private static HttpRequestMessage Post(string path, string body) =>
        new(HttpMethod.Post, new Uri($"http://shop{path}")) { Content = new StringContent(body) };

    private sealed class Policies
    {
        public RetryPolicy? Retry { get; init; }

        public TimeSpan? Timeout { get; init; }

        public IReadOnlyList<MirrorPolicy> Mirrors { get; init; } = [];

        public RouteAction.Forward Action() =>
            new(new WeightedTargets([new WeightedTarget("shop", 1)])) { Retry = Retry, Timeout = Timeout, Mirrors = Mirrors };
    }
}
