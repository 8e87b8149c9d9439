using System.Net;
using System.Text;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Worker.Support;

namespace Mesh.Tests.Proxy;

/// <summary>What one hop says to the next, and nobody else is told.</summary>
public class HopHeaderTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Upgrade: foo\r\n", "with another protocol than the request asked for")]
    [InlineData("Upgrade: websocket, foo\r\n", "with another protocol than the request asked for")]
    [InlineData("", "does not say which")]
    public async Task A_switch_to_a_protocol_that_was_not_asked_for_is_a_502(string upgrade, string why)
    {
        await using var upstream = new TestTarget(
            TestTarget.Answering($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n{upgrade}\r\n"));
        var service = $"switch-{Guid.NewGuid():N}"[..20];
        await mesh.Serve(service, "http", (upstream.Port, 1));
        var answer = await Ask($"GET /{service}/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 502 ", answer);
        Assert.Contains(why, answer);
    }

    [Fact]
    public async Task A_switch_to_the_protocol_that_was_asked_for_goes_on_however_it_is_spelt()
    {
        await using var upstream = new TestTarget(
            TestTarget.Answering("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\nbytes"));
        await mesh.Serve("switched", "http", (upstream.Port, 1));
        var answer = await Ask("GET /switched/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 101 ", answer);
        Assert.EndsWith("\r\n\r\nbytes", answer);
    }

    [Theory]
    [InlineData("GET /hostless/ HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /hostless/ HTTP/1.0\r\n\r\n")]
    public async Task A_request_without_a_host_has_no_host_forwarded(string request)
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("hostless", "http", (upstream.Port, 1));
        Assert.Contains(" 200 ", await Ask(request));
        Assert.Null(Assert.Single(upstream.Requests).Header("X-Forwarded-Host"));
    }

    [Theory]
    [InlineData("http", null)]
    [InlineData("grpc", "trailers")]
    public async Task A_clients_word_that_it_takes_trailers_goes_on_over_HTTP2_alone(string protocol, string? arrives)
    {
        await using var upstream = RecordingUpstream.Start(http2: protocol == "grpc");
        await mesh.Serve($"te-{protocol}", protocol, (upstream.Port, 1));
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        Assert.Equal(200, (await client.Get($"/te-{protocol}/", Cancel, ("te", "trailers"))).Status);
        Assert.Equal(arrives, Assert.Single(upstream.Requests).Header("te"));
    }

    [Fact]
    public async Task What_only_a_data_plane_may_say_is_dropped_from_an_applications_answer()
    {
        const string Answer =
            "HTTP/1.1 200 OK\r\nX-Mesh-Hops: 9\r\nX-mesh-route: lie\r\nX-Kept: yes\r\nTransfer-Encoding: "
                + "chunked\r\n\r\n2\r\nok\r\n0\r\nx-mesh-attempts: 9\r\n\r\n";
        await using var application = new TestTarget(TestTarget.Answering(Answer));
        await using var controlPlane = await TestControlPlane.Start();
        await using var sidecar = await RunningGateway.Start(controlPlane.Address, null,
            "--Mesh:Sidecar:Service=web", $"--Mesh:Sidecar:Application=http://127.0.0.1:{application.Port}", "--Mesh:Sidecar:Inbound=0");
        using var response = await sidecar.Http.GetAsync(sidecar.Inbound, Cancel);
        Assert.Equal("ok", await response.Content.ReadAsStringAsync(Cancel));
        Assert.DoesNotContain(response.Headers.Concat(response.TrailingHeaders),
            h => h.Key.StartsWith("x-mesh-", StringComparison.OrdinalIgnoreCase));
        Assert.Equal("yes", response.Headers.GetValues("x-kept").Single());
    }

    [Fact]
    public async Task Problem_details_say_an_apostrophe_as_it_is()
    {
        using var response = await mesh.Http.GetAsync("/no-such-service/", Cancel);
        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"),
            (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Contains("There is no service 'no-such-service' in the mesh", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public void Problem_details_escape_control_characters() => Assert.Contains(@"a\u001B[31m\r\n", Mesh.Proxy.Forwarding.Answers.Problem(
        Mesh.Proxy.Forwarding.GatewayRefusal.Malformed, "", "a\u001b[31m\r\n"));

    private async Task<string> Ask(string request)
    {
        using var socket = await Tunnel.Connect(mesh.Gateway.Address.Port, Cancel);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), Cancel);
        return await Tunnel.Rest(socket, Cancel);
    }
}
