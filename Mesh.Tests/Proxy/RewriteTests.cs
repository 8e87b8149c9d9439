using System.Net;
using Google.Protobuf.WellKnownTypes;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Proxy;

public class RewriteTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Headers_of_requests_are_changed_by_the_cluster_the_route_and_the_host_in_this_order()
    {
        await using var upstream = await TestUpstream.Start();
        await mesh.Serve("dressed", [upstream], host =>
        {
            host.RequestHeadersToAdd.Add(Header("x-level", "host", Set));
            host.Routes[0].RequestHeadersToAdd.AddRange([Header("x-level", "route", Set), Header("x-list", "route"),
                Header("content-language", "de", Set)]);
            host.Routes[0].RequestHeadersToRemove.Add("x-secret");
            host.Routes[0].Route_.WeightedClusters = new WeightedCluster
            {
                Clusters = {
                    new WeightedCluster.Types.ClusterWeight
                    {
                        Name = "dressed",
                        Weight = 1,
                        RequestHeadersToAdd = { Header("x-list", "cluster") },
                    } },
            };
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/dressed/")
        {
            Headers = { { "x-secret", "1" }, { "x-list", "client" } },
            Content = new StringContent("x") { Headers = { ContentLanguage = { "en" } } },
        };
        using var response = await mesh.Http.SendAsync(request, Cancel);
        var told = (await response.Content.ReadAsStringAsync(Cancel)).Split('\n');
        Assert.Contains("x-level: host", told);
        Assert.Contains(told, l => l.Replace(" ", "") == "x-list:client,cluster,route");
        Assert.Contains("content-language: de", told);
        Assert.DoesNotContain(told, l => l.StartsWith("x-secret"));
    }

    [Fact]
    public async Task Headers_of_answers_are_changed_those_of_the_gateways_own_routes_too()
    {
        await using var upstream = await TestUpstream.Start(context =>
        {
            context.Response.Headers["server"] = "secret/1.0";
            context.Response.Headers["x-a"] = "1";
            return Task.CompletedTask;
        });
        await mesh.Serve("answers", [upstream], host =>
        {
            host.Routes[0].ResponseHeadersToRemove.Add("server");
            host.ResponseHeadersToAdd.AddRange([Header("x-a", "2"),
                Header("x-b", "3", HeaderValueOption.Types.HeaderAppendAction.AddIfAbsent)]);
            host.Routes.Insert(0,
                new Route { Match = new RouteMatch { Path = "/fixed" }, DirectResponse = new DirectResponseAction { Status = 200 } });
        });
        using var answer = await mesh.Http.GetAsync("/answers/", Cancel);
        Assert.Equal(["1", "2"], answer.Headers.GetValues("x-a"));
        Assert.False(answer.Headers.Contains("server"));
        using var own = await mesh.Http.GetAsync("/answers/fixed", Cancel);
        Assert.Equal(["3"], own.Headers.GetValues("x-b"));
    }

    [Theory]
    [InlineData("/v1/orders/17?x=/v1/", "GET /orders/17/v1?x=/v1/ HTTP/1.1")]
    [InlineData("/other?y", "GET /other?y HTTP/1.1")]
    public async Task A_path_is_rewritten_by_a_regular_expression_and_the_query_is_not(string asked, string received)
    {
        await using var upstream = await TestUpstream.Start();
        await mesh.Serve("regex", [upstream], host => host.Routes[0].Route_.RegexRewrite = new RegexMatchAndSubstitute
        {
            Pattern = new RegexMatcher { Regex = "^/(v[0-9])/([^?]*)$" }, Substitution = @"/\2/\1",
        });
        Assert.StartsWith(received, await mesh.Http.GetStringAsync($"/regex{asked}", Cancel));
    }

    [Theory]
    [InlineData("/orders", "/", "/taken/orders/login?x", "/login?x", "/taken/orders")]
    [InlineData("/orders", "/", "/taken/orders", "/", "/taken/orders")]
    [InlineData("/orders/", "/", "/taken/orders/login", "/login", "/taken/orders")]
    [InlineData("/api/v2", "/v2", "/taken/api/v2/login", "/v2/login", "/taken/api")]
    [InlineData("/orders", "/orders", "/taken/orders/login", "/orders/login", "/taken")]
    [InlineData("/orders", "/shop", "/taken/orders/login", "/shop/login", "/taken")]
    [InlineData("/ord", "/", "/taken/orders/login", "/ers/login", "/taken")]
    public async Task A_service_is_told_the_prefix_under_which_a_client_reaches_its_paths(string prefix, string rewrite, string asked,
        string received, string told)
    {
        await using var upstream = await TestUpstream.Start();
        await mesh.Serve("taken", [upstream], host =>
        {
            host.Routes[0].Match = new RouteMatch { Prefix = prefix };
            host.Routes[0].Route_.PrefixRewrite = rewrite;
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, asked) { Headers = { { "X-Forwarded-Prefix", "/claimed" } } };
        using var byPath = await mesh.Http.SendAsync(request, Cancel);
        var answer = await byPath.Content.ReadAsStringAsync(Cancel);
        Assert.StartsWith($"GET {received} HTTP/1.1\n", answer);
        Assert.Contains($"\nx-forwarded-prefix: {told}\n", answer);

        using var byHost = new HttpRequestMessage(HttpMethod.Get, asked["/taken".Length..]) { Headers = { Host = "taken.mesh" } };
        using var other = await mesh.Http.SendAsync(byHost, Cancel);
        answer = await other.Content.ReadAsStringAsync(Cancel);
        Assert.StartsWith($"GET {received} HTTP/1.1\n", answer);
        if (told == "/taken")
            Assert.DoesNotContain("x-forwarded-prefix", answer);
        else
            Assert.Contains($"\nx-forwarded-prefix: {told["/taken".Length..]}\n", answer);
    }

    [Fact]
    public async Task A_redirect_of_a_service_goes_on_as_it_is()
    {
        await using var upstream = await TestUpstream.Start(context =>
        {
            context.Response.Headers["Content-Location"] = "/login.html";
            context.Response.Redirect($"{context.Request.Headers["X-Forwarded-Prefix"]}/login");
            return Task.CompletedTask;
        });
        await mesh.Serve("away", [upstream], host =>
        {
            host.Routes[0].Match = new RouteMatch { PathSeparatedPrefix = "/orders" };
            host.Routes[0].Route_.PrefixRewrite = "/";
        });
        using var answer = await mesh.Http.GetAsync("/away/orders/x", Cancel);
        Assert.Equal(("/away/orders/login", "/login.html"),
            (answer.Headers.Location!.OriginalString, answer.Content.Headers.ContentLocation!.OriginalString));
    }

    [Fact]
    public async Task The_host_is_rewritten_to_a_text_or_to_what_a_header_says()
    {
        await using var upstream = await TestUpstream.Start();
        await mesh.Serve("hosts", [upstream], host =>
        {
            var literal = host.Routes[0].Clone();
            literal.Match = new RouteMatch { Path = "/literal" };
            literal.Route_.HostRewriteLiteral = "shop.example";
            host.Routes.Insert(0, literal);
            host.Routes[1].Route_.HostRewriteHeader = "x-host";
        });
        Assert.Contains("host: shop.example\n", await mesh.Http.GetStringAsync("/hosts/literal", Cancel));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/hosts/") { Headers = { { "x-host", "other.example" } } };
        using var response = await mesh.Http.SendAsync(request, Cancel);
        Assert.Contains("host: other.example\n", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_request_on_which_nothing_moves_for_the_routes_idle_timeout_is_ended()
    {
        await using var upstream = await TestUpstream.Start(TestUpstream.Hang);
        await mesh.Serve("idle", [upstream],
            host => host.Routes[0].Route_.IdleTimeout = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(150)));
        using var response = await mesh.Http.GetAsync("/idle/", Cancel);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
    }

    [Theory]
    [InlineData(Cluster.Types.LbPolicy.RingHash)]
    [InlineData(Cluster.Types.LbPolicy.Maglev)]
    public async Task A_user_meets_the_same_endpoint_and_users_are_spread(Cluster.Types.LbPolicy policy)
    {
        var service = $"sticky-{policy.ToString().ToLowerInvariant()}";
        await using var a = await TestUpstream.Named("a");
        await using var b = await TestUpstream.Named("b");
        await using var c = await TestUpstream.Named("c");
        await mesh.Serve(service, [a, b, c],
            host => host.Routes[0].Route_.HashPolicy.Add(new RouteAction.Types.HashPolicy { Header = new() { HeaderName = "x-user" } }),
            cluster => cluster.LbPolicy = policy);
        var met = new HashSet<string>();
        // Where users go depends on the endpoints' ports: thirty of them may leave one out, hardly ever two hundred.
        for (var user = 0; user < 30 || (met.Count < 3 && user < 200); user++)
        {
            var names = new HashSet<string>();
            for (var i = 0; i < 3; i++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"/{service}/") { Headers = { { "x-user", $"{user}" } } };
                using var response = await mesh.Http.SendAsync(request, Cancel);
                names.Add(await response.Content.ReadAsStringAsync(Cancel));
            }

            met.Add(Assert.Single(names));
        }

        Assert.Equal(3, met.Count);
    }

    [Fact]
    public async Task A_client_is_given_a_cookie_once_and_stays_where_it_leads()
    {
        await using var a = await TestUpstream.Named("a");
        await using var b = await TestUpstream.Named("b");
        await mesh.Serve("session", [a, b],
            host => host.Routes[0].Route_.HashPolicy.Add(new RouteAction.Types.HashPolicy
            {
                Cookie = new() { Name = "where", Ttl = new Duration { Seconds = 60 }, Path = "/" },
            }),
            cluster => cluster.LbPolicy = Cluster.Types.LbPolicy.RingHash);
        for (var client = 0; client < 10; client++)
        {
            using var first = await mesh.Http.GetAsync("/session/", Cancel);
            var cookie = Assert.Single(first.Headers.GetValues("Set-Cookie"));
            Assert.EndsWith("; Max-Age=60; Path=/; HttpOnly", cookie);
            var name = await first.Content.ReadAsStringAsync(Cancel);
            for (var i = 0; i < 3; i++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/session/")
                {
                    Headers = { { "Cookie", cookie.Split(';')[0] } },
                };
                using var response = await mesh.Http.SendAsync(request, Cancel);
                Assert.Equal((name, false), (await response.Content.ReadAsStringAsync(Cancel), response.Headers.Contains("Set-Cookie")));
            }
        }
    }

    [Fact]
    public async Task Answers_tell_where_they_are_from_only_where_that_is_wanted()
    {
        await using var upstream = await TestUpstream.Named("ok");
        await using var controlPlane = await TestControlPlane.Start();
        await using var gateway = await RunningGateway.Start(controlPlane.Address, null, "--Mesh:Gateway:DebugHeaders=true");
        controlPlane.Serve("told", "http", (FreePort.Next(), 1), (upstream.Port, 1));
        await gateway.Knows("told", 2);
        for (var i = 0; i < 3; i++)
        {
            using var response = await gateway.Http.GetAsync("/told/", Cancel);
            Assert.Equal(["default"], response.Headers.GetValues("x-mesh-route"));
            Assert.Equal(["told"], response.Headers.GetValues("x-mesh-cluster"));
            Assert.Equal([$"127.0.0.1:{upstream.Port}"], response.Headers.GetValues("x-mesh-endpoint"));
            Assert.Matches("^[12]$", response.Headers.GetValues("x-mesh-attempts").Single());
        }

        await mesh.Serve("quiet", upstream);
        using var quiet = await mesh.Http.GetAsync("/quiet/", Cancel);
        Assert.DoesNotContain(quiet.Headers, h => h.Key.StartsWith("x-mesh", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("host")]
    [InlineData("Content-Length")]
    [InlineData("no name")]
    [InlineData(":path")]
    public void Headers_that_hold_a_message_together_cannot_be_changed(string name)
    {
        var state = new Mesh.DataPlane.Configuration.ConfigState(true, TimeSpan.FromSeconds(5), TimeProvider.System);
        var routes = RouteConfigurationBuilder.Default("echo", XdsFlavour.Mesh);
        routes.VirtualHosts[0].Routes[0].RequestHeadersToAdd.Add(Header(name, "x"));
        var fault = Assert.Single(
            state.Apply(new DeltaDiscoveryResponse
            {
                TypeUrl = XdsTypes.RouteConfiguration.Url,
                Resources = { XdsResource.Of(routes).Delta },
            }));
        Assert.StartsWith("RouteConfiguration 'echo': virtual_hosts[0].routes[0].request_headers_to_add[0].header.key: ", fault);
    }

    private const HeaderValueOption.Types.HeaderAppendAction Set = HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd;

    private static HeaderValueOption Header(
        string name, string value,
        HeaderValueOption.Types.HeaderAppendAction action = HeaderValueOption.Types.HeaderAppendAction.AppendIfExistsOrAdd) =>
        new() { Header = new HeaderValue { Key = name, Value = value }, AppendAction = action };
}
