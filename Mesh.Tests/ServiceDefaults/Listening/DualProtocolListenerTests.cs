using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Contracts.V1;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using DiscoveryApi = Mesh.Contracts.V1.Discovery;

namespace Mesh.Tests.ServiceDefaults.Listening;

public sealed class DualProtocolListenerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.1", "HTTP/1.1")]
    [InlineData("2.0", "HTTP/2")]
    public async Task Both_HTTP_versions_are_served_on_one_port(string version, string seen)
    {
        await using var host = await TestHost.Start();
        Assert.Equal(seen, await Get(host.Address, version));
    }

    [Fact]
    public async Task A_gRPC_call_passes()
    {
        await using var host = await TestHost.Start(builder => builder.Services.AddGrpc(), app => app.MapGrpcService<EmptyDiscovery>());
        using var channel = GrpcChannel.ForAddress(host.Address);
        var list = await new DiscoveryApi.DiscoveryClient(channel).ListServicesAsync(new ListServicesRequest(),
            cancellationToken: Cancellation);
        Assert.NotNull(list);
    }

    [Fact]
    public async Task A_WebSocket_passes()
    {
        await using var host = await TestHost.Start(endpoints: app =>
        {
            app.UseWebSockets();
            app.Map("/echo", async context =>
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                var buffer = new byte[64];
                var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, true, context.RequestAborted);
            });
        });
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new UriBuilder(host.Address) { Scheme = "ws", Path = "/echo" }.Uri, Cancellation);
        await client.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, true, Cancellation);
        var answer = new byte[64];
        var length = (await client.ReceiveAsync(answer, Cancellation)).Count;
        Assert.Equal("ping", Encoding.UTF8.GetString(answer, 0, length));
    }

    [Fact]
    public async Task Silent_connections_delay_nobody()
    {
        await using var host = await TestHost.Start();
        var silent = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Connect(host.Address)));
        Assert.Equal("HTTP/1.1", await Get(host.Address, "1.1"));
        Assert.Equal("HTTP/2", await Get(host.Address, "2.0"));
        foreach (var socket in silent)
            socket.Dispose();
    }

    [Fact]
    public async Task Half_a_preface_delays_nobody_and_may_be_completed_later()
    {
        // Its clock stands still: however slow this machine is, the rest comes in time.
        await using var host = await TestHost.Start(builder => builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider()));
        using var slow = await Connect(host.Address);
        await slow.SendAsync("PRI * HTTP/2.0"u8.ToArray(), Cancellation);
        Assert.Equal("HTTP/2", await Get(host.Address, "2.0"));

        await slow.SendAsync("\r\n\r\nSM\r\n\r\n"u8.ToArray(), Cancellation);
        await slow.SendAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 }, Cancellation); // an empty SETTINGS frame
        var header = new byte[9];
        await ReadAll(slow, header);
        Assert.Equal(4, header[3]); // the server's own SETTINGS
    }

    [Fact]
    public async Task A_request_that_trickles_in_byte_by_byte_is_answered()
    {
        await using var host = await TestHost.Start();
        using var slow = await Connect(host.Address);
        slow.NoDelay = true;
        foreach (var one in "PRIDE /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray())
            await slow.SendAsync(new[] { one }, Cancellation);
        var answer = new byte[12];
        await ReadAll(slow, answer);
        Assert.Equal("HTTP/1.1 405", Encoding.ASCII.GetString(answer));
    }

    [Fact]
    public async Task Clients_that_connect_and_leave_do_no_harm()
    {
        await using var host = await TestHost.Start();
        for (var i = 0; i < 100; i++)
        {
            using var socket = await Connect(host.Address);
            if (i % 2 == 0)
                socket.LingerState = new LingerOption(true, 0); // a reset instead of an orderly end
        }

        Assert.Equal("HTTP/1.1", await Get(host.Address, "1.1"));
    }

    [Fact]
    public async Task Many_connections_at_once_are_all_answered()
    {
        await using var host = await TestHost.Start();
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Get(host.Address, i % 2 == 0 ? "1.1" : "2.0")));
        Assert.All(answers.Index(), answer => Assert.Equal(answer.Index % 2 == 0 ? "HTTP/1.1" : "HTTP/2", answer.Item));
    }

    [Fact]
    public async Task Each_of_several_URLs_works()
    {
        var (first, second) = (FreePort.Next(), FreePort.Next());
        await using var host = await TestHost.Start(arguments: ["--urls", $"http://127.0.0.1:{first};http://localhost:{second}"]);
        foreach (var port in new[] { first, second })
        {
            Assert.Equal("HTTP/1.1", await Get(new Uri($"http://127.0.0.1:{port}"), "1.1"));
            Assert.Equal("HTTP/2", await Get(new Uri($"http://127.0.0.1:{port}"), "2.0"));
        }
    }

    [Fact]
    public async Task Port_0_becomes_a_real_port_on_loopback()
    {
        await using var host = await TestHost.Start();
        Assert.NotEqual(0, host.Address.Port);
        Assert.Equal("127.0.0.1", host.Address.Host);
    }

    [Fact]
    public async Task A_port_that_is_taken_fails_the_start()
    {
        await using var host = await TestHost.Start();
        await Assert.ThrowsAsync<IOException>(() => TestHost.Start(arguments: ["--urls", host.Address.ToString()]));
    }

    [Fact]
    public async Task Connections_that_never_spoke_do_not_hold_up_the_end()
    {
        // What holds up the end does so for ten minutes: that cannot be taken for a slow machine.
        var host = await TestHost.Start(
            builder => builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMinutes(10)));
        using var silent = await Connect(host.Address);

        // Connections are accepted in order: what is not accepted yet is reset, not ended.
        Assert.Equal("HTTP/1.1", await Get(host.Address, "1.1"));
        await host.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        Assert.Equal(0, await silent.ReceiveAsync(new byte[1], Cancellation));
    }

    private static async Task<string> Get(Uri address, string version)
    {
        using var client = new HttpClient
        {
            DefaultRequestVersion = new Version(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        return await client.GetStringAsync(new Uri(address, "/version"), Cancellation);
    }

    private static async Task<Socket> Connect(Uri address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, address.Port, Cancellation);
        return socket;
    }

    private static async Task ReadAll(Socket socket, byte[] buffer)
    {
        for (var read = 0; read < buffer.Length;)
        {
            var more = await socket.ReceiveAsync(buffer.AsMemory(read), Cancellation);
            Assert.NotEqual(0, more);
            read += more;
        }
    }

    private sealed class EmptyDiscovery : DiscoveryApi.DiscoveryBase
    {
        public override Task<ServiceList> ListServices(ListServicesRequest request, ServerCallContext context) =>
            Task.FromResult(new ServiceList());
    }
}
