using System.Net;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Tests.Proxy.Support;
using Mesh.Xds.Protos;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

public class RetryPolicyTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private const int ReplayLimit = 64 * 1024;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("5xx", 500)]
    [InlineData("gateway-error", 503)]
    [InlineData("retriable-4xx", 409)]
    [InlineData("retriable-status-codes", 418)]
    [InlineData("unheard-of,5xx", 502)]
    public async Task An_answer_that_the_policy_does_not_take_is_asked_for_again_elsewhere(string on, int status)
    {
        await using var bad = await Answering(status);
        await using var good = await TestUpstream.Start(context => context.Request.Body.CopyToAsync(context.Response.Body));
        await mesh.Serve($"again-{on[..3]}{status}", [bad, good], Retry(on, 1), Generous);
        for (var i = 0; i < 4; i++)
        {
            using var response = await mesh.Http.PostAsync($"/again-{on[..3]}{status}/", new StringContent($"body {i}"), Cancel);
            Assert.Equal((HttpStatusCode.OK, $"body {i}"), (response.StatusCode, await response.Content.ReadAsStringAsync(Cancel)));
        }
    }

    [Fact]
    public async Task An_answer_the_policy_does_not_speak_of_and_the_last_one_pass_as_they_are()
    {
        var asked = 0;
        await using var teapot = await TestUpstream.Start(context =>
        {
            Interlocked.Increment(ref asked);
            context.Response.StatusCode = context.Request.Path == "/tea" ? 418 : 503;
            context.Response.Headers["x-own"] = "1";
            return context.Response.WriteAsync("short and stout");
        });
        await mesh.Serve("teapot", [teapot], Retry("gateway-error", 2), Generous);
        using var tea = await mesh.Http.GetAsync("/teapot/tea", Cancel);
        Assert.Equal((418, "short and stout", 1), ((int)tea.StatusCode, await tea.Content.ReadAsStringAsync(Cancel), asked));
        using var last = await mesh.Http.GetAsync("/teapot/", Cancel);
        Assert.Equal((503, "short and stout", 1 + 3), ((int)last.StatusCode, await last.Content.ReadAsStringAsync(Cancel), asked));
        Assert.Equal(["1"], last.Headers.GetValues("x-own"));
    }

    [Fact]
    public async Task A_body_up_to_the_limit_is_sent_again_and_a_longer_one_is_not()
    {
        await using var bad = await Answering(503, readBody: true);
        await using var good = await TestUpstream.Start(context => context.Request.Body.CopyToAsync(context.Response.Body));
        await mesh.Serve("bodies", [bad, good], Retry("5xx", 1), Generous);
        var fits = new string('x', ReplayLimit);
        for (var i = 0; i < 4; i++)
        {
            using var response = await mesh.Http.PostAsync("/bodies/", new StringContent(fits), Cancel);
            Assert.Equal(fits, await response.Content.ReadAsStringAsync(Cancel));
            using var chunked = await mesh.Http.PostAsync("/bodies/", new Chunked(fits), Cancel);
            Assert.Equal(fits, await chunked.Content.ReadAsStringAsync(Cancel));
        }

        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            using var response = await mesh.Http.PostAsync("/bodies/", i % 2 == 0 ? new StringContent(fits + "x") : new Chunked(fits + "x"),
                Cancel);
            statuses.Add((int)response.StatusCode);
        }

        Assert.Contains(503, statuses);
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_is_given_up_for_another()
    {
        var asked = 0;
        await using var slow = await TestUpstream.Start(context =>
        {
            Interlocked.Increment(ref asked);
            return TestUpstream.Hang(context);
        });
        await using var good = await TestUpstream.Named("ok");
        // More than the good one takes for an answer on a busy machine. Of two requests one comes to the slow one at least.
        await mesh.Serve("patience", [slow, good],
            Retry("reset", 1, policy => policy.PerTryTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(2))), Generous);
        for (var i = 0; i < 2; i++)
            Assert.Equal("ok", await mesh.Http.GetStringAsync("/patience/", Cancel));
        Assert.InRange(asked, 1, 2);
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_for_the_last_time_is_a_504()
    {
        await using var slow = await TestUpstream.Start(TestUpstream.Hang);
        await mesh.Serve("impatient", [slow],
            Retry("5xx", 1, policy => policy.PerTryTimeout = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(100))));
        using var response = await mesh.Http.GetAsync("/impatient/", Cancel);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
    }

    [Fact]
    public async Task A_request_that_broke_off_is_sent_again_where_the_policy_says_so_even_if_it_has_a_body()
    {
        var asked = 0;
        await using var shaky = await TestUpstream.Start(context =>
        {
            if (Interlocked.Increment(ref asked) % 2 == 0)
                return context.Response.WriteAsync("ok");
            context.Abort();
            return Task.CompletedTask;
        });
        await mesh.Serve("shaky", [shaky], Retry("reset", 2));
        using var response = await mesh.Http.PostAsync("/shaky/", new StringContent("pay"), Cancel);
        Assert.Equal(("ok", 2), (await response.Content.ReadAsStringAsync(Cancel), asked));
    }

    [Fact]
    public async Task No_more_than_the_budget_is_sent_again()
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        var asked = 0;
        await using var bad = await TestUpstream.Start(context =>
        {
            Interlocked.Increment(ref asked);
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        await mesh.Serve("budget", [bad], Retry("5xx", 3), cluster => cluster.CircuitBreakers = new CircuitBreakers
        {
            Thresholds = {
                new CircuitBreakers.Types.Thresholds
                {
                    RetryBudget = new() { BudgetPercent = new Percent { Value = 10 }, MinRetryConcurrency = 0 },
                } },
        });
        for (var i = 0; i < 100; i++)
            (await mesh.Http.GetAsync("/budget/", Cancel)).Dispose();
        Assert.InRange(asked, 105, 110);
        await counts.Within(90, 100, "retries.exhausted", "budget");
    }

    [Theory]
    [InlineData("unavailable", StatusCode.Unavailable, 2)]
    [InlineData("internal", StatusCode.Internal, 2)]
    [InlineData("resource-exhausted", StatusCode.Unavailable, 1)]
    public async Task A_grpc_call_is_made_again_for_the_statuses_named(string on, StatusCode status, int calls)
    {
        var asked = 0;
        await using var server = await TestUpstream.Start(context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = Interlocked.Increment(ref asked) == 1 ? $"{(int)status}" : "5";
            return Task.CompletedTask;
        }, HttpProtocols.Http2);
        var service = $"calls-{on}-{calls}";
        await mesh.Serve(service, [server], Retry(on, 1), protocol: "grpc");
        using var channel = GrpcChannel.ForAddress(mesh.Gateway.Address,
            new GrpcChannelOptions { HttpHandler = new AuthorityHandler($"{service}.mesh") });
        var failure = await Assert.ThrowsAsync<RpcException>(
            async () => await channel.CreateCallInvoker().AsyncUnaryCall(CountingService.Unary, null, default, "x"));
        Assert.Equal((calls, calls == 2 ? StatusCode.NotFound : status), (asked, failure.StatusCode));
    }

    // The requests of these tests come one by one, so that the usual budget would end with the third repetition of a second.
    private static void Generous(Cluster cluster) => cluster.CircuitBreakers = new CircuitBreakers
    {
        Thresholds = { new CircuitBreakers.Types.Thresholds { RetryBudget = new() { BudgetPercent = new Percent { Value = 100 } } } },
    };

    private static Action<VirtualHost> Retry(string on, uint retries, Action<RetryPolicy>? more = null) => host =>
    {
        var policy = new RetryPolicy
        {
            RetryOn = on,
            NumRetries = retries,
            RetriableStatusCodes = { 418 },
            RetryBackOff = new() { BaseInterval = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(1)) },
        };
        more?.Invoke(policy);
        host.Routes[0].Route_.RetryPolicy = policy;
    };

    private static Task<TestUpstream> Answering(int status, bool readBody = false) => TestUpstream.Start(async context =>
    {
        if (readBody)
            await context.Request.Body.CopyToAsync(Stream.Null);
        context.Response.StatusCode = status;
    });

    private sealed class AuthorityHandler(string host) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Host = host;
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class Chunked(string text) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            foreach (var part in text.Chunk(10_000))
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(part), Cancel);
                await stream.FlushAsync(Cancel);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
