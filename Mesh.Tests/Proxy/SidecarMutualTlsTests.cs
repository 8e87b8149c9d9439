using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Identity;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

/// <summary>
/// Sidecars on both sides: what the inbound listener takes is as its service's mode says, which may change while it runs. The certificates
/// are a real Registry's.
/// </summary>
public sealed class SidecarMutualTlsTests : IAsyncLifetime
{
    private SigningRegistry _registry = null!;
    private TestControlPlane _controlPlane = null!;
    private TlsIdentity _caller = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _registry = await SigningRegistry.Start();
        _controlPlane = await TestControlPlane.Start();
        _caller = new TlsIdentity((await _registry.Join("web", "web")).Identity);
        await _registry.Join("shop", "shop");
    }

    public async ValueTask DisposeAsync()
    {
        await _controlPlane.DisposeAsync();
        await _registry.DisposeAsync();
    }

    [Fact]
    public async Task The_inbound_listener_takes_what_the_services_mode_says()
    {
        await using var application = await TestUpstream.Start(protocols: HttpProtocols.Http1);
        await using var sidecar = await Sidecar("shop", $"http://127.0.0.1:{application.Port}");
        // Before the mode is known.
        Assert.Equal((true, false), (await IsAnswered(sidecar, secure: true), await IsAnswered(sidecar, secure: false)));
        foreach (var (mode, takesPlaintext) in ((Action<Cluster>, bool)[])[
            (TlsClusters.Strict("shop"), false), (TlsClusters.Permissive("shop"), true), (_ => { }, true),
            (TlsClusters.Strict("shop"), false)])
        {
            await Apply(sidecar, "shop", mode, "http", sidecar.Inbound.Port);
            Assert.Equal((true, takesPlaintext), (await IsAnswered(sidecar, secure: true), await IsAnswered(sidecar, secure: false)));
        }
    }

    [Fact]
    public async Task A_client_that_offers_both_HTTP_versions_is_served_by_an_application_that_speaks_one()
    {
        await using var application = await TestUpstream.Start(protocols: HttpProtocols.Http1);
        await using var sidecar = await Sidecar("shop", $"http://127.0.0.1:{application.Port}");
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, SslOptions = _caller.ClientOptions("127.0.0.1") })
        {
            DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        Assert.Contains("HTTP/1.1", await client.GetStringAsync($"https://127.0.0.1:{sidecar.Inbound.Port}/", Cancel));
    }

    [Fact]
    public async Task A_connection_in_plaintext_does_not_outlive_the_change_to_strict()
    {
        await using var application = await TestUpstream.Start();
        await using var sidecar = await Sidecar("shop", $"http://127.0.0.1:{application.Port}");
        await Apply(sidecar, "shop", TlsClusters.Permissive("shop"), "http", sidecar.Inbound.Port);
        using var connection = await Tunnel.Connect(sidecar.Inbound.Port, Cancel);
        var ask = "GET / HTTP/1.1\r\nHost: shop\r\n\r\n"u8.ToArray();
        await connection.SendAsync(ask, Cancel);
        Assert.True(await connection.ReceiveAsync(new byte[4096], Cancel) > 0);
        await Apply(sidecar, "shop", TlsClusters.Strict("shop"), "http");
        await connection.SendAsync(ask, Cancel);
        Assert.DoesNotContain("HTTP/1.1 200", await RestOrReset(connection));
    }

    [Fact]
    public async Task A_sidecar_without_a_certificate_takes_no_plaintext_for_a_strict_service()
    {
        await using var application = await TestUpstream.Start();
        await using var sidecar = await RunningGateway.Start(_controlPlane.Address, null, "--Mesh:Sidecar:Service=shop",
            "--Mesh:Sidecar:Inbound=0", $"--Mesh:Sidecar:Application=http://127.0.0.1:{application.Port}");
        Assert.True(await IsAnswered(sidecar, secure: false));
        await Apply(sidecar, "shop", TlsClusters.Strict("shop"), "http", sidecar.Inbound.Port);
        Assert.False(await IsAnswered(sidecar, secure: false));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("grpc")]
    public async Task Requests_go_from_sidecar_to_sidecar_over_TLS_in_either_version(string protocol)
    {
        await using var application = await TestUpstream.Start(
            protocols: protocol == "grpc" ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using var callee = await Sidecar("shop", $"http://127.0.0.1:{application.Port}");
        await using var caller = await Sidecar("web", null);
        await Apply(callee, "shop", TlsClusters.Strict("shop"), protocol, callee.Inbound.Port);
        using var client = SidecarFixture.Through(caller);
        var told = await client.GetStringAsync("http://shop/cart?x=1", Cancel);
        Assert.Contains(protocol == "grpc" ? "GET /cart?x=1 HTTP/2" : "GET /cart?x=1 HTTP/1.1", told);
    }

    [Fact]
    public async Task Bytes_go_from_sidecar_to_sidecar_over_TLS_and_each_direction_ends_by_itself()
    {
        await using var echo = new TcpEcho("hello");
        await using var callee = await Sidecar("bytes", $"tcp://127.0.0.1:{echo.Port}", "shop");
        var port = FreePort.Next();
        await using var caller = await Sidecar("web", null, null, $"--Mesh:Tcp:Listen={port}=shop");
        _controlPlane.ServeTcp("shop", (callee.Inbound.Port, 1));
        await Apply(callee, "shop", TlsClusters.Strict("shop"), "tcp");
        await caller.KnowsPorts("shop", callee.Inbound.Port);
        using var socket = await Tunnel.Connect(port, Cancel);
        await socket.SendAsync(Encoding.ASCII.GetBytes(new string('x', 300_000)), Cancel);
        socket.Shutdown(SocketShutdown.Send);
        var all = await Tunnel.Rest(socket, Cancel);
        Assert.Equal("hello\n".Length + 300_000 + "bye".Length, all.Length);
        Assert.EndsWith("bye", all);
        // And nobody reaches it otherwise.
        using var direct = await Tunnel.Connect(callee.Inbound.Port, Cancel);
        await direct.SendAsync("hi"u8.ToArray(), Cancel);
        Assert.Equal("", await RestOrReset(direct));
    }

    private Task<RunningGateway> Sidecar(string name, string? application, string? service = null, params string[] settings) =>
        RunningGateway.Start(_controlPlane.Address, null,
        [
            $"--Mesh:Sidecar:Service={service ?? name}", "--Mesh:Sidecar:Inbound=0", $"--Mesh:NodeId={name}@test",
            $"--Mesh:Identity:Folder={_registry.Folder(service ?? name)}", $"--Mesh:Identity:Registry={_registry.Address}",
            .. application is null ? (string[])[] : [$"--Mesh:Sidecar:Application={application}"], .. settings,
        ]);

    private async Task Apply(RunningGateway sidecar, string service, Action<Cluster> change, string protocol, params int[] ports)
    {
        if (ports.Length > 0)
            _controlPlane.Serve(service, protocol, [.. ports.Select(port => (port, 1))]);
        var cluster = ClusterBuilder.Eds(service, XdsFlavour.Mesh, protocol);
        change(cluster);
        var resource = XdsResource.Of(cluster);
        _controlPlane.Set(resource);
        await sidecar.Has(resource);
        await Eventually.True(async () => (await sidecar.Clusters()).Any(one => (string?)one!["name"] == service),
            TimeSpan.FromSeconds(60), "it is in force");
    }

    private async Task<bool> IsAnswered(RunningGateway sidecar, bool secure)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false, SslOptions = _caller.ClientOptions("127.0.0.1", id => id == TlsClusters.IdOf("shop")),
        });
        try
        {
            using var answer = await client.GetAsync($"{(secure ? "https" : "http")}://127.0.0.1:{sidecar.Inbound.Port}/", Cancel);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<string> RestOrReset(Socket socket)
    {
        try
        {
            return await Tunnel.Rest(socket, Cancel);
        }
        catch (SocketException)
        {
            return "";
        }
    }
}
