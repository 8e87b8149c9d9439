using System.Net;
using System.Net.WebSockets;
using System.Text;
using Grpc.Core;
using Mesh.Kernel.Settings;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

/// <summary>What reaches an application through the inbound listener of its sidecar.</summary>
public class SidecarInboundTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_arrives_as_it_was_sent()
    {
        await using var application = await TestUpstream.Start();
        await using var sidecar = await Beside(application.Port);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sidecar.Inbound, "/shop/a%2Fb?c=d"))
        {
            Headers = { Host = "web.mesh" }, Content = new StringContent("body"),
        };
        request.Headers.Add("X-Forwarded-For", "203.0.113.9");
        using var response = await sidecar.Http.SendAsync(request, Cancel);
        var told = await response.Content.ReadAsStringAsync(Cancel);
        Assert.StartsWith("POST /shop/a%2Fb?c=d HTTP/1.1\n", told);
        Assert.Contains("host: web.mesh\n", told);
        Assert.Contains("x-forwarded-for: 203.0.113.9\n", told);
        Assert.Equal("inbound", response.Headers.GetValues("x-mesh-cluster").Single());
        Assert.StartsWith("GET /health/live", await sidecar.Http.GetStringAsync(new Uri(sidecar.Inbound, "/health/live"), Cancel));
    }

    [Theory]
    [InlineData("1.1", HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData("2.0", HttpProtocols.Http2, "HTTP/2")]
    public async Task The_http_version_is_the_callers(string version, HttpProtocols speaks, string arrives)
    {
        await using var application = await TestUpstream.Start(protocols: speaks);
        await using var sidecar = await Beside(application.Port);
        using var request = new HttpRequestMessage(HttpMethod.Get, sidecar.Inbound)
        {
            Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await sidecar.Http.SendAsync(request, Cancel);
        Assert.StartsWith($"GET / {arrives}\n", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Grpc_calls_and_web_sockets_pass()
    {
        await using var calls = await TestUpstream.Start(protocols: HttpProtocols.Http2, build: CountingService.Build,
            map: CountingService.Map);
        await using var beside = await Beside(calls.Port);
        using var channel = GrpcThrough.Host("web", beside.Inbound);
        Assert.Equal("hello!",
            await channel.CreateCallInvoker()
                .AsyncUnaryCall(CountingService.Unary, null, new CallOptions(cancellationToken: Cancel), "hello"));

        await using var sockets = await TestUpstream.Start(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, context.RequestAborted);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
        });
        await using var other = await Beside(sockets.Port);
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{other.Inbound.Port}/"), Cancel);
        var buffer = new byte[100];
        var received = await client.ReceiveAsync(buffer, Cancel);
        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, received.Count));
    }

    [Fact]
    public async Task The_application_gets_no_more_requests_at_once_than_is_set()
    {
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var application = await TestUpstream.Start(async context =>
        {
            reached.TrySetResult();
            await goOn.Task.WaitAsync(Soon);
        });
        await using var sidecar = await Beside(application.Port, "--Mesh:Sidecar:MaxRequests=1");
        var first = sidecar.Http.GetAsync(sidecar.Inbound, Cancel);
        await reached.Task.WaitAsync(Soon, Cancel);
        using var second = await sidecar.Http.GetAsync(sidecar.Inbound, Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.Contains("overflow", await second.Content.ReadAsStringAsync(Cancel));
        goOn.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
    }

    [Fact]
    public async Task An_application_that_is_not_there_is_named()
    {
        var port = Mesh.Tests.Support.FreePort.Next();
        await using var sidecar = await Beside(port);
        using var response = await sidecar.Http.GetAsync(sidecar.Inbound, Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains($"127.0.0.1:{port}", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_connection_that_the_application_closes_costs_no_request_that_is_safe()
    {
        await using var application = new BreakingUpstream(Break.AfterReading, times: 1);
        await using var sidecar = await Beside(application.Port);
        Assert.Equal("ok", await sidecar.Http.GetStringAsync(new Uri(sidecar.Inbound, "/warm"), Cancel));
        using var response = await sidecar.Http.GetAsync(new Uri(sidecar.Inbound, "/x"), Cancel);
        Assert.Equal("ok", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("2", response.Headers.GetValues("x-mesh-attempts").Single());
        Assert.Equal(2, application.Requests);
    }

    [Fact]
    public async Task What_comes_for_an_application_that_is_not_there_goes_to_no_service_of_the_mesh()
    {
        await using var other = await TestUpstream.Named("other");
        await using var sidecar = await Beside(Mesh.Tests.Support.FreePort.Next(), "--Mesh:Upstreams=inbound");
        sidecar.ControlPlane.Serve("inbound", "http", (other.Port, 1));
        await sidecar.Sidecar.KnowsPorts("inbound", other.Port);
        for (var i = 0; i < 3; i++)
        {
            using var response = await sidecar.Http.GetAsync(sidecar.Inbound, Cancel);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        }
    }

    [Fact]
    public async Task Bytes_reach_an_application_that_speaks_no_http()
    {
        await using var application = new TcpEcho("app");
        await using var controlPlane = await TestControlPlane.Start();
        var inbound = Mesh.Tests.Support.FreePort.Next();
        await using var sidecar = await RunningGateway.Start(
            controlPlane.Address, null, "--Mesh:Sidecar:Service=web", $"--Mesh:Sidecar:Inbound={inbound}",
            $"--Mesh:Sidecar:Application=tcp://127.0.0.1:{application.Port}");
        using var socket = await Tunnel.Connect(inbound, Cancel);
        await socket.SendAsync("ping "u8.ToArray(), Cancel);
        socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.Equal("app\nping bye", await Tunnel.Rest(socket, Cancel));
    }

    [Theory]
    [InlineData("--Mesh:Sidecar:Service=not a name", "Mesh__Sidecar__Service")]
    [InlineData("--Mesh:Sidecar:Application=ftp://127.0.0.1:21", "Mesh__Sidecar__Application")]
    [InlineData("--Mesh:Tcp:Listen=5432", "Mesh__Tcp__Listen")]
    [InlineData("--Mesh:Tcp:Listen=70000=db", "Mesh__Tcp__Listen")]
    public async Task A_setting_that_cannot_be_is_refused_by_its_name(string setting, string named)
    {
        var fault = await Assert.ThrowsAsync<SettingException>(
            () => RunningGateway.Start(new Uri("http://127.0.0.1:1"), null, "--Mesh:Sidecar:Service=web", setting));
        Assert.Contains(named, fault.Message);
    }

    private static async Task<Pair> Beside(int application, params string[] settings)
    {
        var controlPlane = await TestControlPlane.Start();
        var sidecar = await RunningGateway.Start(
            controlPlane.Address, null,
            ["--Mesh:Sidecar:Service=web", "--Mesh:Sidecar:Inbound=0", $"--Mesh:Sidecar:Application=http://127.0.0.1:{application}",
                "--Mesh:Gateway:DebugHeaders=true", .. settings]);
        return new Pair(controlPlane, sidecar);
    }

    private sealed record Pair(TestControlPlane ControlPlane, RunningGateway Sidecar) : IAsyncDisposable
    {
        public Uri Inbound => Sidecar.Inbound;

        public HttpClient Http => Sidecar.Http;

        public async ValueTask DisposeAsync()
        {
            await Sidecar.DisposeAsync();
            await ControlPlane.DisposeAsync();
        }
    }
}
