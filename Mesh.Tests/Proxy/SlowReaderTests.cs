using System.Net.Sockets;
using System.Net.WebSockets;
using Mesh.Tests.Proxy.Support;

namespace Mesh.Tests.Proxy;

/// <summary>
/// What becomes of a response that its client reads slowly, or of a WebSocket on which it is silent, says nothing about the endpoints
/// (docs/adr/0044).
/// </summary>
public class SlowReaderTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("route")]
    [InlineData("idle")]
    public async Task A_client_that_does_not_read_its_answer_in_time_is_nobodys_health(string time)
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        await using var upstream = await Endless();
        await using var other = await Endless();
        var service = $"unread-{time}";
        var judged = await JudgedService.Serve(mesh, service, [upstream.Port, other.Port], JudgedService.Within(time));
        var counted = counts.Within(4, 4, "request.duration", service);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var client = new TcpClient { ReceiveBufferSize = 4096 };
            await judged.BeginDownload(client);
            await counted;
        }));
        await judged.AssertNoneEjected();
    }

    [Fact]
    public async Task A_WebSocket_on_which_nothing_is_said_for_too_long_is_nobodys_health()
    {
        await using var upstream = await TestUpstream.Start(TestUpstream.Echo);
        await using var other = await TestUpstream.Start(TestUpstream.Echo);
        var judged = await JudgedService.Serve(mesh, "silent", [upstream.Port, other.Port], JudgedService.Within("idle"));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(new Uri($"ws://{mesh.Gateway.Address.Authority}/silent/"), Cancel);
            await Assert.ThrowsAsync<WebSocketException>(() => socket.ReceiveAsync(new byte[16], Cancel));
        }));

        await judged.AssertNoneEjected();
    }

    private static Task<TestUpstream> Endless() => TestUpstream.Start(async context =>
    {
        while (true)
            await context.Response.Body.WriteAsync(new byte[65_536], context.RequestAborted);
    });
}
