using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

/// <summary>Tunnels to services of the mesh through the outbound listener of a sidecar.</summary>
public class ConnectTunnelTests(SidecarFixture mesh) : IClassFixture<SidecarFixture>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_pass_to_a_service_by_its_name()
    {
        await using var service = new TcpEcho("db");
        mesh.ControlPlane.ServeTcp("db.data", (service.Port, 1));
        var (socket, answer) = await Tunnel.Open(mesh.Sidecar.Address, "db.data:5432", Cancel);
        using (socket)
        {
            Assert.Equal("HTTP/1.1 200 Connection established\r\n\r\n", answer);
            await socket.SendAsync("ping "u8.ToArray(), Cancel);
            socket.Shutdown(SocketShutdown.Send);
            Assert.Equal("db\nping bye", await Tunnel.Rest(socket, Cancel));
        }
    }

    [Fact]
    public async Task A_port_of_a_service_does_as_well_as_a_tunnel_and_was_asked_for_without_being_declared()
    {
        await using var service = new TcpEcho("bytes");
        mesh.ControlPlane.ServeTcp("bytes", (service.Port, 1));
        await mesh.Sidecar.KnowsPorts("bytes", service.Port);
        using var socket = await Tunnel.Connect(mesh.TcpPort, Cancel);
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("bytes\nbye", await Tunnel.Rest(socket, Cancel));
    }

    [Fact]
    public async Task Http_inside_a_tunnel_is_routed_like_any_other()
    {
        await using var upstream = await TestUpstream.Start();
        mesh.ControlPlane.Serve("inside", "http", (upstream.Port, 1));
        var (socket, answer) = await Tunnel.Open(mesh.Sidecar.Address, "inside:80", Cancel);
        using (socket)
        {
            Assert.StartsWith("HTTP/1.1 200 ", answer);
            foreach (var end in (string[])["keep-alive", "close"])
                await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /{end} HTTP/1.1\r\nHost: inside\r\nConnection: {end}\r\n\r\n"),
                    Cancel);
            var told = await Tunnel.Rest(socket, Cancel);
            Assert.Contains("GET /keep-alive HTTP/1.1", told);
            Assert.Contains("GET /close HTTP/1.1", told);
            Assert.Contains("x-mesh-cluster: inside", told);
        }
    }

    [Fact]
    public async Task Grpc_inside_a_tunnel_is_routed_like_any_other()
    {
        await using var upstream = await TestUpstream.Start(protocols: HttpProtocols.Http2, build: CountingService.Build,
            map: CountingService.Map);
        mesh.ControlPlane.Serve("tunnelled", "grpc", (upstream.Port, 1));
        using var channel = GrpcChannel.ForAddress("http://tunnelled", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                UseProxy = false,
                ConnectCallback = async (_, cancel) =>
                {
                    var (socket, answer) = await Tunnel.Open(mesh.Sidecar.Address, "tunnelled:80", cancel);
                    Assert.StartsWith("HTTP/1.1 200 ", answer);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            },
            DisposeHttpClient = true,
        });
        using var call = channel.CreateCallInvoker()
            .AsyncUnaryCall(CountingService.Unary, null, new CallOptions(cancellationToken: Cancel), "hello");
        Assert.Equal("hello!", await call);
        Assert.Equal("tunnelled", (await call.ResponseHeadersAsync).GetValue("x-mesh-cluster"));
    }

    [Fact]
    public async Task Tls_inside_a_tunnel_to_a_service_that_speaks_tcp_is_passed_on_as_it_is()
    {
        await using var service = new TcpEcho("tls");
        mesh.ControlPlane.ServeTcp("secret", (service.Port, 1));
        var (socket, answer) = await Tunnel.Open(mesh.Sidecar.Address, "secret:443", Cancel);
        using (socket)
        {
            Assert.StartsWith("HTTP/1.1 200 ", answer);
            await socket.SendAsync(new byte[] { 0x16, 0x03 }, Cancel);
            await socket.SendAsync(new byte[] { 0x01, 0x00, 0x04, 0x01 }, Cancel);
            socket.Shutdown(SocketShutdown.Send);
            Assert.Equal("tls\n\u0016\u0003\u0001\0\u0004\u0001bye", await Tunnel.Rest(socket, Cancel));
        }
    }

    [Fact]
    public async Task A_tls_client_in_a_tunnel_to_a_service_that_speaks_http_reads_that_it_is_denied()
    {
        await using var service = new TcpEcho("raw");
        using var counts = new GatewayCounts(mesh.Sidecar);
        mesh.ControlPlane.Serve("plain", "http", (service.Port, 1));
        var (socket, answer) = await Tunnel.Open(mesh.Sidecar.Address, "plain:443", Cancel);
        Assert.StartsWith("HTTP/1.1 200 ", answer);
        await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var denied = await Assert.ThrowsAsync<AuthenticationException>(() => tls.AuthenticateAsClientAsync("plain"));
        Assert.Contains("alert access denied", $"{denied}", StringComparison.OrdinalIgnoreCase);
        await counts.Within(1, 1, "tcp.refused", "plain", "tls-inside");
        Assert.Equal(0, service.Accepted);
    }

    [Theory]
    [InlineData("\u0016GET /admin HTTP/1.1\r\nHost: checked\r\n\r\n")]
    [InlineData("\u0016\u0003GET /admin HTTP/1.1\r\nHost: checked\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u007f\u007f\u0001\r\nGET /admin HTTP/1.1\r\nHost: checked\r\n\r\n")]
    // The heads of a record and of a ClientHello, with nothing of either behind them.
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003GET /admin HTTP/1.1\r\nHost: checked\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\nGET /admin HTTP/1.1\r\nHost: checked\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001")]
    [InlineData("\u0016")]
    public async Task What_looks_like_tls_inside_a_tunnel_reaches_no_service_that_speaks_http(string bytes)
    {
        await using var service = new TcpEcho("raw");
        mesh.ControlPlane.Serve("checked", "http", (service.Port, 1));
        var (socket, answer) = await Tunnel.Open(mesh.Sidecar.Address, "checked:80", Cancel);
        using (socket)
        {
            Assert.StartsWith("HTTP/1.1 200 ", answer);
            await socket.SendAsync(Encoding.Latin1.GetBytes(bytes), Cancel);
            socket.Shutdown(SocketShutdown.Send);
            await Tunnel.Rest(socket, Cancel);
            Assert.Equal(0, service.Accepted);
        }
    }

    [Theory]
    [InlineData("checked:80/x")]
    [InlineData("checked:80#x")]
    [InlineData("checked:99999")]
    [InlineData("checked:0")]
    [InlineData("checked:")]
    [InlineData("checked")]
    [InlineData("che cked:80")]
    [InlineData("[::1]")]
    public async Task A_tunnel_to_what_is_no_host_and_port_is_refused(string authority)
    {
        var (socket, answer) = await Tunnel.Open(mesh.Sidecar.Address, authority, Cancel);
        using (socket)
        {
            Assert.StartsWith("HTTP/1.1 400 ", answer);
            Assert.Contains("bad-tunnel", await Tunnel.Rest(socket, Cancel));
        }
    }

    [Theory]
    [InlineData("nobody:80", 404, "unknown-service")]
    [InlineData("www.example.com:443", 403, "outside-mesh")]
    [InlineData("192.0.2.1:443", 403, "outside-mesh")]
    public async Task Who_cannot_be_reached_is_named(string authority, int status, string reason)
    {
        var (socket, answer) = await Tunnel.Open(mesh.Sidecar.Address, authority, Cancel);
        using (socket)
        {
            Assert.StartsWith($"HTTP/1.1 {status} ", answer);
            var problem = await Tunnel.Rest(socket, Cancel);
            Assert.Contains(reason, problem);
            Assert.Contains(authority.Split(':')[0], problem);
        }
    }

    [Fact]
    public async Task A_service_without_an_endpoint_that_answers_is_told_before_the_tunnel_is()
    {
        mesh.ControlPlane.ServeTcp("dead", (FreePort.Next(), 1));
        var (socket, answer) = await Tunnel.Open(mesh.Sidecar.Address, "dead:1", Cancel);
        using (socket)
        {
            Assert.StartsWith("HTTP/1.1 503 ", answer);
            Assert.Contains("unreachable", await Tunnel.Rest(socket, Cancel));
        }
    }

    [Fact]
    public async Task A_client_that_leaves_before_its_tunnel_is_there_leaves_no_connection_counted_behind()
    {
        await using var service = new TcpEcho("one");
        var cluster = ClusterBuilder.Eds("few", XdsFlavour.Mesh, "tcp");
        cluster.CircuitBreakers = new CircuitBreakers { Thresholds = { new CircuitBreakers.Types.Thresholds { MaxConnections = 1 } } };
        await using var controlPlane = await TestControlPlane.Start(before: c =>
        {
            c.Refusal = StatusCode.Unavailable;
            c.ServeTcp("few", (service.Port, 1));
            c.Set(XdsResource.Of(cluster));
        });
        await using var sidecar = await RunningGateway.Start(controlPlane.Address, null, "--Mesh:Sidecar:Service=web",
            "--Mesh:Sidecar:WaitFor=00:00:30");
        var sockets = new List<Socket>();
        for (var i = 0; i < 20; i++)
        {
            sockets.Add(await Tunnel.Connect(sidecar.Address.Port, Cancel));
            await sockets[i].SendAsync("CONNECT few:1 HTTP/1.1\r\n\r\n"u8.ToArray(), Cancel);
        }

        // They wait for the control plane's word; what is asked meanwhile gives them the time to be heard.
        for (var i = 0; i < 20; i++)
            await sidecar.Config();
        foreach (var socket in sockets)
        {
            // With a reset, so that whoever writes to it hears of it at once.
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }

        controlPlane.Refusal = null;
        await Eventually.True(async () =>
        {
            var (socket, answer) = await Tunnel.Open(sidecar.Address, "few:1", Cancel);
            using (socket)
                return answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal);
        }, Soon, "there is room");
    }

    [Fact]
    public async Task A_request_that_begins_like_one_for_a_tunnel_and_comes_byte_by_byte_is_understood()
    {
        await using var upstream = await TestUpstream.Start();
        mesh.ControlPlane.Serve("slowly", "http", (upstream.Port, 1));
        using var socket = await Tunnel.Connect(mesh.Sidecar.Address.Port, Cancel);
        foreach (var one in "COPY / HTTP/1.1\r\nHost: slowly\r\nConnection: close\r\n\r\n")
            await socket.SendAsync(new[] { (byte)one }, Cancel);
        Assert.Contains("COPY / HTTP/1.1", await Tunnel.Rest(socket, Cancel).WaitAsync(Soon, Cancel));
    }
}
