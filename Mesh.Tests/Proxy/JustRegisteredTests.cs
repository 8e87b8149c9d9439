using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mesh.DataPlane.Configuration;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Proxy;

/// <summary>Services that the control plane has and the proxy does not have yet.</summary>
public class JustRegisteredTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/fresh-path/x", null)]
    [InlineData("/x", "fresh-host.mesh")]
    public async Task The_first_request_for_a_service_that_is_on_its_way_is_served(string path, string? host)
    {
        await using var upstream = await TestUpstream.Named("fresh");
        Appear(host is null ? "fresh-path" : "fresh-host", upstream);
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = host } };
        using var response = await mesh.Http.SendAsync(request, Cancel);
        Assert.Equal("fresh", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_service_that_was_not_there_a_moment_ago_is_served_as_soon_as_it_is()
    {
        await using var upstream = await TestUpstream.Named("second");
        Assert.Equal((HttpStatusCode.NotFound, "unknown-service"), await Asked("/second/"));
        Appear("second", upstream);
        Assert.Equal("second", await mesh.Http.GetStringAsync("/second/", Cancel));

        foreach (var type in XdsTypes.OfServices) mesh.ControlPlane.Remove(type, "second");
        await Eventually.True(async () => await Asked("/second/") is (HttpStatusCode.NotFound, _), Soon, "it is gone");
    }

    [Fact]
    public async Task Many_requests_for_names_that_are_nowhere_are_refused_and_keep_no_new_service_waiting()
    {
        await using var upstream = await TestUpstream.Named("amid");
        var names = Enumerable.Range(0, NameLookups.MostKept + 200).Select(i => $"none-{i}").ToList();
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 50, CancellationToken = Cancel },
            async (name, _) =>
            Assert.Equal((HttpStatusCode.NotFound, "unknown-service"), await Asked($"/{name}/")));
        Appear("amid", upstream);
        Assert.Equal("amid", await mesh.Http.GetStringAsync("/amid/", Cancel));
        var asked = mesh.ControlPlane.Requests.Where(r => r.TypeUrl == XdsTypes.Listener.Url).ToList();
        Assert.All(asked, r => Assert.InRange(r.ResourceNamesSubscribe.Count, 0, NameLookups.MostAsked));
        Assert.Contains(asked, r => r.ResourceNamesUnsubscribe.Contains("none-0") || r.ResourceNamesUnsubscribe.Count > 0);
    }

    [Fact]
    public async Task The_first_instance_of_a_service_that_was_known_without_one_is_asked_for_before_a_request_is_refused()
    {
        await using var upstream = await TestUpstream.Named("awaited");
        Appear("awaited");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "no-endpoint"), await Asked("/awaited/"));

        Appear("awaited", upstream);

        Assert.Equal("awaited", await mesh.Http.GetStringAsync("/awaited/", Cancel));
    }

    [Fact]
    public async Task The_first_endpoint_of_what_a_route_leads_to_is_asked_for_by_its_cluster()
    {
        await using var upstream = await TestUpstream.Named("behind");
        // The cluster is there for the route's sake: no service of its name is.
        mesh.ControlPlane.Set(
            XdsResource.Of(ClusterBuilder.Unresolved("behind", XdsFlavour.Mesh)), TestControlPlane.Assignment("behind", "http"),
            XdsResource.Of(ListenerBuilder.Api("before")), XdsResource.Of(new RouteConfiguration
            {
                Name = "before",
                VirtualHosts =
                {
                    new VirtualHost
                    {
                        Name = "before",
                        Domains = { "*" },
                        Routes = { new Route { Match = new RouteMatch { Prefix = "" }, Route_ = new RouteAction { Cluster = "behind" } } },
                    },
                },
            }));
        await Eventually.True(async () => await Asked("/before/") is (HttpStatusCode.ServiceUnavailable, "no-endpoint"), Soon,
            "the route leads to nobody");

        var asked = mesh.ControlPlane.Requests.Count;
        var assignment = TestControlPlane.Assignment("behind", "http", (upstream.Port, 1));
        mesh.ControlPlane.SetRaw(assignment.Type, assignment.Name, assignment.Version, assignment.Packed);

        Assert.Equal("behind", await mesh.Http.GetStringAsync("/before/", Cancel));
        // Of the two that a control plane could be asked for, only this one is held until it is level with the log.
        Assert.Contains(mesh.ControlPlane.Requests.Skip(asked),
            r => r.TypeUrl == XdsTypes.ClusterLoadAssignment.Url && r.ResourceNamesSubscribe.Contains("behind"));
    }

    [Fact]
    public async Task What_can_be_no_service_is_not_asked_for()
    {
        Assert.Equal((HttpStatusCode.NotFound, "unknown-service"), await Asked("/No_Service/"));
        Assert.DoesNotContain(mesh.ControlPlane.Requests, r => r.ResourceNamesSubscribe.Contains("No_Service"));
    }

    [Fact]
    public async Task A_control_plane_that_is_away_holds_a_request_no_longer_than_set()
    {
        var controlPlane = await TestControlPlane.Start();
        await using var gateway = await RunningGateway.Start(controlPlane.Address, null, "--Mesh:Gateway:LookupTimeout=00:00:00.3");
        await Eventually.True(
            async () => (await gateway.Http.GetAsync("/nobody/", Cancel)).StatusCode == HttpStatusCode.NotFound, Soon,
            "the gateway has its configuration");
        await controlPlane.DisposeAsync();
        var begun = Stopwatch.GetTimestamp();
        using var response = await gateway.Http.GetAsync("/nobody/", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.True(Stopwatch.GetElapsedTime(begun) > TimeSpan.FromMilliseconds(250), "it has waited");
    }

    [Fact]
    public async Task A_request_that_comes_before_the_first_configuration_waits_for_it()
    {
        var port = FreePort.Next();
        await using var upstream = await TestUpstream.Named("first");
        await using var gateway = await RunningGateway.Start(new Uri($"http://127.0.0.1:{port}"), null,
            "--Mesh:Gateway:LookupTimeout=00:01:00");
        var answer = gateway.Http.GetStringAsync("/first/", Cancel);
        await using var controlPlane = await TestControlPlane.Start(port, c => c.Serve("first", "http", (upstream.Port, 1)));
        Assert.Equal("first", await answer.WaitAsync(Soon, Cancel));
    }

    /// <summary>A service that the control plane has, and nobody has been told of.</summary>
    private void Appear(string service, params TestUpstream[] upstreams)
    {
        XdsResource[] resources =
        [
            XdsResource.Of(ClusterBuilder.Eds(service, XdsFlavour.Mesh, "http")),
            TestControlPlane.Assignment(service, "http", [.. upstreams.Select(u => (u.Port, 1))]),
            XdsResource.Of(ListenerBuilder.Api(service)), XdsResource.Of(RouteConfigurationBuilder.Default(service, XdsFlavour.Mesh)),
        ];
        foreach (var resource in resources) mesh.ControlPlane.SetRaw(resource.Type, resource.Name, resource.Version, resource.Packed);
    }

    private async Task<(HttpStatusCode Status, string? Reason)> Asked(string path)
    {
        using var response = await mesh.Http.GetAsync(path, Cancel);
        return (response.StatusCode,
            response.IsSuccessStatusCode ? null : (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["reason"]);
    }
}
