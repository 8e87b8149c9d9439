using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;

namespace Mesh.Tests.Proxy;

public class RoutingTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/strip/a/b?c=d&e", "GET /a/b?c=d&e HTTP/1.1")]
    [InlineData("/strip/", "GET / HTTP/1.1")]
    [InlineData("/strip", "GET / HTTP/1.1")]
    [InlineData("/strip?q", "GET /?q HTTP/1.1")]
    [InlineData("/strip.default/x", "GET /x HTTP/1.1")]
    public async Task The_services_name_is_cut_off_the_path(string asked, string received)
    {
        await using var upstream = await TestUpstream.Start();
        await mesh.Serve("strip", upstream);
        var told = await Told(asked);
        Assert.Equal(received, told[0]);
        Assert.Contains(told, l => l is "x-forwarded-prefix: /strip" or "x-forwarded-prefix: /strip.default");
    }

    [Theory]
    [InlineData("hosted.mesh")]
    [InlineData("HOSTED.Mesh:7480")]
    [InlineData("hosted.default.mesh")]
    public async Task A_host_of_the_mesh_names_the_service_and_the_path_stays_whole(string host)
    {
        await using var upstream = await TestUpstream.Start();
        await mesh.Serve("hosted", upstream);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/hosted/a?b") { Headers = { Host = host } };
        var told = await Told(request);
        Assert.Equal("GET /hosted/a?b HTTP/1.1", told[0]);
        Assert.DoesNotContain(told, l => l.StartsWith("x-forwarded-prefix"));
        Assert.Contains($"x-forwarded-host: {host}", told);
    }

    [Fact]
    public async Task Services_of_other_namespaces_are_reached_by_name_and_namespace()
    {
        await using var here = await TestUpstream.Named("default");
        await using var there = await TestUpstream.Named("billing");
        await mesh.Serve("pay", here);
        await mesh.Serve("pay.billing", there);
        Assert.Equal("default", await mesh.Http.GetStringAsync("/pay/", Cancel));
        Assert.Equal("billing", await mesh.Http.GetStringAsync("/pay.billing/", Cancel));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "pay.billing.mesh" } };
        using var response = await mesh.Http.SendAsync(request, Cancel);
        Assert.Equal("billing", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Requests_are_shared_out_exactly_by_weight()
    {
        await using var light = await TestUpstream.Named("light");
        await using var heavy = await TestUpstream.Named("heavy");
        await mesh.Serve("weighted", "http", (light.Port, 25), (heavy.Port, 75));
        var answers = new List<string>();
        for (var i = 0; i < 40; i++)
            answers.Add(await mesh.Http.GetStringAsync("/weighted/", Cancel));
        Assert.Equal(10, answers.Count(a => a == "light"));
        Assert.Equal(30, answers.Count(a => a == "heavy"));
    }

    [Fact]
    public async Task An_unknown_service_is_a_404_that_names_it()
    {
        await mesh.Gateway.Knows(await AnyService(), 1);
        using var response = await mesh.Http.GetAsync("/nobody.here/x", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>(Cancel);
        Assert.Equal("unknown-service", (string?)problem!["reason"]);
        Assert.Equal("nobody.here", (string?)problem["service"]);
        Assert.Equal(404, (int?)problem["status"]);
    }

    [Fact]
    public async Task A_service_without_endpoints_is_a_503_that_says_so()
    {
        await mesh.Serve("empty", "http");
        using var response = await mesh.Http.GetAsync("/empty/", Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>(Cancel);
        Assert.Equal("no-endpoint", (string?)problem!["reason"]);
        Assert.Equal("empty", (string?)problem["service"]);
        Assert.Equal("Service 'empty' cannot answer: 'empty' has no endpoint.", (string?)problem["detail"]);
    }

    [Fact]
    public async Task A_service_whose_endpoints_cannot_be_reached_is_a_503_that_names_them()
    {
        var port = FreePort.Next();
        await mesh.Serve("dead", "http", (port, 1));
        using var response = await mesh.Http.PostAsync("/dead/", new StringContent("x"), Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>(Cancel);
        Assert.Equal("unreachable", (string?)problem!["reason"]);
        Assert.Contains($"127.0.0.1:{port}", (string?)problem["detail"]);
    }

    [Fact]
    public async Task A_tcp_service_is_refused_as_such()
    {
        await mesh.Serve("wire", "tcp", (FreePort.Next(), 1));
        using var response = await mesh.Http.GetAsync("/wire/", Cancel);
        Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
        Assert.Equal("not-http", (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["reason"]);
    }

    [Fact]
    public async Task The_root_lists_the_services_as_json_or_as_a_page()
    {
        var service = await AnyService();
        var list = await mesh.Http.GetFromJsonAsync<JsonObject>("/", Cancel);
        Assert.Contains(list!["services"]!.AsArray(), s => (string?)s!["name"] == service && (string?)s["path"] == $"/{service}/");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Accept = { new("text/html") } } };
        using var page = await mesh.Http.SendAsync(request, Cancel);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Contains($"href=\"/{service}/\"", await page.Content.ReadAsStringAsync(Cancel));
    }

    [Theory]
    [InlineData("/health/live", "Healthy")]
    [InlineData("/health/ready", "Healthy")]
    [InlineData("/health/other", "the service")]
    public async Task The_gateways_own_health_is_told_on_its_port_whatever_is_registered(string path, string answer)
    {
        await using var upstream = await TestUpstream.Named("the service");
        await mesh.Serve("health", upstream);
        Assert.Contains(answer, await mesh.Http.GetStringAsync(path, Cancel));
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = "health.mesh" } };
        using var response = await mesh.Http.SendAsync(request, Cancel);
        Assert.Equal("the service", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Routes_are_followed_in_order_with_rewrites_redirects_and_fixed_answers()
    {
        await using var v1 = await TestUpstream.Start();
        await using var v2 = await TestUpstream.Named("v2");
        await mesh.Serve("routed", v1);
        await mesh.Serve("routed-v2", v2);
        await mesh.Route("routed", host =>
        {
            host.Routes.Insert(0, new Route
            {
                Match = new RouteMatch
                {
                    Prefix = "/",
                    Headers = { new HeaderMatcher { Name = "x-beta", StringMatch = new StringMatcher { Exact = "1" } } },
                },
                Route_ = new RouteAction { Cluster = "routed-v2" },
            });
            host.Routes.Insert(1,
                new Route { Match = new RouteMatch { Path = "/old" }, Redirect = new RedirectAction { PathRedirect = "/new" } });
            host.Routes.Insert(2,
                new Route
                {
                    Match = new RouteMatch { Path = "/robots.txt" },
                    DirectResponse = new DirectResponseAction { Status = 200, Body = new DataSource { InlineString = "none" } },
                });
            host.Routes.Insert(3,
                new Route
                {
                    Match = new RouteMatch { PathSeparatedPrefix = "/api" },
                    Route_ = new RouteAction { Cluster = "routed", PrefixRewrite = "/internal" },
                });
        });
        Assert.Equal("none", await mesh.Http.GetStringAsync("/routed/robots.txt", Cancel));

        using var plain = await mesh.Http.GetAsync("/routed/robots.txt", Cancel);
        Assert.Equal("text/plain", plain.Content.Headers.ContentType?.ToString());
        using var beta = new HttpRequestMessage(HttpMethod.Get, "/routed/") { Headers = { { "x-beta", "1" } } };
        using var answer = await mesh.Http.SendAsync(beta, Cancel);
        Assert.Equal("v2", await answer.Content.ReadAsStringAsync(Cancel));
        using var moved = await mesh.Http.GetAsync("/routed/old", Cancel);
        Assert.Equal(HttpStatusCode.MovedPermanently, moved.StatusCode);
        Assert.Equal("GET /internal/x?y HTTP/1.1", (await Told("/routed/api/x?y"))[0]);
    }

    [Theory]
    [InlineData("/moved/old?q", null, "{gateway}/moved/new?q")]
    [InlineData("/moved.default/old", null, "{gateway}/moved.default/new")]
    [InlineData("/moved/secure/x", null, "https://127.0.0.1:8443/moved/secure/x")]
    [InlineData("/moved/away", null, "http://example.org/away")]
    [InlineData("/moved/shop/x?q", null, "{gateway}/moved/store/x?q")]
    [InlineData("/moved/shop", null, "{gateway}/moved/store")]
    [InlineData("/moved/gone/x", null, "{gateway}/moved/x")]
    [InlineData("/old", "moved.mesh", "http://moved.mesh/new")]
    public async Task A_redirect_stays_below_the_services_prefix_unless_it_leads_to_another_host(string asked, string? host,
        string location)
    {
        await mesh.Serve("moved", "http", (FreePort.Next(), 1));
        await mesh.Route("moved", to =>
        {
            to.Routes.Insert(0,
                new Route { Match = new RouteMatch { Path = "/old" }, Redirect = new RedirectAction { PathRedirect = "/new" } });
            to.Routes.Insert(1,
                new Route
                {
                    Match = new RouteMatch { Prefix = "/secure" },
                    Redirect = new RedirectAction { HttpsRedirect = true, PortRedirect = 8443 },
                });
            to.Routes.Insert(2,
                new Route { Match = new RouteMatch { Path = "/away" }, Redirect = new RedirectAction { HostRedirect = "example.org" } });
            to.Routes.Insert(3,
                new Route
                {
                    Match = new RouteMatch { PathSeparatedPrefix = "/shop" },
                    Redirect = new RedirectAction { PrefixRewrite = "/store" },
                });
            to.Routes.Insert(4,
                new Route { Match = new RouteMatch { Prefix = "/gone/" }, Redirect = new RedirectAction { PrefixRewrite = "/" } });
        });

        using var request = new HttpRequestMessage(HttpMethod.Get, asked);
        request.Headers.Host = host;
        using var moved = await mesh.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.MovedPermanently, moved.StatusCode);
        Assert.Equal(location.Replace("{gateway}", mesh.Gateway.Address.ToString().TrimEnd('/')), moved.Headers.Location!.ToString());
    }

    [Theory]
    [InlineData("/rewritten?q=1", "GET /internal?q=1 HTTP/1.1")]
    [InlineData("/rewritten", "GET /internal HTTP/1.1")]
    [InlineData("/rewritten/?q=1", "GET /internal?q=1 HTTP/1.1")]
    [InlineData("/rewritten/x?q=1", "GET /internalx?q=1 HTTP/1.1")]
    public async Task A_rewrite_of_a_path_that_was_left_out_takes_nothing_from_the_query(string asked, string received)
    {
        await using var upstream = await TestUpstream.Start();
        await mesh.Serve("rewritten", upstream);
        await mesh.Route("rewritten", host =>
            (host.Routes[0].Match, host.Routes[0].Route_.PrefixRewrite) = (new RouteMatch { Prefix = "/" }, "/internal"));
        Assert.Equal(received, (await Told(asked))[0]);
    }

    private async Task<string> AnyService()
    {
        await mesh.Serve("any", "http", (FreePort.Next(), 1));
        return "any";
    }

    private Task<string[]> Told(string path) => Told(new HttpRequestMessage(HttpMethod.Get, path));

    private async Task<string[]> Told(HttpRequestMessage request)
    {
        using var response = await mesh.Http.SendAsync(request, Cancel);
        return (await response.Content.ReadAsStringAsync(Cancel)).Split('\n');
    }
}
