using System.Net.Sockets;
using System.Text;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Proxy;

/// <summary>Services whose bytes are passed through, by a port of their own.</summary>
public class TcpTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_pass_both_ways_and_an_end_of_one_side_leaves_the_other_open()
    {
        await using var service = new TcpEcho("one");
        await using var proxy = await Start((service.Port, 1));
        using var socket = await Tunnel.Connect(proxy.Port, Cancel);
        await socket.SendAsync("ping "u8.ToArray(), Cancel);
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("one\nping bye", await Tunnel.Rest(socket, Cancel));
    }

    [Fact]
    public async Task Much_passes_unharmed()
    {
        await using var service = new TcpEcho("");
        await using var proxy = await Start((service.Port, 1));
        var content = new byte[8 << 20];
        TestSeed.Draws(20_26).NextBytes(content);
        using var socket = await Tunnel.Connect(proxy.Port, Cancel);
        var sending = Task.Run(async () =>
        {
            for (var sent = 0; sent < content.Length;)
                sent += await socket.SendAsync(content.AsMemory(sent), Cancel);
            socket.Shutdown(SocketShutdown.Send);
        }, Cancel);
        using var received = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await socket.ReceiveAsync(buffer, Cancel)) > 0)
            received.Write(buffer, 0, count);
        await sending;
        Assert.True(content.AsSpan().SequenceEqual(received.ToArray().AsSpan(1, content.Length)));
    }

    [Fact]
    public async Task Connections_go_by_weight_and_to_another_endpoint_where_one_cannot_be_reached()
    {
        await using var heavy = new TcpEcho("heavy");
        await using var light = new TcpEcho("light");
        await using var proxy = await Start((heavy.Port, 3), (light.Port, 1), (FreePort.Next(), 1));
        var greetings = new List<string>();
        for (var i = 0; i < 80; i++)
            greetings.Add(await Greeting(proxy.Port));
        Assert.InRange(greetings.Count(g => g == "heavy"), 52, 68);
        Assert.Equal(80, greetings.Count(g => g is "heavy" or "light"));
    }

    [Fact]
    public async Task A_change_of_endpoints_cuts_no_connection()
    {
        await using var old = new TcpEcho("old");
        await using var next = new TcpEcho("next");
        await using var proxy = await Start((old.Port, 1));
        using var socket = await Tunnel.Connect(proxy.Port, Cancel);
        Assert.Equal("old", await Line(socket));
        proxy.ControlPlane.ServeTcp("bytes", (next.Port, 1));
        await proxy.Gateway.KnowsPorts("bytes", next.Port);
        Assert.Equal("next", await Greeting(proxy.Port));
        await socket.SendAsync("still here\n"u8.ToArray(), Cancel);
        Assert.Equal("still here", await Line(socket));

        proxy.ControlPlane.Remove(XdsTypes.Listener, "bytes");
        await Eventually.True(async () => await Greeting(proxy.Port) == "", Soon, "new connections are ended at once");
        await socket.SendAsync("and still\n"u8.ToArray(), Cancel);
        Assert.Equal("and still", await Line(socket));
    }

    [Fact]
    public async Task The_circuit_breaker_bounds_connections_and_one_that_ends_makes_room()
    {
        await using var service = new TcpEcho("one");
        await using var proxy = await Start((service.Port, 1));
        var cluster = ClusterBuilder.Eds("bytes", XdsFlavour.Mesh, "tcp");
        cluster.CircuitBreakers = new CircuitBreakers { Thresholds = { new CircuitBreakers.Types.Thresholds { MaxConnections = 1 } } };
        proxy.ControlPlane.Set(XdsResource.Of(cluster));
        await proxy.Gateway.Has(XdsResource.Of(cluster));

        using (var first = await Tunnel.Connect(proxy.Port, Cancel))
        {
            Assert.Equal("one", await Line(first));
            Assert.Equal("", await Greeting(proxy.Port));
            Assert.Equal(1, service.Accepted);
        }

        await Eventually.True(async () => await Greeting(proxy.Port) == "one", Soon, "there is room again");
    }

    [Fact]
    public async Task A_connection_on_which_nothing_moves_is_ended()
    {
        await using var service = new TcpEcho("one");
        await using var proxy = await Start([(service.Port, 1)], "--Mesh:Tcp:IdleTimeout=00:00:00.2");
        using var socket = await Tunnel.Connect(proxy.Port, Cancel);
        Assert.Equal("one", await Line(socket));
        Assert.Equal(0, await EndOf(socket).WaitAsync(Soon, Cancel));
    }

    [Fact]
    public async Task An_established_connection_is_finished_after_the_proxy_is_told_to_end_and_is_logged_with_its_bytes()
    {
        await using var service = new TcpEcho("one");
        await using var controlPlane = await TestControlPlane.Start(before: c => c.ServeTcp("bytes", (service.Port, 1)));
        var port = FreePort.Next();
        await using var proxy = await ProxyProcess.Start(
            controlPlane.Address, ("Mesh__Tcp__Listen", $"{port}=bytes"), ("Mesh__Drain__Delay", "00:00:00"),
            ("Mesh__Gateway__AccessLog", "true"));
        await proxy.Knows("bytes");
        using var socket = await Tunnel.Connect(port, Cancel);
        Assert.Equal("one", await Line(socket));
        proxy.EndPlease();
        await Eventually.True(async () =>
        {
            try
            {
                using var more = await Tunnel.Connect(port, Cancel);
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        }, Soon, "new connections are refused");
        await socket.SendAsync("12345"u8.ToArray(), Cancel);
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("12345bye", await Tunnel.Rest(socket, Cancel));
        Assert.Equal(0, await proxy.Ended());
        Assert.Contains($"service=bytes endpoint=127.0.0.1:{service.Port} attempts=1 up=5 down=12 end=finished", proxy.Output);
        Assert.Contains($"127.0.0.1:{port} (bytes for bytes)", proxy.Output);
    }

    private static Task<Running> Start(params (int Port, int Weight)[] endpoints) => Start(endpoints, []);

    private static async Task<Running> Start((int Port, int Weight)[] endpoints, params string[] settings)
    {
        var controlPlane = await TestControlPlane.Start(before: c => c.ServeTcp("bytes", endpoints));
        var port = FreePort.Next();
        var gateway = await RunningGateway.Start(controlPlane.Address, null, [$"--Mesh:Tcp:Listen={port}=bytes", .. settings]);
        await gateway.KnowsPorts("bytes", [.. endpoints.Select(e => e.Port)]);
        return new Running(controlPlane, gateway, port);
    }

    /// <summary>What a new connection is greeted with; empty where it is ended at once.</summary>
    private static async Task<string> Greeting(int port)
    {
        try
        {
            using var socket = await Tunnel.Connect(port, Cancel);
            return await Line(socket);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Ended before the client had seen that it was made.
            return "";
        }
    }

    private static async Task<string> Line(Socket socket)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        try
        {
            while (await socket.ReceiveAsync(one, Cancel).AsTask().WaitAsync(Soon, Cancel) > 0 && one[0] != '\n')
                line.Append((char)one[0]);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
        }

        return line.ToString();
    }

    private static async Task<int> EndOf(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1], Cancel);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }

    private sealed record Running(TestControlPlane ControlPlane, RunningGateway Gateway, int Port) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await ControlPlane.DisposeAsync();
        }
    }
}
