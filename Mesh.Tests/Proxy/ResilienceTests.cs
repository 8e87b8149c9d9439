using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Http;

namespace Mesh.Tests.Proxy;

public class ResilienceTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Endpoints_that_are_swapped_all_the_time_cost_no_request()
    {
        await using var controlPlane = await TestControlPlane.Start();
        await using var gateway = await RunningGateway.Start(controlPlane.Address);
        var first = await TestUpstream.Named("ok");
        controlPlane.Serve("busy", "http", (first.Port, 1));
        await gateway.Knows("busy", 1);

        await using var load = new SteadyLoad(gateway, "/busy/", workers: 8);
        for (var swap = 0; swap < 15; swap++)
        {
            var next = await TestUpstream.Named("ok");
            controlPlane.Endpoints("busy", (first.Port, 1 + swap), (next.Port, 1));
            await gateway.Knows("busy", 2);
            controlPlane.Endpoints("busy", (next.Port, 1));
            await gateway.Knows("busy", 1);
            await first.DisposeAsync();
            first = next;
            var sofar = load.Answered;
            await Eventually.True(() => load.Answered >= sofar + 8 || load.HasFaults, Soon, "requests go on");
        }

        var faults = await load.Stop();
        await first.DisposeAsync();
        Assert.Empty(faults);
    }

    [Fact]
    public async Task An_endpoint_that_died_before_anybody_noticed_costs_no_request()
    {
        await using var controlPlane = await TestControlPlane.Start();
        await using var gateway = await RunningGateway.Start(controlPlane.Address);
        await using var alive = await TestUpstream.Named("ok");
        var dying = await TestUpstream.Named("ok");
        controlPlane.Serve("half", "http", (alive.Port, 1), (dying.Port, 1), (FreePort.Next(), 1));
        await gateway.Knows("half", 3);

        await using var load = new SteadyLoad(gateway, "/half/", workers: 4);
        await Eventually.True(() => load.Answered > 50, Soon, "the load runs");
        await dying.DisposeAsync();
        var sofar = load.Answered;
        await Eventually.True(() => load.Answered > sofar + 200, Soon, "the load goes on");
        Assert.Empty(await load.Stop());
    }

    [Fact]
    public async Task A_body_is_sent_to_another_endpoint_when_no_connection_came_about()
    {
        await using var controlPlane = await TestControlPlane.Start();
        await using var gateway = await RunningGateway.Start(controlPlane.Address);
        await using var alive = await TestUpstream.Start(context => context.Request.Body.CopyToAsync(context.Response.Body));
        controlPlane.Serve("post", "http", (FreePort.Next(), 50), (alive.Port, 1), (FreePort.Next(), 50));
        await gateway.Knows("post", 3);
        for (var i = 0; i < 20; i++)
        {
            using var response = await gateway.Http.PostAsync("/post/", new StringContent($"body {i}"), Cancel);
            Assert.Equal($"body {i}", await response.Content.ReadAsStringAsync(Cancel));
        }
    }

    [Fact]
    public async Task A_request_that_may_have_been_acted_on_is_not_sent_again()
    {
        await using var controlPlane = await TestControlPlane.Start();
        await using var gateway = await RunningGateway.Start(controlPlane.Address);
        var seen = 0;
        await using var a = await TestUpstream.Start(Abort);
        await using var b = await TestUpstream.Start(Abort);
        controlPlane.Serve("once", "http", (a.Port, 1), (b.Port, 1));
        await gateway.Knows("once", 2);

        using var response = await gateway.Http.PostAsync("/once/", new StringContent("pay"), Cancel);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("upstream-failed", (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["reason"]);
        Assert.Equal(1, seen);

        Task Abort(HttpContext context)
        {
            Interlocked.Increment(ref seen);
            context.Abort();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task An_endpoint_that_breaks_off_whatever_it_is_asked_is_a_502_that_names_it()
    {
        await using var controlPlane = await TestControlPlane.Start();
        await using var gateway = await RunningGateway.Start(controlPlane.Address);
        var seen = 0;
        await using var broken = await TestUpstream.Start(context =>
        {
            Interlocked.Increment(ref seen);
            context.Abort();
            return Task.CompletedTask;
        });
        var nobody = FreePort.Next();
        controlPlane.Serve("broken", "http", (broken.Port, 1));
        controlPlane.Serve("mixed", "http", (broken.Port, 1), (nobody, 1));
        await gateway.Knows("broken", 1);
        await gateway.Knows("mixed", 2);

        foreach (var service in new[] { "broken", "mixed", "mixed" })
        {
            using var response = await gateway.Http.GetAsync($"/{service}/", Cancel);
            Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
            var problem = await response.Content.ReadFromJsonAsync<JsonObject>(Cancel);
            Assert.Equal("upstream-failed", (string?)problem!["reason"]);
            Assert.Contains($"127.0.0.1:{broken.Port}", (string?)problem["detail"]);
        }

        Assert.Equal(3, seen);
    }

    [Fact]
    public async Task An_answer_that_takes_longer_than_its_route_allows_is_a_504()
    {
        await using var controlPlane = await TestControlPlane.Start();
        await using var gateway = await RunningGateway.Start(controlPlane.Address);
        await using var slow = await TestUpstream.Start(TestUpstream.Hang);
        controlPlane.Serve("slow", "http", (slow.Port, 1));
        await gateway.Knows("slow", 1);
        var routes = RouteConfigurationBuilder.Default("slow", XdsFlavour.Mesh);
        routes.VirtualHosts[0].Routes[0].Route_.Timeout = new() { Nanos = 200_000_000 };
        routes.VirtualHosts[0].Routes.Insert(0,
            new Route { Match = new RouteMatch { Path = "/known" }, DirectResponse = new DirectResponseAction { Status = 200 } });
        controlPlane.Set(XdsResource.Of(routes));
        await Eventually.True(async () => (await gateway.Config())["services"]![0]!["routes"]!.AsArray().Count == 2, Soon,
            "the route is known");

        using var response = await gateway.Http.GetAsync("/slow/", Cancel);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("upstream-timeout", (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["reason"]);
    }

    [Fact]
    public async Task A_connection_that_does_not_come_about_in_time_is_tried_elsewhere()
    {
        await using var controlPlane = await TestControlPlane.Start();
        await using var gateway = await RunningGateway.Start(controlPlane.Address);
        // Its queue is full, so the kernel lets further connections wait.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var port = ((IPEndPoint)full.LocalEndPoint!).Port;
        var waiting = Enumerable.Range(0, 4)
            .Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToList();
        foreach (var socket in waiting)
            _ = socket.ConnectAsync(IPAddress.Loopback, port, Cancel).AsTask();
        await using var alive = await TestUpstream.Named("ok");
        var cluster = ClusterBuilder.Eds("hanging", XdsFlavour.Mesh, "http");
        // Longer than it takes to connect to the other one on a busy machine.
        cluster.ConnectTimeout = new() { Seconds = 2 };
        controlPlane.Serve("hanging", "http", (port, 1), (alive.Port, 1));
        controlPlane.Set(XdsResource.Of(cluster));
        await Eventually.True(
            async () => (await gateway.Clusters()).Any(c => (string?)c!["name"] == "hanging" && (double)c["connectTimeoutSeconds"]! == 2),
            Soon, "the cluster is known");
        await gateway.Knows("hanging", 2);

        for (var i = 0; i < 4; i++)
            Assert.Equal("ok", await gateway.Http.GetStringAsync("/hanging/", Cancel));
        waiting.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task The_gateway_serves_on_when_the_control_plane_dies()
    {
        var controlPlane = await TestControlPlane.Start();
        await using var gateway = await RunningGateway.Start(controlPlane.Address);
        await using var upstream = await TestUpstream.Named("ok");
        controlPlane.Serve("steady", "http", (upstream.Port, 1));
        await gateway.Knows("steady", 1);

        await using var load = new SteadyLoad(gateway, "/steady/", workers: 4);
        await controlPlane.DisposeAsync();
        await Eventually.True(async () => !(bool)(await gateway.Config())["controlPlane"]!["connected"]!, Soon, "the loss is noticed");
        var sofar = load.Answered;
        await Eventually.True(() => load.Answered > sofar + 100, Soon, "the load goes on");
        Assert.Empty(await load.Stop());
        Assert.Equal("Healthy",
            (string?)JsonNode.Parse(await gateway.Http.GetStringAsync(new Uri(gateway.Admin, "/health/ready"), Cancel))!["status"]);
    }

    [Fact]
    public async Task A_request_under_way_is_finished_when_the_gateway_is_told_to_stop()
    {
        await using var controlPlane = await TestControlPlane.Start();
        await using var gateway = await RunningGateway.Start(controlPlane.Address);
        var reached = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        await using var upstream = await TestUpstream.Start(async context =>
        {
            reached.SetResult();
            await goOn.Task.WaitAsync(Soon);
            await context.Response.WriteAsync("done");
        });
        controlPlane.Serve("long", "http", (upstream.Port, 1));
        await gateway.Knows("long", 1);

        var request = gateway.Http.GetStringAsync("/long/", Cancel);
        await reached.Task.WaitAsync(Soon, Cancel);
        var stopping = gateway.Stop();
        goOn.SetResult();
        Assert.Equal("done", await request);
        await stopping.WaitAsync(Soon, Cancel);
    }
}
