using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Proxy;

/// <summary>Services that lead back to the port by which their bytes come in.</summary>
public class TcpCircleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1", "localhost")]
    [InlineData("127.0.0.1", "0.0.0.0")]
    [InlineData("127.0.0.1", "::ffff:127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.2")]
    [InlineData("0.0.0.0", "this machine's")]
    [InlineData("[::]", "127.0.0.1")]
    public async Task An_endpoint_that_is_the_port_itself_gets_no_connection(string listens, string endpoint)
    {
        var port = FreePort.Next();
        var address = endpoint == "this machine's" ? OwnAddress() : endpoint;
        await using var mesh = await Start($"{listens}:{port}=bytes", ("bytes", [(address, port)]));
        using var counts = new GatewayCounts(mesh.Gateway);
        Assert.Equal("", await Greeting(port));
        await counts.Within(1, 1, "tcp.refused", "bytes", "loop");
        Assert.Equal(1, counts.Of("tcp.refused"));
    }

    [Fact]
    public async Task Others_of_the_service_get_all_connections_and_the_port_is_not_called_unreachable()
    {
        var port = FreePort.Next();
        await using var good = new TcpEcho("good");
        await using var mesh = await Start($"{port}=bytes", ("bytes", [("127.0.0.1", port), ("127.0.0.1", good.Port)]));
        for (var i = 0; i < 6; i++)
            Assert.Equal("good", await Greeting(port));
        Assert.Equal(6, good.Accepted);
        var cluster = (await mesh.Gateway.Clusters()).Single(c => (string?)c!["name"] == "bytes")!;
        Assert.All(cluster["endpoints"]!.AsArray(), e => Assert.Equal((0, false), ((int)e!["connectFailures"]!, (bool)e["avoided"]!)));
    }

    [Fact]
    public async Task A_service_at_the_same_port_of_another_address_is_another_one()
    {
        await using var good = new TcpEcho("good");
        await using var mesh = await Start($"127.0.0.2:{good.Port}=bytes", ("bytes", [("127.0.0.1", good.Port)]));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Parse("127.0.0.2"), good.Port, Cancel);
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("good\nbye", await Tunnel.Rest(socket, Cancel));
    }

    [Fact]
    public async Task Two_ports_that_lead_to_each_other_end_where_the_second_leads_back_and_one_may_lead_to_another()
    {
        var (first, second, third) = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        await using var good = new TcpEcho("good");
        await using var mesh = await Start($"{first}=one,{second}=two,{third}=three",
            ("one", [("127.0.0.1", second)]), ("two", [("127.0.0.1", first)]), ("three", [("127.0.0.1", good.Port)]));
        using var counts = new GatewayCounts(mesh.Gateway);
        Assert.Equal("", await Greeting(first));
        await counts.Within(1, 1, "tcp.refused", "two", "loop");
        // The first may have seen its connection to the second reset before it was made.
        Assert.Equal(counts.Of("tcp.refused") - 1, counts.Of("tcp.refused", "one", "unreachable"));

        mesh.ControlPlane.ServeTcp("two", (third, 1));
        await mesh.Gateway.KnowsPorts("two", third);
        for (var i = 0; i < 3; i++)
            Assert.Equal("good", await Greeting(first));
    }

    [Fact]
    public async Task The_application_of_a_sidecar_is_not_its_own_inbound_port()
    {
        var port = FreePort.Next();
        await using var controlPlane = await TestControlPlane.Start();
        await using var sidecar = await RunningGateway.Start(
            controlPlane.Address, null, "--Mesh:Sidecar:Service=db", $"--Mesh:Sidecar:Application=tcp://localhost:{port}",
            $"--Mesh:Sidecar:Inbound={port}");
        using var counts = new GatewayCounts(sidecar);
        Assert.Equal("", await Greeting(port));
        await counts.Within(1, 1, "tcp.refused", "db", "loop");
        Assert.Equal(1, counts.Of("tcp.refused"));
    }

    private static async Task<Running> Start(string listen, params (string Service, (string Address, int Port)[] Endpoints)[] services)
    {
        var controlPlane = await TestControlPlane.Start(before: c =>
        {
            foreach (var (service, endpoints) in services)
            {
                c.ServeTcp(service);
                c.Set(XdsResource.Of(LoadAssignmentBuilder.Of(
                    service, XdsFlavour.Mesh,
                    [.. endpoints.Select(e => new XdsEndpoint(e.Address, e.Port, 1, "", $"{e.Address}-{e.Port}", "", "tcp", false))])));
            }
        });
        var gateway = await RunningGateway.Start(controlPlane.Address, null, $"--Mesh:Tcp:Listen={listen}");
        foreach (var (service, endpoints) in services)
            await gateway.Knows(service, endpoints.Length);
        return new Running(controlPlane, gateway);
    }

    private static string OwnAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(n => n.GetIPProperties().UnicastAddresses).Select(a => a.Address)
        .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a))?.ToString() ?? "127.0.0.3";

    /// <summary>What a new connection is greeted with; empty where it is ended at once.</summary>
    private static async Task<string> Greeting(int port)
    {
        try
        {
            using var socket = await Tunnel.Connect(port, Cancel);
            socket.Shutdown(SocketShutdown.Send);
            return (await Tunnel.Rest(socket, Cancel)).Split('\n')[0];
        }
        catch (Exception e) when (e is SocketException { SocketErrorCode: SocketError.ConnectionReset } or IOException)
        {
            return "";
        }
    }

    private sealed record Running(TestControlPlane ControlPlane, RunningGateway Gateway) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await ControlPlane.DisposeAsync();
        }
    }
}
