using System.Net.Sockets;
using System.Text;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;

namespace Mesh.Tests.Proxy;

/// <summary>What <c>Connection</c> names ends at each hop, in both directions and whatever else it says.</summary>
public class HopByHopTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Lines => [.. new[]
    {
        "Connection: x-foo", "Connection: close, x-foo", "Connection: X-FOO,close", "Connection: keep-alive, x-foo",
        "Connection: x-foo , Keep-Alive", "Connection: ,x-foo,,close,",
        "Connection: close\r\nConnection: x-foo", "Connection: x-foo\r\nConnection: close",
        "Connection: keep-alive\r\nConnection: x-bar, X-Foo", "connection:\tclose\t,\tx-foo\t",
        "Connection: close, keep-alive, x-foo", "Connection: Upgrade, x-foo", "Connection: te, x-foo", "Connection: ,x-foo,",
        "Connection: , x-foo ,, ",
    }];

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task What_a_clients_Connection_names_ends_at_the_gateway(string lines)
    {
        await using var upstream = RecordingUpstream.Start();
        await using var mirror = RecordingUpstream.Start();
        await mesh.Serve("hop-mirror", "http", (mirror.Port, 1));
        await mesh.Serve("hop", "http", (upstream.Port, 1));
        await mesh.Route("hop", host =>
        {
            host.Routes[0].Route_.RequestMirrorPolicies.Add(new RouteAction.Types.RequestMirrorPolicy { Cluster = "hop-mirror" });
            host.Routes.Insert(0, new Route
            {
                Match = new RouteMatch { Prefix = "/", Headers = { new HeaderMatcher { Name = "x-foo", PresentMatch = true } } },
                DirectResponse = new DirectResponseAction { Status = 418 },
            });
        });
        Assert.StartsWith("HTTP/1.1 200 ",
            await Raw($"GET /hop/ HTTP/1.1\r\nHost: gateway\r\n{lines}\r\nX-Foo: 1\r\nX-Kept: 2\r\n\r\n", mesh.Gateway.Address.Port));
        // What asks for another protocol has no copy.
        var copies = lines.Contains("Upgrade", StringComparison.Ordinal) ? 0 : 1;
        await Eventually.True(() => mirror.Requests.Count == copies, TimeSpan.FromSeconds(60), "the copy has come");
        foreach (var request in upstream.Requests.Concat(mirror.Requests))
        {
            Assert.Null(request.Header("x-foo"));
            Assert.Null(request.Header("connection"));
            Assert.Equal("2", request.Header("x-kept"));
        }
    }

    [Theory]
    [InlineData("host, content-length, content-type")]
    [InlineData("transfer-encoding, close")]
    [InlineData("x-forwarded-for, x-forwarded-host")]
    public async Task What_a_request_cannot_do_without_is_not_taken_out(string options)
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("essential", "http", (upstream.Port, 1));
        var answer = await Raw(
            $"POST /essential/ HTTP/1.1\r\nHost: gateway\r\nConnection: {options}\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\nhello",
            mesh.Gateway.Address.Port);
        Assert.StartsWith("HTTP/1.1 200 ", answer);
        var request = upstream.Requests.Single();
        Assert.Equal(("5", "a/b", "hello", "127.0.0.1"),
            (request.Header("content-length"), request.Header("content-type"), request.Body, request.Header("x-forwarded-for")));
        Assert.Empty(upstream.Faults);
    }

    [Theory]
    [InlineData("close, x-foo")]
    [InlineData("X-Foo,keep-alive")]
    [InlineData("x-foo, allow, expires")]
    public async Task What_a_services_Connection_names_ends_at_the_gateway(string options)
    {
        await using var upstream = RecordingUpstream.Start(
            answerLines: $"Connection: {options}\r\nX-Foo: 1\r\nX-Kept: 2\r\nExpires: 0\r\n");
        await mesh.Serve("answers-hop", "http", (upstream.Port, 1));
        using var answer = await mesh.Http.GetAsync("/answers-hop/", Cancel);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.False(answer.Headers.Contains("x-foo"));
        Assert.Equal(!options.Contains("expires", StringComparison.Ordinal), answer.Content.Headers.Contains("expires"));
        Assert.Equal("2", answer.Headers.GetValues("x-kept").Single());
    }

    [Fact]
    public async Task A_connection_is_kept_or_closed_as_its_client_says()
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("kept", "http", (upstream.Port, 1));
        const string get = "GET /kept/ HTTP/1.1\r\nHost: gateway\r\n";
        Assert.Equal(2,
            (await Raw($"{get}Connection: keep-alive, x-foo\r\n\r\n{get}Connection: close, x-foo\r\n\r\n{get}\r\n",
                mesh.Gateway.Address.Port, untilEnd: true)).Split("HTTP/1.1 200 ").Length - 1);
        Assert.Equal(1,
            (await Raw($"{get}Connection: close\r\n\r\n{get}\r\n", mesh.Gateway.Address.Port, untilEnd: true)).Split(
                "HTTP/1.1 200 ").Length - 1);
    }

    private static async Task<string> Raw(string request, int port, bool untilEnd = false)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, Cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), Cancel);
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        while ((untilEnd || !answer.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
            && await stream.ReadAsync(buffer, Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancel) is > 0 and var read)
        {
            answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }

        return answer.ToString();
    }
}
