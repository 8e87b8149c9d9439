using System.Net.Sockets;
using System.Text;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;

namespace Mesh.Tests.Proxy;

/// <summary>What a client does, and what an upstream does not offer, says nothing about the upstream's health.</summary>
public class NobodysHealthTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http")]
    [InlineData("grpc")]
    public async Task A_clients_malformed_request_is_nobodys_health(string protocol)
    {
        await using var upstream = RecordingUpstream.Start(protocol == "grpc");
        var service = $"healthy-{protocol}";
        await mesh.Serve(service, protocol, (upstream.Port, 1));
        await mesh.Change(service,
            cluster => cluster.OutlierDetection = new OutlierDetection
            {
                Consecutive5Xx = 3,
                ConsecutiveGatewayFailure = 3,
                EnforcingConsecutiveGatewayFailure = 100,
                MaxEjectionPercent = 100,
            }, protocol);
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        for (var i = 0; i < 20; i++)
            Assert.Equal(400, (await client.Get($"/{service}/\u00E9", Cancel)).Status);
        var endpoint = (await mesh.Gateway.Clusters()).Single(c => (string?)c!["name"] == service)!["endpoints"]!.AsArray().Single()!;
        Assert.False((bool)endpoint["ejected"]!);
        Assert.Equal(0, (long)endpoint["requests"]!);
        Assert.Equal(200, (await client.Get($"/{service}/", Cancel)).Status);
    }

    [Fact]
    public async Task A_reset_while_a_client_still_sends_its_body_is_nobodys_health()
    {
        var reset = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = new TcpServer(async (socket, cancel) =>
        {
            await socket.ReceiveAsync(new byte[65_536], cancel);
            await socket.SendAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), cancel);
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
            reset.TrySetResult();
        });
        await mesh.Serve("too-large", "http", (upstream.Port, 1));
        await mesh.Change("too-large",
            cluster => cluster.OutlierDetection = new OutlierDetection
            {
                Consecutive5Xx = 1,
                ConsecutiveGatewayFailure = 1,
                EnforcingConsecutiveGatewayFailure = 100,
                MaxEjectionPercent = 100,
            });
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", mesh.Gateway.Address.Port, Cancel);
        var stream = client.GetStream();
        await stream.WriteAsync("POST /too-large/ HTTP/1.1\r\nHost: gateway\r\nContent-Length: 600000\r\n\r\nabc"u8.ToArray(), Cancel);
        await reset.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        await stream.WriteAsync(new byte[599_997], Cancel);
        var answer = new byte[12];
        await stream.ReadExactlyAsync(answer, Cancel);
        Assert.Contains(Encoding.ASCII.GetString(answer), (string[])["HTTP/1.1 502", "HTTP/1.1 413"]);
        var endpoint = (await mesh.Gateway.Clusters()).Single(c => (string?)c!["name"] == "too-large")!["endpoints"]!.AsArray().Single()!;
        Assert.False((bool)endpoint["ejected"]!);
    }

    [Theory]
    [InlineData("reset", true)]
    [InlineData("reset", false)]
    [InlineData("unread", true)]
    [InlineData("unread", false)]
    [InlineData("end", true)]
    [InlineData("end", false)]
    public async Task However_an_endpoint_ends_a_connection_while_a_body_is_still_coming_it_is_nobodys_health(string how, bool answers)
    {
        await using var upstream = new TcpServer(async (socket, cancel) =>
        {
            // The rest of the body is not read.
            await socket.ReceiveAsync(new byte[how == "unread" ? 20 : 65_536], cancel);
            if (answers)
                await socket.SendAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), cancel);
            if (how == "reset")
                socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        });
        var service = $"cut-{how}-{answers}".ToLowerInvariant();
        await mesh.Serve(service, "http", (upstream.Port, 1));
        await mesh.Change(service,
            cluster => cluster.OutlierDetection = new OutlierDetection
            {
                Consecutive5Xx = 1,
                ConsecutiveGatewayFailure = 1,
                EnforcingConsecutiveGatewayFailure = 100,
                MaxEjectionPercent = 100,
            });
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", mesh.Gateway.Address.Port, Cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /{service}/ HTTP/1.1\r\nHost: gateway\r\nContent-Length: 600000\r\n\r\nabc"),
            Cancel);
        // A little at a time, until there is an answer: the gateway meets the end when it writes.
        var answer = new byte[12];
        var answered = stream.ReadExactlyAsync(answer, Cancel).AsTask();
        using var slowly = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!answered.IsCompleted && await slowly.WaitForNextTickAsync(Cancel))
            await stream.WriteAsync(new byte[2_000], Cancel);
        await answered;
        Assert.Contains(Encoding.ASCII.GetString(answer), (string[])["HTTP/1.1 502", "HTTP/1.1 413"]);
        var endpoint = (await mesh.Gateway.Clusters()).Single(c => (string?)c!["name"] == service)!["endpoints"]!.AsArray().Single()!;
        Assert.False((bool)endpoint["ejected"]!);
    }

    [Theory]
    [InlineData("websocket")]
    [InlineData("200")]
    [InlineData("connect-udp")]
    public async Task A_connection_that_an_endpoint_has_not_offered_is_a_501_and_nobodys_health(string protocol)
    {
        await using var upstream = RecordingUpstream.Start(http2: true);
        await mesh.Serve("offers-none", "grpc", (upstream.Port, 1));
        await mesh.Change("offers-none",
            cluster => cluster.OutlierDetection = new OutlierDetection { Consecutive5Xx = 1, MaxEjectionPercent = 100 }, "grpc");
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        var answer = await client.Send(
            [(":method", "CONNECT"), (":protocol", protocol), (":scheme", "http"), (":authority", "offers-none.mesh"), (":path", "/")],
            null, Cancel);
        Assert.Equal(501, answer.Status);
        Assert.Empty(upstream.Requests);
        var endpoint = (await mesh.Gateway.Clusters()).Single(c => (string?)c!["name"] == "offers-none")!["endpoints"]!.AsArray().Single()!;
        Assert.False((bool)endpoint["ejected"]!);
    }

    [Fact]
    public async Task An_endpoint_that_answers_a_WebSocket_over_HTTP2_without_one_is_a_501_and_nobodys_health()
    {
        // Over HTTP/1.1, a 200 says no to an upgrade; over HTTP/2, it would say yes (RFC 8441 §5).
        await using var upstream = RecordingUpstream.Start(http2: false);
        await mesh.Serve("answers-none", "http", (upstream.Port, 1));
        await mesh.Change("answers-none",
            cluster => cluster.OutlierDetection = new OutlierDetection { Consecutive5Xx = 1, MaxEjectionPercent = 100 });
        await using var client = await RawHttp2.Connect(mesh.Gateway.Address.Port, Cancel);
        var answer = await client.Send(
            [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":authority", "answers-none.mesh"), (":path", "/")],
            null, Cancel);
        Assert.Equal((501, 1), (answer.Status, upstream.Requests.Count));
        Assert.Contains("not-offered", answer.Body);
        var endpoint = (await mesh.Gateway.Clusters()).Single(c => (string?)c!["name"] == "answers-none")!["endpoints"]!.AsArray()
            .Single()!;
        Assert.False((bool)endpoint["ejected"]!);
    }
}
