using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

/// <summary>What an application reaches through the outbound listener of its sidecar.</summary>
public class SidecarOutboundTests(SidecarFixture mesh) : IClassFixture<SidecarFixture>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://named/a/b?c=%2F", "/a/b?c=%2F")]
    [InlineData("http://named:8080/a", "/a")]
    [InlineData("http://named.default/a", "/a")]
    [InlineData("http://NAMED.mesh/a", "/a")]
    [InlineData("http://named.default.mesh/", "/")]
    public async Task An_http_proxys_client_reaches_a_service_by_its_name_though_nobody_declared_it(string address, string arrives)
    {
        await using var upstream = await TestUpstream.Start();
        mesh.ControlPlane.Serve("named", "http", (upstream.Port, 1));
        await Eventually.True(async () =>
        {
            using var response = await mesh.Http.GetAsync(address, Cancel);
            return (await response.Content.ReadAsStringAsync(Cancel)).StartsWith($"GET {arrives} HTTP/1.1\n");
        }, Soon, "the service gets the request");
    }

    [Fact]
    public async Task The_first_request_for_a_service_waits_for_the_control_planes_word_and_is_answered()
    {
        await using var upstream = await TestUpstream.Named("hello");
        mesh.ControlPlane.Serve("first.billing", "http", (upstream.Port, 1));
        using var response = await mesh.Http.GetAsync("http://first.billing/", Cancel);
        Assert.Equal("hello", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("first.billing", response.Headers.GetValues("x-mesh-cluster").Single());
        Assert.Equal($"127.0.0.1:{upstream.Port}", response.Headers.GetValues("x-mesh-endpoint").Single());
    }

    [Fact]
    public async Task A_base_address_does_with_a_host_header_or_with_the_service_in_the_path()
    {
        await using var upstream = await TestUpstream.Start();
        mesh.ControlPlane.Serve("based", "http", (upstream.Port, 1));
        using var byHost = new HttpRequestMessage(HttpMethod.Get, "/x?y") { Headers = { Host = "based" } };
        using var hosted = await mesh.Sidecar.Http.SendAsync(byHost, Cancel);
        Assert.StartsWith("GET /x?y HTTP/1.1\n", await hosted.Content.ReadAsStringAsync(Cancel));
        Assert.StartsWith("GET /x?y HTTP/1.1\n", await mesh.Sidecar.Http.GetStringAsync("/based/x?y", Cancel));
        Assert.Contains("\"name\":\"based\"", (await mesh.Sidecar.Http.GetStringAsync("/", Cancel)).Replace(" ", ""));
        Assert.Equal(HttpStatusCode.OK, (await mesh.Sidecar.Http.GetAsync("/health/live", Cancel)).StatusCode);
    }

    [Fact]
    public async Task What_the_application_says_about_whom_it_forwards_for_is_left_alone()
    {
        await using var upstream = await TestUpstream.Start();
        mesh.ControlPlane.Serve("claims", "http", (upstream.Port, 1));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://claims/") { Headers = { { "X-Forwarded-For", "203.0.113.9" } } };
        using var response = await mesh.Http.SendAsync(request, Cancel);
        var told = await response.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("x-forwarded-for: 203.0.113.9\n", told);
        Assert.DoesNotContain("x-forwarded-host", told);
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_named_and_found_as_soon_as_it_comes()
    {
        Assert.Equal((HttpStatusCode.NotFound, "unknown-service", "yet-to-come"), await Refused("http://yet-to-come/"));
        await using var upstream = await TestUpstream.Named("here");
        mesh.ControlPlane.Serve("yet-to-come", "http", (upstream.Port, 1));
        await Eventually.True(async () => (await mesh.Http.GetAsync("http://yet-to-come/", Cancel)).IsSuccessStatusCode, Soon,
            "it has come");
    }

    [Theory]
    [InlineData("http://www.example.com/")]
    [InlineData("http://192.0.2.1:8080/")]
    [InlineData("http://[2001:db8::1]/")]
    public async Task Hosts_outside_the_mesh_are_refused_in_clear_words(string address)
    {
        using var response = await mesh.Http.GetAsync(address, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        var problem = (await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!;
        Assert.Equal("outside-mesh", (string?)problem["reason"]);
        Assert.Contains(new Uri(address).Authority, (string?)problem["detail"]);
        Assert.Contains("Mesh__Sidecar__Outside=pass", (string?)problem["detail"]);
    }

    [Theory]
    [InlineData("DELETE")]
    [InlineData("GET")]
    public async Task A_host_outside_the_mesh_that_breaks_off_was_sent_the_request_once(string method)
    {
        await using var outside = new BreakingUpstream(Break.AfterReading);
        await using var controlPlane = await TestControlPlane.Start();
        await using var sidecar = await RunningGateway.Start(controlPlane.Address, null, "--Mesh:Sidecar:Service=web",
            "--Mesh:Sidecar:Outside=pass");
        using var http = SidecarFixture.Through(sidecar);
        using var response = await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"http://127.0.0.1:{outside.Port}/pay"),
            Cancel);
        Assert.Equal((HttpStatusCode.BadGateway, 1), (response.StatusCode, outside.Requests));
    }

    [Fact]
    public async Task Hosts_outside_the_mesh_are_passed_through_where_that_is_set()
    {
        await using var outside = await TestUpstream.Start();
        await using var controlPlane = await TestControlPlane.Start();
        await using var sidecar = await RunningGateway.Start(controlPlane.Address, null, "--Mesh:Sidecar:Service=web",
            "--Mesh:Sidecar:Outside=pass");
        using var http = SidecarFixture.Through(sidecar);
        var answer = await http.GetStringAsync($"http://127.0.0.1:{outside.Port}/x%2Fy?z", Cancel);
        Assert.StartsWith("GET /x%2Fy?z HTTP/1.1\n", answer);
        Assert.Contains($"host: 127.0.0.1:{outside.Port}\n", answer);
        var (socket, reply) = await Tunnel.Open(sidecar.Address, $"127.0.0.1:{outside.Port}", Cancel);
        using (socket)
        {
            Assert.StartsWith("HTTP/1.1 200 ", reply);
            await socket.SendAsync("GET /in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancel);
            Assert.Contains("GET /in HTTP/1.1", await Tunnel.Rest(socket, Cancel));
        }

        foreach (var address in (string[])["127.0.0.1", "www.example.com", "www.example.com:http", "127.0.0.1:99999", ":80"])
        {
            (socket, reply) = await Tunnel.Open(sidecar.Address, address, Cancel);
            using (socket)
            {
                Assert.StartsWith("HTTP/1.1 400 ", reply);
                Assert.Contains("names a host and a port", await Tunnel.Rest(socket, Cancel));
            }
        }
    }

    [Fact]
    public async Task Only_declared_services_are_reached_where_others_are_not_to_be_asked_for()
    {
        await using var upstream = await TestUpstream.Named("ok");
        await using var controlPlane = await TestControlPlane.Start(before: c =>
        {
            c.Serve("declared", "http", (upstream.Port, 1));
            c.Serve("other", "http", (upstream.Port, 1));
        });
        await using var sidecar = await RunningGateway.Start(
            controlPlane.Address, null, "--Mesh:Sidecar:Service=web", "--Mesh:Sidecar:OnDemand=false", "--Mesh:Upstreams=declared");
        await sidecar.Knows("declared", 1);
        using var http = SidecarFixture.Through(sidecar);
        Assert.Equal("ok", await http.GetStringAsync("http://declared/", Cancel));
        using var response = await http.GetAsync("http://other/", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("declared", await response.Content.ReadAsStringAsync(Cancel));
        var node = controlPlane.Requests.First(r => r.Node is not null).Node;
        Assert.Equal("web", node.Metadata.Fields["mesh.service"].StringValue);
        Assert.Equal(["declared", "web"], node.Metadata.Fields["mesh.upstreams"].ListValue.Values.Select(v => v.StringValue));
        Assert.StartsWith("web@", node.Id);
    }

    [Fact]
    public async Task A_control_plane_that_does_not_answer_costs_a_request_no_more_than_the_set_time()
    {
        await using var sidecar = await RunningGateway.Start(
            new Uri($"http://127.0.0.1:{FreePort.Next()}"), null, "--Mesh:Sidecar:Service=web", "--Mesh:Sidecar:WaitFor=00:00:00.2");
        using var http = SidecarFixture.Through(sidecar);
        using var response = await http.GetAsync("http://anything/", Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("not-ready", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Grpc_calls_of_all_kinds_pass_by_authority()
    {
        await using var upstream = await TestUpstream.Start(protocols: HttpProtocols.Http2, build: CountingService.Build,
            map: CountingService.Map);
        mesh.ControlPlane.Serve("counting", "grpc", (upstream.Port, 1));
        using var channel = GrpcThrough.Host("counting", mesh.Sidecar.Address);
        var calls = channel.CreateCallInvoker();
        Assert.Equal("hello!", await calls.AsyncUnaryCall(CountingService.Unary, null, Options(), "hello"));
        using var both = calls.AsyncDuplexStreamingCall(CountingService.Both, null, Options());
        await both.RequestStream.WriteAsync("1", Cancel);
        Assert.True(await both.ResponseStream.MoveNext(Cancel));
        Assert.Equal("1!", both.ResponseStream.Current);
        using var unknown = GrpcThrough.Host("unheard-of", mesh.Sidecar.Address);
        var failure = await Assert.ThrowsAsync<RpcException>(
            async () => await unknown.CreateCallInvoker().AsyncUnaryCall(CountingService.Unary, null, Options(), "x"));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Contains("'unheard-of'", failure.Status.Detail);
    }

    [Fact]
    public async Task Events_arrive_one_by_one()
    {
        var received = new TaskCompletionSource();
        await using var upstream = await TestUpstream.Start(TestUpstream.TwoEvents(received.Task));
        mesh.ControlPlane.Serve("events", "http", (upstream.Port, 1));
        using var response = await mesh.Http.GetAsync("http://events/", HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        Assert.Equal("data: 1", await reader.ReadLineAsync(Cancel).AsTask().WaitAsync(Soon, Cancel));
        received.SetResult();
        Assert.Equal("\ndata: 2\n\n", await reader.ReadToEndAsync(Cancel));
    }

    [Fact]
    public async Task A_web_socket_client_with_this_http_proxy_talks_both_ways()
    {
        await using var upstream = await TestUpstream.Start(TestUpstream.Echo);
        mesh.ControlPlane.Serve("sockets", "http", (upstream.Port, 1));
        using var client = new ClientWebSocket();
        client.Options.Proxy = new WebProxy(mesh.Sidecar.Address);
        await client.ConnectAsync(new Uri("ws://sockets/x"), Cancel);
        await client.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, Cancel);
        var buffer = new byte[100];
        var received = await client.ReceiveAsync(buffer, Cancel);
        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, received.Count));
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        Assert.Equal("bye", client.CloseStatusDescription);
    }

    [Fact]
    public async Task A_share_of_the_requests_is_turned_away_where_the_control_plane_says_so()
    {
        await using var upstream = await TestUpstream.Named("ok");
        mesh.ControlPlane.Serve("dropping", "http", (upstream.Port, 1));
        var assignment = LoadAssignmentBuilder.Of("dropping", XdsFlavour.Mesh,
            [new XdsEndpoint("127.0.0.1", upstream.Port, 1, "", "one", "", "http", false)]);
        assignment.Policy = new()
        {
            DropOverloads = {
                new Mesh.Xds.Protos.ClusterLoadAssignment.Types.Policy.Types.DropOverload
                {
                    Category = "all",
                    DropPercentage = new() { Numerator = 100 },
                } },
        };
        mesh.ControlPlane.Set(XdsResource.Of(assignment));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "dropped", "dropping"), await Refused("http://dropping/"));
    }

    private static CallOptions Options() => new(cancellationToken: Cancel, deadline: DateTime.MaxValue);

    private async Task<(HttpStatusCode Status, string? Reason, string? Service)> Refused(string address)
    {
        using var response = await mesh.Http.GetAsync(address, Cancel);
        var problem = (await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!;
        return (response.StatusCode, (string?)problem["reason"], (string?)problem["service"]);
    }
}
