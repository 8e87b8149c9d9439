using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Tests.Proxy.Support;
using Mesh.Xds.Protos;

namespace Mesh.Tests.Proxy;

/// <summary>What reaches an upstream's wire is what somebody has looked at: over bare frames and sockets, since clients tidy up.</summary>
public class UpstreamGateTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private const string Canary = "GET /admin HTTP/1.1\r\nX-Canary: 1\r\n\r\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> BadPaths => [.. new[]
    {
        "/\u00E9", "/a?\u00FF", "/" + new string('\u00E9', Canary.Length), "/a b", "/a\tb", "/a\u0001", "/a\x7F", "/a#b", "/#", "/a\rb",
        "/a\nb", "/\u0000",
    }];

    [Theory]
    [MemberData(nameof(BadPaths))]
    public async Task A_path_with_bytes_that_no_target_may_have_reaches_no_upstream(string path)
    {
        foreach (var http2 in (bool[])[false, true])
        {
            await using var upstream = RecordingUpstream.Start(http2);
            var service = http2 ? "paths2" : "paths1";
            await mesh.Serve(service, http2 ? "grpc" : "http", (upstream.Port, 1));
            await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
            // What an earlier caller wrote is what a client that skips bytes would send in their place.
            await client.Send(
                [(":method", "POST"), (":scheme", "http"), (":authority", "gateway"), (":path", $"/{service}/")],
                Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Canary, 100))), Cancel);
            Assert.Single(upstream.Requests);
            var answer = await client.Get($"/{service}{path}", Cancel);
            Assert.True(answer.Status == 400 || answer is { Status: 0, Error: not null }, answer.ToString());
            Assert.Single(upstream.Requests);
            Assert.Empty(upstream.Faults);
        }
    }

    [Fact]
    public async Task A_clients_malformed_head_is_a_400_with_its_reason()
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("reasons", "http", (upstream.Port, 1));
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        var answer = await client.Get("/reasons/\u00E9", Cancel);
        Assert.Equal(400, answer.Status);
        var problem = JsonNode.Parse(answer.Body)!;
        Assert.Equal("malformed", (string?)problem["reason"]);
        Assert.Contains("0xE9 as character 10", (string?)problem["detail"]);
        answer = await client.Get("/reasons/\u00E9", Cancel, ("content-type", "application/grpc"), ("te", "trailers"));
        Assert.Equal(200, answer.Status);
        Assert.Contains(answer.Headers, h => h is { Name: "grpc-status", Value: "13" });
    }

    [Theory]
    [InlineData("x-a", "a\rb")]
    [InlineData("x-a", "a\nb")]
    [InlineData("x-a", "a\r\nx-b: c")]
    [InlineData("x-a", "a\0b")]
    [InlineData("x-a", "a\u0001b")]
    [InlineData("x-a", "a\x7F")]
    [InlineData("x a", "b")]
    [InlineData("x:a", "b")]
    [InlineData("x\u00E9", "b")]
    [InlineData("x\r\na", "b")]
    [InlineData("X-A", "b")]
    [InlineData("", "b")]
    [InlineData("connection", "x-a")]
    [InlineData("transfer-encoding", "chunked")]
    public async Task A_header_with_bytes_that_none_may_have_reaches_no_upstream(string name, string value)
    {
        foreach (var http2 in (bool[])[false, true])
        {
            await using var upstream = RecordingUpstream.Start(http2);
            var service = http2 ? "headers2" : "headers1";
            await mesh.Serve(service, http2 ? "grpc" : "http", (upstream.Port, 1));
            await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
            var answer = await client.Get($"/{service}/", Cancel, (name, value));
            Assert.True(answer.Status == 400 || answer is { Status: 0, Error: not null }, answer.ToString());
            Assert.Empty(upstream.Requests);
            Assert.Empty(upstream.Faults);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bytes_beyond_ascii_in_a_headers_value_go_through_as_they_came(bool http2)
    {
        await using var upstream = RecordingUpstream.Start(http2);
        var service = http2 ? "obs2" : "obs1";
        await mesh.Serve(service, http2 ? "grpc" : "http", (upstream.Port, 1));
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        Assert.Equal(200, (await client.Get($"/{service}/", Cancel, ("x-a", "caf\u00C3\u00A9\t\u00FF"))).Status);
        Assert.Equal("caf\u00C3\u00A9\t\u00FF", upstream.Requests.Single().Header("x-a"));
        Assert.Empty(upstream.Faults);
    }

    [Theory]
    [InlineData("a", "")]
    [InlineData("", "a")]
    [InlineData("", "")]
    public async Task An_empty_line_beside_another_makes_no_value_that_HTTP2_forbids(string first, string second)
    {
        await using var upstream = RecordingUpstream.Start(http2: true);
        await mesh.Serve("empty-lines", "grpc", (upstream.Port, 1));
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        Assert.Equal(200, (await client.Get("/empty-lines/", Cancel, ("x-a", first), ("x-a", second))).Status);
        Assert.Equal(first + second, upstream.Requests.Single().Header("x-a"));
        Assert.Empty(upstream.Faults);
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("Delete")]
    [InlineData("head")]
    [InlineData("get")]
    [InlineData("options")]
    public async Task A_known_method_in_another_spelling_passes_no_rule_on_it(string method)
    {
        foreach (var http2 in (bool[])[false, true])
        {
            await using var upstream = RecordingUpstream.Start(http2);
            var service = http2 ? "spelled2" : "spelled1";
            await mesh.Serve(service, http2 ? "grpc" : "http", (upstream.Port, 1));
            await mesh.Route(service, host => host.Routes.Insert(0, new Route
            {
                Match = new RouteMatch
                {
                    Prefix = "/",
                    Headers = {
                        new HeaderMatcher { Name = ":method", StringMatch = new StringMatcher { Exact = method.ToUpperInvariant() } } },
                },
                DirectResponse = new DirectResponseAction { Status = 403 },
            }));
            await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
            var answer = await client.Send([(":method", method), (":scheme", "http"), (":authority", "gateway"), (":path", $"/{service}/")],
                null, Cancel);
            Assert.Equal(400, answer.Status);
            Assert.StartsWith("HTTP/1.1 400 ", await Raw($"{method} /{service}/ HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"));
            Assert.StartsWith("HTTP/1.1 403 ",
                await Raw($"{method.ToUpperInvariant()} /{service}/ HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"));
            Assert.Empty(upstream.Requests);
        }
    }

    [Theory]
    [InlineData("propfind")]
    [InlineData("PROPFIND")]
    [InlineData("X!y")]
    public async Task Another_method_is_matched_and_sent_as_it_came(string method)
    {
        foreach (var http2 in (bool[])[false, true])
        {
            await using var upstream = RecordingUpstream.Start(http2);
            var service = http2 ? "other2" : "other1";
            await mesh.Serve(service, http2 ? "grpc" : "http", (upstream.Port, 1));
            var answer = await Raw($"{method} /{service}/ HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", answer);
            Assert.Equal(method, upstream.Requests.Single().Method);
        }
    }

    [Theory]
    [InlineData("evil host")]
    [InlineData("user@evil")]
    [InlineData("evil/x")]
    [InlineData("a,b")]
    [InlineData("evil:99999")]
    public async Task A_host_taken_from_a_header_is_one_or_the_request_is_refused(string host)
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("told", "http", (upstream.Port, 1));
        await mesh.Route("told", virtualHost => virtualHost.Routes[0].Route_.HostRewriteHeader = "x-host");
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        Assert.Equal(400, (await client.Get("/told/", Cancel, ("x-host", host))).Status);
        Assert.Equal(200, (await client.Get("/told/", Cancel, ("x-host", "good.example:80"))).Status);
        Assert.Equal("good.example:80", upstream.Requests.Single().Header("host"));
    }

    [Fact]
    public async Task A_rewrite_cannot_be_made_to_lead_upwards()
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("up", "http", (upstream.Port, 1));
        await mesh.Route("up", host =>
        {
            host.Routes[0].Match = new RouteMatch { Prefix = "/static" };
            host.Routes[0].Route_.PrefixRewrite = "/";
        });
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        Assert.Equal(400, (await client.Get("/up/static../secret", Cancel)).Status);
        Assert.Equal(400, (await client.Get("/up/static../b/%2f..%2fsecret", Cancel)).Status);
        Assert.Equal(200, (await client.Get("/up/static/a", Cancel)).Status);
        Assert.Equal("/a", upstream.Requests.Single().Target);
    }

    [Fact]
    public async Task A_rewrite_cannot_be_made_to_name_a_host()
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("named", "http", (upstream.Port, 1));
        await mesh.Route("named", host =>
        {
            host.Routes[0].Match = new RouteMatch { Prefix = "/static" };
            host.Routes[0].Route_.PrefixRewrite = "/";
        });
        Assert.StartsWith("HTTP/1.1 400 ", await Raw("GET /named/static//evil.example/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 400 ", await Raw("GET /named/static\\evil.example/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 200 ", await Raw("GET /named/static/a//b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        Assert.Equal("/a//b", upstream.Requests.Single().Target);

        await mesh.Route("named",
            host => host.Routes[0].Route_.RegexRewrite = new RegexMatchAndSubstitute
            {
                Pattern = new RegexMatcher { Regex = "^/x(.*)" },
                Substitution = "\\1",
            });
        Assert.StartsWith("HTTP/1.1 400 ", await Raw("GET /named/x//evil.example/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        Assert.Single(upstream.Requests);
    }

    private async Task<string> Raw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", mesh.Gateway.Address.Port, Cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), Cancel);
        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer, Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        return Encoding.Latin1.GetString(answer.ToArray());
    }
}
