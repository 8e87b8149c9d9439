using System.Text.Json.Nodes;
using Mesh.Tests.Proxy.Support;
using Mesh.Xds.Protos;

namespace Mesh.Tests.Proxy;

/// <summary>
/// Paths that one server reads in one way and the next one in another: they go through byte for byte, but never past a rule.
/// </summary>
public class PathTricksTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Tricks => [.. new[]
    {
        "//admin", "/%61dmin", "/x/../admin", "/./admin", "/admin%2f", "/admin%2Fx", "/admin#x", "/admin;x", "/\\admin", "/x/%2e%2e/admin",
        "/x\\..\\admin",
        "/x%2f..%2fadmin", "/x%5c..%5cadmin", "/;a/admin", "/admin/.", "/x/..;/admin", "/../admin", "///admin", "/adm%69n/", "/%2fadmin",
        "/.//admin/x",
    }];

    [Theory]
    [MemberData(nameof(Tricks))]
    public async Task No_spelling_of_a_path_passes_a_rule_on_it(string path)
    {
        foreach (var below in (bool[])[false, true])
        {
            await using var upstream = RecordingUpstream.Start();
            var service = below ? "below" : "prefix";
            await Guard(service, upstream, below);
            await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
            var answer = await client.Get($"/{service}{path}", Cancel);
            Assert.True(answer.Status is 400 or 403, answer.ToString());
            Assert.Empty(upstream.Requests);
        }
    }

    [Theory]
    [InlineData("b%61d=1", 403)]
    [InlineData("bad=%31", 403)]
    [InlineData("bad=0&bad=1", 403)]
    [InlineData("bad=1&bad=0", 403)]
    [InlineData("x&%62%61%64=%31", 403)]
    [InlineData("bad=0&b%61d=%31", 403)]
    [InlineData("bad=%2531", 200)]
    [InlineData("bad=0&other=1+%2f", 200)]
    public async Task No_spelling_of_a_query_passes_a_rule_on_it(string query, int status)
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("queried", "http", (upstream.Port, 1));
        await mesh.Route("queried", host => host.Routes.Insert(0, new Route
        {
            Match = new RouteMatch
            {
                Prefix = "/",
                QueryParameters = { new QueryParameterMatcher { Name = "bad", StringMatch = new StringMatcher { Exact = "1" } } },
            },
            DirectResponse = new DirectResponseAction { Status = 403 },
        }));
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        Assert.Equal(status, (await client.Get($"/queried/?{query}", Cancel)).Status);
        Assert.Equal(status == 200 ? [$"/?{query}"] : [], upstream.Requests.Select(r => r.Target));
    }

    [Fact]
    public async Task What_is_refused_for_its_path_is_told_both_readings()
    {
        await using var upstream = RecordingUpstream.Start();
        await Guard("readings", upstream, true);
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        var problem = JsonNode.Parse((await client.Get("/readings/x/../admin", Cancel)).Body)!;
        Assert.Equal("ambiguous-path", (string?)problem["reason"]);
        Assert.Contains("'/x/../admin' as '/admin'", (string?)problem["detail"]);
    }

    [Theory]
    [InlineData("/%2f")]
    [InlineData("/%2520")]
    [InlineData("/a;b=c/d")]
    [InlineData("/a+b")]
    [InlineData("//a//b")]
    [InlineData("/a/../b/./c")]
    [InlineData("/caf%C3%A9/%7e")]
    [InlineData("/shop/a%2Fb/issues")]
    public async Task Where_no_rule_would_decide_otherwise_the_upstream_gets_the_same_bytes(string path)
    {
        await using var upstream = RecordingUpstream.Start();
        await Guard("bytes", upstream, true);
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        Assert.Equal(200, (await client.Get($"/bytes{path}?x=%2f+;//../", Cancel)).Status);
        Assert.Equal($"{path}?x=%2f+;//../", upstream.Requests.Single().Target);
    }

    [Theory]
    [InlineData("")]
    [InlineData("admin")]
    [InlineData("?x")]
    [InlineData("*")]
    [InlineData("http://guarded.mesh/x")]
    public async Task Over_HTTP2_a_path_without_its_slash_is_refused_before_any_rule_is_asked(string path)
    {
        await using var upstream = RecordingUpstream.Start();
        await Guard("guarded", upstream, true);
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        var answer = await client.Send([(":method", "GET"), (":scheme", "http"), (":authority", "guarded.mesh"), (":path", path)], null,
            Cancel);
        Assert.True(answer.Status == 400 || answer is { Status: 0, Error: not null }, answer.ToString());
        Assert.Empty(upstream.Requests);
    }

    [Theory]
    [InlineData("spelled.mesh")]
    [InlineData("SPELLED.MESH")]
    [InlineData("spelled.mesh.")]
    [InlineData("spelled.mesh:80")]
    [InlineData("Spelled.Default.mesh.:7480")]
    public async Task A_name_in_another_spelling_is_the_same_service(string host)
    {
        await using var upstream = RecordingUpstream.Start();
        await Guard("spelled", upstream, true);
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        Assert.Equal(403,
            (await client.Send([(":method", "GET"), (":scheme", "http"), (":authority", host), (":path", "/admin")], null, Cancel)).Status);
        Assert.Equal(200,
            (await client.Send([(":method", "GET"), (":scheme", "http"), (":authority", host), (":path", "/")], null, Cancel)).Status);
    }

    private async Task Guard(string service, RecordingUpstream upstream, bool below)
    {
        await mesh.Serve(service, "http", (upstream.Port, 1));
        await mesh.Route(service, host => host.Routes.Insert(0, new Route
        {
            Match = below ? new RouteMatch { PathSeparatedPrefix = "/admin" } : new RouteMatch { Prefix = "/admin" },
            DirectResponse = new DirectResponseAction { Status = 403 },
        }));
    }
}
