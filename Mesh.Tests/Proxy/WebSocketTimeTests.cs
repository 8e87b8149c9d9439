using System.Net;
using System.Net.WebSockets;
using Google.Protobuf.WellKnownTypes;
using Mesh.Tests.Proxy.Support;
using Mesh.Xds.Protos;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

public class WebSocketTimeTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static readonly Duration Short = Duration.FromTimeSpan(TimeSpan.FromSeconds(2));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http", HttpProtocols.Http1)]
    [InlineData("grpc", HttpProtocols.Http2)]
    public async Task A_routes_timeout_is_for_the_handshake_and_not_for_what_comes_after(string protocol, HttpProtocols speaks)
    {
        var service = $"chat-{protocol}";
        await using var upstream = await TestUpstream.Start(EchoOrHang, speaks);
        await mesh.Serve(service, [upstream], host => host.Routes[0].Route_.Timeout = Short, protocol: protocol);
        using var socket = await Connected(service);
        Assert.Equal("before", await Echoed(socket, "before"));

        // A request that began after the socket stood runs into the timeout, so the socket's is over too.
        using var late = await mesh.Http.GetAsync($"/{service}/", Cancel);
        Assert.Equal(HttpStatusCode.GatewayTimeout, late.StatusCode);
        Assert.Equal("after", await Echoed(socket, "after"));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
    }

    [Fact]
    public async Task The_longest_life_of_a_stream_is_for_all_of_it()
    {
        await using var upstream = await TestUpstream.Start(EchoOrHang);
        await mesh.Serve("brief", [upstream],
            host => host.Routes[0].Route_.MaxStreamDuration = new RouteAction.Types.MaxStreamDuration { MaxStreamDuration_ = Short });
        using var socket = await Connected("brief");
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ReceiveAsync(new byte[16], Cancel));
    }

    private async Task<ClientWebSocket> Connected(string service)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{mesh.Gateway.Address.Authority}/{service}/"), Cancel);
        return socket;
    }

    private static async Task<string> Echoed(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Cancel);
        var buffer = new byte[64];
        var message = await socket.ReceiveAsync(buffer, Cancel);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, message.Count);
    }

    private static async Task EchoOrHang(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await TestUpstream.Hang(context);
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[64];
        while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } message)
            await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.RequestAborted);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }
}
