using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Http;

namespace Mesh.Tests.Proxy;

public class FallbackTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_an_endpoint_or_with_none_that_can_be_reached_the_fallback_answers()
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        await using var spare = await TestUpstream.Start(Echo("spare"));
        await mesh.Serve("spare-a", spare);
        await mesh.Serve("empty", "http");
        await FallsBack("empty", "spare-a");
        Assert.Equal("spare /x 5", await Post("/empty/x", 5));
        await mesh.Serve("dead", "http", (FreePort.Next(), 1), (FreePort.Next(), 1));
        await FallsBack("dead", "spare-a");
        // Nothing of it was sent yet: however long it is, it can go to the other service.
        Assert.Equal("spare /x 300000", await Post("/dead/x", 300_000));
        await counts.Within(2, 2, "fallbacks");
    }

    [Theory]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    [InlineData(500, false)]
    [InlineData(404, false)]
    public async Task An_answer_that_says_nobody_could_answer_goes_to_the_fallback_with_the_whole_body_and_any_other_is_the_answer(
        int status, bool fallsBack)
    {
        await using var spare = await TestUpstream.Start(Echo("spare"));
        await using var failing = await TestUpstream.Start(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            context.Response.StatusCode = status;
        });
        await mesh.Serve($"spare-{status}", spare);
        await mesh.Serve($"failing-{status}", failing);
        await FallsBack($"failing-{status}", $"spare-{status}");
        using var answer = await mesh.Http.PostAsync($"/failing-{status}/x", new ByteArrayContent(new byte[10_000]), Cancel);
        Assert.Equal(fallsBack ? 200 : status, (int)answer.StatusCode);
        if (fallsBack)
            Assert.Equal("spare /x 10000", await answer.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_body_that_is_too_long_to_keep_goes_nowhere_else_once_it_was_seen()
    {
        await using var spare = await TestUpstream.Start(Echo("spare"));
        await using var failing = await TestUpstream.Start(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            context.Response.StatusCode = 503;
            await context.Response.WriteAsync("own words");
        });
        await mesh.Serve("spare-long", spare);
        await mesh.Serve("failing-long", failing);
        await FallsBack("failing-long", "spare-long");
        using var answer = await mesh.Http.PostAsync("/failing-long/x", new ByteArrayContent(new byte[300_000]), Cancel);
        Assert.Equal((503, "own words"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel)));
    }

    [Fact]
    public async Task A_gRPC_call_that_is_unavailable_goes_to_the_fallback()
    {
        await using var spare = await TestUpstream.Start(context => Grpc(context, "0"));
        await using var failing = await TestUpstream.Start(context => Grpc(context, "14"));
        await using var wrong = await TestUpstream.Start(context => Grpc(context, "3"));
        await mesh.Serve("spare-grpc", spare);
        await mesh.Serve("failing-grpc", failing);
        await mesh.Serve("wrong-grpc", wrong);
        await FallsBack("failing-grpc", "spare-grpc");
        await FallsBack("wrong-grpc", "spare-grpc");
        Assert.Equal("0", await Status("failing-grpc"));
        Assert.Equal("3", await Status("wrong-grpc"));

        async Task<string> Status(string service)
        {
            using var call = new HttpRequestMessage(HttpMethod.Post, $"/{service}/p.S/M")
            {
                Version = HttpVersion.Version11,
                Content = new ByteArrayContent([]),
            };
            using var answer = await mesh.Http.SendAsync(call, Cancel);
            return answer.Headers.GetValues("grpc-status").Single();
        }
    }

    [Fact]
    public async Task Retries_come_first_and_then_the_fallback_is_asked_once()
    {
        var (tries, spares) = (0, 0);
        await using var failing = await TestUpstream.Start(context =>
        {
            Interlocked.Increment(ref tries);
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        await using var spare = await TestUpstream.Start(context =>
        {
            Interlocked.Increment(ref spares);
            context.Response.StatusCode = 503;
            return context.Response.WriteAsync("spare's own words");
        });
        await mesh.Serve("spare-once", spare);
        await mesh.Serve("retried", failing);
        await FallsBack("retried", "spare-once", host => host.RetryPolicy = new RetryPolicy { RetryOn = "5xx", NumRetries = 2 });
        using var answer = await mesh.Http.GetAsync("/retried/", Cancel);
        Assert.Equal((503, "spare's own words"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel)));
        Assert.Equal((3, 1), (tries, spares));
    }

    [Fact]
    public async Task What_a_full_bulkhead_turns_away_goes_to_the_fallback()
    {
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var spare = await TestUpstream.Start(Echo("spare"));
        await using var slow = await TestUpstream.Start(async context =>
        {
            reached.TrySetResult();
            await goOn.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await context.Response.WriteAsync("slow");
        });
        await mesh.Serve("spare-full", spare);
        await mesh.Serve("full", [slow],
            cluster: cluster => cluster.CircuitBreakers = new()
            {
                Thresholds = { new CircuitBreakers.Types.Thresholds { MaxRequests = 1 } },
            });
        await FallsBack("full", "spare-full");
        var first = mesh.Http.GetStringAsync("/full/", Cancel);
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.Equal("spare /x 7", await Post("/full/x", 7));
        goOn.SetResult();
        Assert.Equal("slow", await first);
    }

    [Fact]
    public async Task The_fallback_of_the_fallback_is_never_asked_and_the_refusal_names_both()
    {
        await using var third = await TestUpstream.Named("third");
        await mesh.Serve("third", third);
        await mesh.Serve("second", "http");
        await mesh.Serve("first", "http");
        await FallsBack("second", "third");
        await FallsBack("first", "second");
        Assert.Equal("third", await mesh.Http.GetStringAsync("/second/", Cancel));
        using var answer = await mesh.Http.GetAsync("/first/", Cancel);
        var problem = (await answer.Content.ReadFromJsonAsync<JsonObject>(Cancel))!;
        Assert.Equal((503, "no-endpoint"), ((int)answer.StatusCode, (string?)problem["reason"]));
        Assert.Equal("Service 'first' and its fallback 'second' cannot answer: 'second' has no endpoint.", (string?)problem["detail"]);
    }

    [Fact]
    public async Task Debug_headers_say_that_the_fallback_has_answered()
    {
        await using var controlPlane = await TestControlPlane.Start();
        await using var gateway = await RunningGateway.Start(controlPlane.Address, null, "--Mesh:Gateway:DebugHeaders=true");
        await using var spare = await TestUpstream.Named("spare");
        controlPlane.Serve("spare", "http", (spare.Port, 1));
        controlPlane.Serve("told", "http");
        controlPlane.Set(Routes("told", "spare", null));
        await gateway.KnowsPorts("spare", spare.Port);
        using var answer = await Eventually.Succeeds(async () =>
        {
            var answer = await gateway.Http.GetAsync("/told/", Cancel);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return answer;
        }, TimeSpan.FromSeconds(60), "the fallback answers");
        Assert.Equal(("spare", "spare"),
            (answer.Headers.GetValues("x-mesh-fallback").Single(), answer.Headers.GetValues("x-mesh-cluster").Single()));
    }

    private static RequestDelegate Echo(string name) => async context =>
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        await context.Response.WriteAsync($"{name} {context.Request.Path} {body.Length}");
    };

    private static Task Grpc(HttpContext context, string status)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = status;
        return Task.CompletedTask;
    }

    private static XdsResource Routes(string service, string fallback, Action<VirtualHost>? change)
    {
        var routes = RouteConfigurationBuilder.Default(service, XdsFlavour.Mesh);
        MeshMetadata.Set(routes.Metadata = new Metadata(), MeshMetadata.Fallback, Value.ForString(fallback));
        change?.Invoke(routes.VirtualHosts[0]);
        return XdsResource.Of(routes);
    }

    private Task FallsBack(string service, string fallback, Action<VirtualHost>? change = null) =>
        mesh.Apply(Routes(service, fallback, change));

    private async Task<string> Post(string path, int bytes)
    {
        using var answer = await mesh.Http.PostAsync(path, new ByteArrayContent(new byte[bytes]), Cancel);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }
}
