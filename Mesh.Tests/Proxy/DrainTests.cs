using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Grpc.Core;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

/// <summary>How the proxy takes its leave: real processes, real signals.</summary>
public class DrainTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_request_is_lost_under_load_when_the_proxy_is_told_to_end_and_one_under_way_is_finished()
    {
        // The delay is long enough for all that has to be seen in it, however busy the machine is.
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var upstream = await TestUpstream.Start(async context =>
        {
            if (context.Request.Path == "/long")
            {
                reached.TrySetResult();
                await goOn.Task.WaitAsync(Soon);
            }

            await context.Response.WriteAsync("ok");
        });
        await using var controlPlane = await TestControlPlane.Start(before: c => c.Serve("shop", "http", (upstream.Port, 1)));
        await using var proxy = await ProxyProcess.Start(controlPlane.Address, ("Mesh__Drain__Delay", "00:00:10"));
        await proxy.Knows("shop");

        var warm = new CountdownEvent(8);
        var load = Enumerable.Range(0, 8).Select(_ => Task.Run(() => UntilClosed(proxy.Address, warm))).ToArray();
        var pending = proxy.Http.GetStringAsync(new Uri(proxy.Address, "/shop/long"), Cancel);
        await reached.Task.WaitAsync(Soon, Cancel);
        Assert.True(warm.Wait(Soon, Cancel));
        proxy.EndPlease();

        await Eventually.True(async () =>
        {
            using var ready = await proxy.Http.GetAsync(new Uri(proxy.Admin, "/health/ready"), Cancel);
            return ready.StatusCode == HttpStatusCode.ServiceUnavailable;
        }, Soon, "it says that it is not ready while it still answers");
        var answered = await Task.WhenAll(load).WaitAsync(Soon, Cancel);
        Assert.All(answered, count => Assert.True(count > 0));

        await Eventually.True(() => IsRefused(proxy.Address), Soon, "new connections are refused");
        Assert.False(proxy.HasEnded);
        goOn.SetResult();
        Assert.Equal("ok", await pending.WaitAsync(Soon, Cancel));
        Assert.Equal(0, await proxy.Ended());
        Assert.Contains("Drained", proxy.Output);
    }

    [Fact]
    public async Task Streams_and_web_sockets_are_finished_after_the_proxy_is_told_to_end()
    {
        await using var grpc = await TestUpstream.Start(protocols: HttpProtocols.Http2, build: CountingService.Build,
            map: CountingService.Map);
        await using var sockets = await TestUpstream.Start(TestUpstream.Echo);
        await using var controlPlane = await TestControlPlane.Start(before: c =>
        {
            c.Serve("counting", "grpc", (grpc.Port, 1));
            c.Serve("sockets", "http", (sockets.Port, 1));
        });
        await using var proxy = await ProxyProcess.Start(controlPlane.Address, ("Mesh__Drain__Delay", "00:00:00"));
        await proxy.Knows("counting");
        await proxy.Knows("sockets");

        using var channel = GrpcThrough.Host("counting.mesh", proxy.Address);
        using var call = channel.CreateCallInvoker()
            .AsyncDuplexStreamingCall(CountingService.Both, null, new CallOptions(cancellationToken: Cancel));
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{proxy.Address.Port}/sockets/"), Cancel);
        await Answers(call, "before");
        Assert.Equal("before", await Echoed(socket, "before"));

        proxy.EndPlease();
        await Eventually.True(() => IsRefused(proxy.Address), Soon, "new connections are refused");
        await Answers(call, "after");
        Assert.Equal("after", await Echoed(socket, "after"));
        Assert.False(proxy.HasEnded);

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Cancel));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        Assert.Equal(0, await proxy.Ended());
        Assert.Contains("Drained", proxy.Output);
    }

    [Fact]
    public async Task A_tunnel_is_finished_and_connections_that_say_nothing_hold_nobody_up()
    {
        await using var service = new TcpEcho("db");
        await using var controlPlane = await TestControlPlane.Start(before: c => c.ServeTcp("db", (service.Port, 1)));
        await using var proxy = await ProxyProcess.Start(
            controlPlane.Address, ("Mesh__Sidecar__Service", "web"), ("Mesh__Drain__Delay", "00:00:00"),
            ("Mesh__Drain__Limit", "01:00:00"));
        var (tunnel, answer) = await Tunnel.Open(proxy.Address, "db:1", Cancel);
        using var silent = await Tunnel.Connect(proxy.Address.Port, Cancel);
        using var hesitant = await Tunnel.Connect(proxy.Address.Port, Cancel);
        await hesitant.SendAsync("CONN"u8.ToArray(), Cancel);
        using (tunnel)
        {
            Assert.StartsWith("HTTP/1.1 200 ", answer);
            proxy.EndPlease();
            await Eventually.True(() => IsRefused(proxy.Address), Soon, "new connections are refused");
            await tunnel.SendAsync("ping "u8.ToArray(), Cancel);
            tunnel.Shutdown(SocketShutdown.Send);
            Assert.Equal("db\nping bye", await Tunnel.Rest(tunnel, Cancel));
        }

        Assert.Equal(0, await proxy.Ended());
        Assert.Contains("Drained", proxy.Output);
    }

    [Theory]
    [InlineData("00:00:00.5", false)]
    [InlineData("01:00:00", true)]
    public async Task What_goes_on_beyond_the_limit_or_a_second_signal_is_cut_off(string limit, bool second)
    {
        var reached = new TaskCompletionSource();
        await using var upstream = await TestUpstream.Start(context =>
        {
            reached.TrySetResult();
            return TestUpstream.Hang(context);
        });
        await using var controlPlane = await TestControlPlane.Start(before: c => c.Serve("endless", "http", (upstream.Port, 1)));
        await using var proxy = await ProxyProcess.Start(controlPlane.Address, ("Mesh__Drain__Delay", "00:00:00"),
            ("Mesh__Drain__Limit", limit));
        await proxy.Knows("endless");
        var pending = proxy.Http.GetStringAsync(new Uri(proxy.Address, "/endless/"), Cancel);
        await reached.Task.WaitAsync(Soon, Cancel);

        proxy.EndPlease();
        if (second)
        {
            await Eventually.True(() => IsRefused(proxy.Address), Soon, "new connections are refused");
            Assert.False(proxy.HasEnded);
            proxy.EndPlease();
        }

        Assert.Equal(0, await proxy.Ended());
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => pending);
        Assert.Contains("cut off", proxy.Output);
    }

    /// <summary>Asks again and again over one connection until an answer says that this was the last on it.</summary>
    private static async Task<int> UntilClosed(Uri proxy, CountdownEvent warm)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 1 });
        for (var answered = 0; ; answered++)
        {
            using var response = await http.GetAsync(new Uri(proxy, "/shop/"), Cancel);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("ok", await response.Content.ReadAsStringAsync(Cancel));
            if (answered == 10)
                warm.Signal();
            if (response.Headers.Connection.Contains("close"))
                return answered;
        }
    }

    private static async Task Answers(AsyncDuplexStreamingCall<string, string> call, string text)
    {
        await call.RequestStream.WriteAsync(text, Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel));
        Assert.Equal($"{text}!", call.ResponseStream.Current);
    }

    private static async Task<string> Echoed(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Cancel);
        var buffer = new byte[100];
        var received = await socket.ReceiveAsync(buffer, Cancel);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    private static async Task<bool> IsRefused(Uri proxy)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync("127.0.0.1", proxy.Port, Cancel);
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset)
        {
            // A reset comes in the moment in which the listener goes: the next one is refused.
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }
}
