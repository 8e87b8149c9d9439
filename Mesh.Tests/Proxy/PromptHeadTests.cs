using System.Net;
using Grpc.Core;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Worker.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

/// <summary>
/// An answer's head that comes long before its body. Each upstream here sends the rest only when the client has said that it has the head.
/// </summary>
public class PromptHeadTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.1", "http", HttpProtocols.Http1)]
    [InlineData("1.1", "grpc", HttpProtocols.Http2)]
    [InlineData("2.0", "http", HttpProtocols.Http1)]
    [InlineData("2.0", "grpc", HttpProtocols.Http2)]
    public async Task The_head_reaches_the_client_before_the_first_byte_of_the_body(string version, string protocol, HttpProtocols speaks)
    {
        var received = new TaskCompletionSource();
        await using var upstream = await TestUpstream.Start(HeadFirst(received.Task), speaks);
        var service = $"head-{version[0]}-{protocol}";
        await mesh.Serve(service, upstream, protocol);
        await Expect(mesh.Http, new Uri(mesh.Gateway.Address, $"/{service}/"), version, received);
    }

    [Fact]
    public async Task The_head_of_an_answer_after_a_retry_is_that_of_the_answer_that_goes_on()
    {
        var (received, asked) = (new TaskCompletionSource(), 0);
        await using var upstream = await TestUpstream.Start(async context =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                context.Response.StatusCode = 503;
                await context.Response.Body.FlushAsync();
                await received.Task.WaitAsync(Soon, context.RequestAborted);
                return;
            }

            await HeadFirst(received.Task)(context);
        });
        await mesh.Serve("head-retried", [upstream],
            routes => routes.Routes[0].Route_.RetryPolicy = new() { RetryOn = "5xx", NumRetries = 1 });
        await Expect(mesh.Http, new Uri(mesh.Gateway.Address, "/head-retried/"), "1.1", received);
        Assert.Equal(2, asked);
    }

    [Theory]
    [InlineData("1.1", HttpProtocols.Http1)]
    [InlineData("2.0", HttpProtocols.Http2)]
    public async Task A_sidecar_passes_the_head_on_both_ways(string version, HttpProtocols speaks)
    {
        var (received, again) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var upstream = await TestUpstream.Start(
            context => HeadFirst(context.Request.Path == "/in" ? received.Task : again.Task)(context), speaks);
        await using var controlPlane = await TestControlPlane.Start();
        await using var sidecar = await RunningGateway.Start(controlPlane.Address, null,
            "--Mesh:Sidecar:Service=web", $"--Mesh:Sidecar:Application=http://127.0.0.1:{upstream.Port}", "--Mesh:Sidecar:Inbound=0");
        await Expect(sidecar.Http, new Uri(sidecar.Inbound, "/in"), version, received);
        controlPlane.Serve("ahead", speaks == HttpProtocols.Http2 ? "grpc" : "http", (upstream.Port, 1));
        await Expect(sidecar.Http, new Uri(sidecar.Address, "/ahead/out"), version, again);
    }

    [Fact]
    public async Task The_head_of_an_answer_from_outside_the_mesh_is_passed_on()
    {
        var received = new TaskCompletionSource();
        await using var upstream = await TestUpstream.Start(HeadFirst(received.Task));
        await using var controlPlane = await TestControlPlane.Start();
        await using var sidecar = await RunningGateway.Start(controlPlane.Address, null, "--Mesh:Sidecar:Service=web",
            "--Mesh:Sidecar:Outside=pass");
        using var http = SidecarFixture.Through(sidecar);
        await Expect(http, new Uri($"http://127.0.0.1:{upstream.Port}/"), "1.1", received);
    }

    [Fact]
    public async Task Initial_metadata_of_a_grpc_call_comes_before_its_first_message()
    {
        var received = new TaskCompletionSource();
        await using var upstream = await TestUpstream.Start(async context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["x-first"] = "yes";
            await context.Response.Body.FlushAsync();
            await received.Task.WaitAsync(Soon, context.RequestAborted);
            context.Response.AppendTrailer("grpc-status", "0");
        }, HttpProtocols.Http2);
        await mesh.Serve("head-calls", upstream, "grpc");
        using var channel = GrpcThrough.Host("head-calls.mesh", mesh.Gateway.Address);
        using var call = channel.CreateCallInvoker()
            .AsyncServerStreamingCall(CountingService.Down, null, new CallOptions(cancellationToken: Cancel), "0");
        Assert.Equal("yes", (await call.ResponseHeadersAsync.WaitAsync(Soon, Cancel)).GetValue("x-first"));
        received.SetResult();
        Assert.False(await call.ResponseStream.MoveNext(Cancel));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task A_chunk_that_is_none_breaks_the_answer_off_though_another_one_follows_it()
    {
        await using var upstream = new TestTarget(
            TestTarget.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n0\r\n\r\n"));
        await mesh.Serve("head-broken", "http", (upstream.Port, 1));
        using var response = await mesh.Http.GetAsync("/head-broken/", Cancel);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    private static async Task Expect(HttpClient http, Uri address, string version, TaskCompletionSource received)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address)
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel).WaitAsync(Soon, Cancel);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream", Version.Parse(version)),
            (response.StatusCode, response.Content.Headers.ContentType?.MediaType, response.Version));
        received.SetResult();
        Assert.Equal("data: 1\n\n", await response.Content.ReadAsStringAsync(Cancel));
    }

    private static RequestDelegate HeadFirst(Task received) => async context =>
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.FlushAsync();
        await received.WaitAsync(Soon, context.RequestAborted);
        await context.Response.WriteAsync("data: 1\n\n");
    };
}
