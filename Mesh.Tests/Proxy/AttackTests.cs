using System.Net.Sockets;
using System.Text;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;

namespace Mesh.Tests.Proxy;

/// <summary>What other proxies fell to.</summary>
public class AttackTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a\nb\r\nhello\r\n0\r\n\r\n")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("POST /s/ HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999999999999\r\n\r\nhello")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999999\r\n\r\nhello")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\nhello")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n")]
    [InlineData("GET /s/ HTTP/1.1\r\nHost: a\r\nX-A: b\r\n folded\r\n\r\n")]
    [InlineData("GET /s/ HTTP/1.1\r\nHost: a\r\n X-A: b\r\n\r\n")]
    [InlineData("GET /s/ HTTP/1.1\r\nHost: a\r\nX-A: a\0b\r\n\r\n")]
    [InlineData("GET /s/ HTTP/1.1\r\nHost: a\r\nX\0A: b\r\n\r\n")]
    [InlineData("GET /s/\0 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /s/ HTTP/1.1\r\nHost: a\r\nX-A: a\rX-B: b\r\n\r\n")]
    [InlineData("GET http://s.mesh/ HTTP/1.1\r\nHost: other.mesh\r\n\r\n")]
    [InlineData("GET /s/ HTTP/1.1\r\nHost: a, b\r\n\r\n")]
    [InlineData("GET /s/ HTTP/1.1\r\nHost: u@a\r\n\r\n")]
    public async Task What_two_servers_could_read_in_two_ways_is_a_400_and_reaches_no_upstream(string request)
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("s", "http", (upstream.Port, 1));
        var answer = await Raw(request + "GET /s/second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", answer);
        Assert.DoesNotContain(upstream.Requests, r => r.Target != "/second");
        Assert.Empty(upstream.Faults);
    }

    [Theory]
    [InlineData("POST /s/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n")]
    [InlineData("GET /s/\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /s/%00 HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task What_the_web_server_itself_cannot_parse_is_a_bare_400(string request)
    {
        var answer = await Raw(request);
        Assert.StartsWith("HTTP/1.1 400 ", answer);
        Assert.DoesNotContain("problem+json", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip, chunked")]
    [InlineData("identity, chunked")]
    [InlineData("gzip\r\nTransfer-Encoding: chunked")]
    public async Task A_body_in_a_coding_that_is_not_read_is_a_501_and_reaches_no_upstream(string codings)
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("coded", "http", (upstream.Port, 1));
        var answer = await Raw(
            $"POST /coded/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {codings}\r\n\r\n2\r\nok\r\n0\r\n\r\nGET /coded/second "
                + "HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 501 ", answer);
        Assert.Contains("transfer-coding", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Of_several_values_of_a_header_each_counts()
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("several", "http", (upstream.Port, 1));
        await mesh.Route("several", host =>
        {
            // More than a few, so that routes are found by the value.
            for (var i = 0; i < 12; i++)
                host.Routes.Insert(0, Denied($"denied{i}"));
        });
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        Assert.Equal(403, (await client.Get("/several/", Cancel, ("x-role", "allowed"), ("x-role", "denied3"))).Status);
        Assert.Equal(403, (await client.Get("/several/", Cancel, ("x-role", "denied7"), ("x-role", "allowed"))).Status);
        Assert.StartsWith("HTTP/1.1 403 ",
            await Raw("GET /several/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Role: a\r\nx-role: denied0\r\n\r\n"));
        Assert.Empty(upstream.Requests);
        Assert.Equal(200, (await client.Get("/several/", Cancel, ("x-role", "allowed"), ("x-role", "a"))).Status);
    }

    [Theory]
    [InlineData("x-mesh-mirror", "true")]
    [InlineData("X-Mesh-Route", "any")]
    [InlineData("x-mesh-hops", "7")]
    [InlineData("x-forwarded-for", "6.6.6.6")]
    [InlineData("x-forwarded-prefix", "/evil")]
    [InlineData("forwarded", "for=6.6.6.6")]
    public async Task A_header_of_trust_that_a_client_sends_is_neither_matched_nor_sent(string name, string value)
    {
        await using var upstream = RecordingUpstream.Start();
        await mesh.Serve("trust", "http", (upstream.Port, 1));
        await mesh.Route("trust", host => host.Routes.Insert(0, new Route
        {
            Match = new RouteMatch
            {
                Prefix = "/",
                Headers = { new HeaderMatcher { Name = name.ToLowerInvariant(), PresentMatch = true } },
            },
            DirectResponse = new DirectResponseAction { Status = 418 },
        }));
        Assert.StartsWith("HTTP/1.1 200 ", await Raw($"GET /trust/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{name}: {value}\r\n\r\n"));
        Assert.DoesNotContain(upstream.Requests.Single().Headers, h => h.Value == value);
    }

    [Fact]
    public async Task Endless_continuation_ends_the_connection()
    {
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        var block = Hpack.Encode([("x-a", new string('a', 8_000))]);
        await client.Write(1, 0, 1, Hpack.Encode([(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/")]), Cancel);
        await Ends(client, async () => await client.Write(9, 0, 1, block, Cancel), 1_000);
    }

    [Fact]
    public async Task Of_streams_that_are_reset_as_fast_as_they_open_nothing_stays()
    {
        await using var upstream = await TestUpstream.Start(TestUpstream.Hang);
        await mesh.Serve("reset", upstream);
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        try
        {
            for (var i = 0; i < 2_000; i++)
            {
                var id = await client.Begin([(":method", "GET"), (":scheme", "http"), (":authority", "gateway"), (":path", "/reset/")],
                    null, Cancel);
                await client.Write(3, 0, id, [0, 0, 0, 8], Cancel);
            }
        }
        catch (IOException)
        {
            // The server has had enough and has ended the connection, as it may.
        }

        await Eventually.True(
            async () => (int)(await mesh.Gateway.Clusters()).Single(c => (string?)c!["name"] == "reset")!["endpoints"]![0]![
                "inFlight"]! == 0,
            TimeSpan.FromSeconds(60), "nothing is under way any more");
    }

    [Fact]
    public async Task Many_small_cookies_are_refused()
    {
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        var answer = await client.Send(
            [(":method", "GET"), (":scheme", "http"), (":authority", "gateway"), (":path", "/"),
                .. Enumerable.Repeat(("cookie", "a=b"), 2_000)], null, Cancel);
        Assert.True(answer.Status is 0 or 431, answer.ToString());
    }

    [Fact]
    public async Task Pings_without_end_take_no_memory()
    {
        // A process of its own: what other tests hold in this one is not what is measured.
        await using var proxy = await ProxyProcess.Start(mesh.ControlPlane.Address);
        await using var client = await RawHttp2.Connect(proxy.Address.Port, Cancel);
        var before = proxy.WorkingSet;
        try
        {
            // Nobody reads the answers: the windows of TCP fill up, and so does what the server keeps.
            using var stuck = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            stuck.CancelAfter(TimeSpan.FromSeconds(5));
            for (var i = 0; i < 5_000; i++)
                await client.WriteMany(4_096, 6, 0, 0, new byte[8], stuck.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException && !Cancel.IsCancellationRequested)
        {
            // The server has ended the connection, or reads no more of it.
        }

        Assert.InRange(proxy.WorkingSet - before, long.MinValue, 128 * 1024 * 1024);
        using var answer = await proxy.Http.GetAsync(new Uri(proxy.Admin, "/health/live"), Cancel);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    private static Route Denied(string value) => new()
    {
        Match = new RouteMatch
        {
            Prefix = "/",
            Headers = { new HeaderMatcher { Name = "x-role", StringMatch = new StringMatcher { Exact = value } } },
        },
        DirectResponse = new DirectResponseAction { Status = 403 },
    };

    /// <summary>Sends until the server ends the connection.</summary>
    private async Task Ends(RawHttp2 client, Func<Task> send, int most)
    {
        var ended = client.Read(int.MaxValue, Cancel);
        try
        {
            for (var i = 0; i < most && !ended.IsCompleted; i++)
                await send();
        }
        catch (IOException)
        {
            // It has.
        }

        Assert.True((await ended.WaitAsync(TimeSpan.FromSeconds(60), Cancel)).ConnectionEnded);
        using var answer = await mesh.Http.GetAsync("/health/live", Cancel);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    private async Task<string> Raw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", mesh.Gateway.Address.Port, Cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), Cancel);
        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        }
        catch (IOException)
        {
            // A connection that is closed with bytes unread is reset; what came before counts.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }
}
