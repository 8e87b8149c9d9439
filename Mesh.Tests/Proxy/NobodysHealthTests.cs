using Mesh.Tests.Proxy.Support;
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
