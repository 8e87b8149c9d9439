using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Loads;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Proxy;

/// <summary>Requests in a loop, and how they are found: each data plane says how many have been passed.</summary>
public class LoopTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    /// <summary>The client's request and those that it makes, the last of which is refused.</summary>
    private const int Requests = 17;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_service_that_leads_back_to_the_gateway_is_refused_after_sixteen_hops(string version)
    {
        await AddLoop("round", "round");
        using var counts = new GatewayCounts(mesh.Gateway);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/round/x")
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await mesh.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.LoopDetected, answer.StatusCode);
        var problem = (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancel))!;
        Assert.Equal(("loop", "round"), ((string?)problem["reason"], (string?)problem["service"]));
        Assert.Contains("Service 'round', route 'around': the request has passed 16 proxies of the mesh", (string?)problem["detail"]);
        Assert.Contains("register the application's own address", (string?)problem["detail"]);
        await counts.Within(Requests, Requests, "request.duration", "round", "5xx");
    }

    [Fact]
    public async Task So_are_two_services_that_lead_to_each_other()
    {
        await AddLoop("ping", "pong");
        await AddLoop("pong", "ping");
        using var counts = new GatewayCounts(mesh.Gateway);
        using var answer = await mesh.Http.GetAsync("/ping/", Cancel);
        Assert.Equal(HttpStatusCode.LoopDetected, answer.StatusCode);
        await counts.Within(9, 9, "request.duration", "ping");
        await counts.Within(8, 8, "request.duration", "pong");
    }

    [Fact]
    public async Task A_gRPC_call_is_refused_with_a_status_that_nobody_repeats()
    {
        await AddLoop("calls", "calls", protocol: "grpc");
        using var channel = GrpcThrough.Host("calls.mesh", mesh.Gateway.Address);
        using var counts = new GatewayCounts(mesh.Gateway);
        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await channel.CreateCallInvoker()
                .AsyncUnaryCall(CountingService.Unary, null, new CallOptions(cancellationToken: Cancel), "x"));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Contains("has passed 16 proxies of the mesh", refused.Status.Detail);
        await counts.Within(Requests, Requests, "request.duration", "calls");
    }

    [Fact]
    public async Task Neither_retries_nor_a_fallback_multiply_a_loop()
    {
        await using var other = await TestUpstream.Named("fallback");
        await mesh.Serve("elsewhere", other);
        var fallback = new Google.Protobuf.WellKnownTypes.Struct
        {
            Fields = { ["fallback"] = Google.Protobuf.WellKnownTypes.Value.ForString("elsewhere") },
        };
        await AddLoop("again", "again", route => route.RetryPolicy = Everything(),
            routes => routes.Metadata = new Mesh.Xds.Protos.Metadata { FilterMetadata = { ["cdaprod.mesh"] = fallback } });
        using var counts = new GatewayCounts(mesh.Gateway);
        using var answer = await mesh.Http.GetAsync("/again/", Cancel);
        Assert.Equal(HttpStatusCode.LoopDetected, answer.StatusCode);
        await counts.Within(Requests, Requests, "request.duration", "again");
        Assert.Equal((0, 0), (counts.Of("retries", "again"), counts.Of("fallbacks", "again")));
    }

    [Theory]
    [InlineData("GET", 1)]
    [InlineData("POST", 1)]
    [InlineData("GET", 4)]
    public async Task A_copy_is_not_copied_again_so_that_mirrors_in_a_circle_end(string method, int mirrors)
    {
        var name = $"mirror-{method.ToLowerInvariant()}-{mirrors}";
        await AddLoop(name, name, route =>
        {
            route.RetryPolicy = Everything();
            for (var i = 0; i < mirrors; i++)
                route.RequestMirrorPolicies.Add(new RouteAction.Types.RequestMirrorPolicy { Cluster = name });
        });
        using var counts = new GatewayCounts(mesh.Gateway);
        using var request = new HttpRequestMessage(new HttpMethod(method), $"/{name}/")
        {
            Content = method == "POST" ? new StringContent("body") : null,
        };
        using var answer = await mesh.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.LoopDetected, answer.StatusCode);
        // The first eight send copies, which have eight hops more: that of the first comes nine times, that of the eighth twice.
        var copies = 8 * mirrors;
        await counts.Within(copies, copies, "mirrored", name, "sent");
        var all = Requests + (9 + 8 + 7 + 6 + 5 + 4 + 3 + 2) * mirrors;
        await counts.Within(all, all, "request.duration", name);
    }

    [Theory]
    [InlineData(null, "1")]
    [InlineData("0", "1")]
    [InlineData("007", "8")]
    [InlineData("15", "16")]
    public async Task A_request_says_to_its_service_how_many_it_has_passed(string? came, string goes)
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("told", "http", (upstream.Port, 1));
        Assert.StartsWith("HTTP/1.1 200 ",
            await Raw(
                "GET /told/ HTTP/1.1\r\nHost: a\r\nConnection: close, "
                    + $"x-mesh-hops\r\n{(came is null ? "" : $"X-Mesh-Hops: {came}\r\n")}\r\n"));
        Assert.Equal(goes,
            upstream.Requests.Single().Headers.Single(h => h.Name.Equals("x-mesh-hops", StringComparison.OrdinalIgnoreCase)).Value);
    }

    [Theory]
    [InlineData("X-Mesh-Hops: 16", "508", "loop")]
    [InlineData("X-Mesh-Hops: 99999999999999999999999999", "508", "loop")]
    [InlineData("X-Mesh-Hops: many", "400", "malformed")]
    [InlineData("X-Mesh-Hops: -1", "400", "malformed")]
    [InlineData("X-Mesh-Hops: 1, 2", "400", "malformed")]
    [InlineData("X-Mesh-Hops:", "400", "malformed")]
    [InlineData("X-Mesh-Hops: 1\r\nX-Mesh-Hops: 2", "400", "malformed")]
    public async Task What_a_client_claims_harms_itself_alone(string header, string status, string reason)
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("claimed", "http", (upstream.Port, 1));
        var answer = await Raw($"GET /claimed/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{header}\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer);
        Assert.Contains($"\"reason\":\"{reason}\"", answer);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task What_sends_nothing_on_is_answered_however_many_were_passed()
    {
        await using var upstream = await TestUpstream.Named("main");
        await mesh.Serve("still", [upstream],
            host => host.Routes.Insert(0,
                new Route { Match = new RouteMatch { Path = "/here" }, DirectResponse = new DirectResponseAction { Status = 204 } }));
        Assert.StartsWith("HTTP/1.1 204 ",
            await Raw("GET /still/here HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Mesh-Hops: 16\r\n\r\n"));
    }

    [Fact]
    public async Task An_endpoint_that_finds_a_circle_is_neither_ejected_nor_counted_as_failing()
    {
        await using var finder = await TestUpstream.Start(context =>
        {
            context.Response.StatusCode = StatusCodes.Status508LoopDetected;
            return Task.CompletedTask;
        });
        await using var other = await TestUpstream.Named("other");
        await mesh.Serve("finder", [finder, other],
            cluster: cluster => cluster.OutlierDetection = new OutlierDetection { Consecutive5Xx = 1, EnforcingConsecutive5Xx = 100 });
        for (var i = 0; i < 6; i++)
            using (await mesh.Http.GetAsync("/finder/", Cancel)) { }
        Assert.DoesNotContain(await mesh.Gateway.Clusters(),
            c => (string?)c!["name"] == "finder" && c["endpoints"]!.AsArray().Any(e => (bool?)e!["ejected"] == true));
        var report = LoadReport.Of(mesh.Gateway.Services.GetRequiredService<ConfigState>().Loads, name => name == "finder", 0,
            TimeProvider.System);
        var counted = report.Request.ClusterStats.Single().UpstreamLocalityStats.Single();
        Assert.Equal((6ul, 0ul), (counted.TotalIssuedRequests, counted.TotalErrorRequests));
    }

    [Fact]
    public async Task A_web_socket_is_counted_and_refused_alike()
    {
        await AddLoop("sockets", "sockets");
        foreach (var version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
        {
            using var client = new ClientWebSocket
            {
                Options =
                {
                    HttpVersion = version,
                    HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact,
                    CollectHttpResponseDetails = true,
                },
            };
            await Assert.ThrowsAsync<WebSocketException>(
                () => client.ConnectAsync(new Uri($"ws://127.0.0.1:{mesh.Gateway.Address.Port}/sockets/"),
                    new HttpMessageInvoker(new SocketsHttpHandler()), Cancel));
            Assert.Equal(HttpStatusCode.LoopDetected, client.HttpStatusCode);
        }
    }

    [Fact]
    public async Task A_sidecar_counts_what_comes_for_its_application_and_what_goes_to_services_and_outside()
    {
        await using var upstream = await TestUpstream.Start();
        await using var controlPlane = await TestControlPlane.Start();
        controlPlane.Serve("far", "http", (upstream.Port, 1));
        await using var sidecar = await RunningGateway.Start(controlPlane.Address, null,
            "--Mesh:Sidecar:Service=web", $"--Mesh:Sidecar:Application=http://127.0.0.1:{upstream.Port}", "--Mesh:Sidecar:Inbound=0",
            "--Mesh:Sidecar:Outside=pass");
        using var client = SidecarFixture.Through(sidecar);
        foreach (var (address, http) in ((string, HttpClient)[])
                 [("http://far/", client), ($"http://127.0.0.1:{upstream.Port}/", client), ($"{sidecar.Inbound}", sidecar.Http)])
        {
            Assert.Contains("\nx-mesh-hops: 1\n", await Told(http, address, null));
            Assert.Contains("\nx-mesh-hops: 3\n", await Told(http, address, "2"));
            Assert.Contains("\"reason\":\"loop\"", await Told(http, address, "16"));
            Assert.Contains("\"reason\":\"malformed\"", await Told(http, address, "x"));
        }
    }

    private static async Task<string> Told(HttpClient http, string address, string? hops)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (hops is not null)
            request.Headers.Add("x-mesh-hops", hops);
        using var response = await http.SendAsync(request, Cancel);
        return await response.Content.ReadAsStringAsync(Cancel);
    }

    private static RetryPolicy Everything() =>
        new() { RetryOn = "5xx,retriable-status-codes,reset,internal,unavailable", RetriableStatusCodes = { 508 }, NumRetries = 3 };

    /// <summary>A service whose endpoint is the gateway, which is asked there for another service or the same.</summary>
    private async Task AddLoop(string service, string asked, Action<RouteAction>? change = null,
        Action<RouteConfiguration>? configure = null, string protocol = "http")
    {
        await mesh.Serve(service, protocol, (mesh.Gateway.Address.Port, 1));
        var routes = RouteConfigurationBuilder.Default(service, XdsFlavour.Mesh);
        routes.VirtualHosts[0].Routes[0].Name = "around";
        routes.VirtualHosts[0].Routes[0].Route_.HostRewriteLiteral = $"{asked}.mesh";
        change?.Invoke(routes.VirtualHosts[0].Routes[0].Route_);
        configure?.Invoke(routes);
        await mesh.Apply(XdsResource.Of(routes));
    }

    private async Task<string> Raw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", mesh.Gateway.Address.Port, Cancel);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request), Cancel);
        return await new StreamReader(client.GetStream(), Encoding.Latin1).ReadToEndAsync(Cancel);
    }
}
