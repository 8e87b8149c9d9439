using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using Grpc.Health.V1;
using Mesh.AspNetCore;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Proxy;

/// <summary>What the gateway makes of services that take mutual TLS. The certificates are a real Registry's and last 20 s.</summary>
public sealed class MutualTlsTests : IAsyncLifetime
{
    private SigningRegistry _registry = null!;
    private TestControlPlane _controlPlane = null!;
    private RunningGateway _gateway = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _registry = await SigningRegistry.Start("00:00:20");
        _controlPlane = await TestControlPlane.Start();
        await _registry.Join("gateway", "gateway");
        _gateway = await RunningGateway.Start(_controlPlane.Address, null, $"--Mesh:Identity:Folder={_registry.Folder("gateway")}",
            $"--Mesh:Identity:Registry={_registry.Address}");
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _controlPlane.DisposeAsync();
        await _registry.DisposeAsync();
    }

    [Fact]
    public async Task A_strict_service_knows_who_calls_it_over_either_HTTP_version()
    {
        await using var shop = await MeshServer.Start(_registry, "shop", MeshTlsMode.Strict);
        await using var rpc = await MeshServer.Start(_registry, "rpc", MeshTlsMode.Strict,
            build: builder => builder.Services.AddGrpc(), map: app => app.MapGrpcService<WhoCalls>());
        await Serve("shop", TlsClusters.Strict("shop"), "http", shop.Port);
        await Serve("rpc", TlsClusters.Strict("rpc"), "grpc", rpc.Port);
        Assert.Equal(TlsClusters.IdOf("gateway"), await _gateway.Http.GetStringAsync("/shop/", Cancel));
        using var channel = GrpcThrough.Host("rpc.mesh", _gateway.Address);
        using var call = new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest(), cancellationToken: Cancel);
        await call;
        Assert.Equal(TlsClusters.IdOf("gateway"), (await call.ResponseHeadersAsync).GetValue("peer"));
    }

    [Theory]
    [InlineData("none", "no-certificate")]
    [InlineData("other", "unreachable", "another service")]
    [InlineData("plaintext", "unreachable", "handshake")]
    public async Task Whoever_cannot_show_who_it_is_gets_nothing(string which, string reason, string words = "certificate")
    {
        await using var shop = await MeshServer.Start(_registry, which == "other" ? "cart" : "shop", MeshTlsMode.Strict);
        await using var plain = await TestUpstream.Named("plain");
        await using var bare = await RunningGateway.Start(_controlPlane.Address);
        var gateway = which == "none" ? bare : _gateway;
        var port = which == "plaintext" ? plain.Port : shop.Port;
        await Serve("shop", TlsClusters.Strict("shop"), "http", port);
        await gateway.KnowsPorts("shop", port);
        using var answer = await gateway.Http.PostAsync("/shop/", new StringContent("secret"), Cancel);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, reason), (answer.StatusCode, (string?)problem["reason"]));
        if (which == "none")
            Assert.Contains(words, (string?)problem["detail"]);
    }

    [Fact]
    public async Task A_gateway_without_a_certificate_ejects_nobody()
    {
        await using var bare = await RunningGateway.Start(_controlPlane.Address);
        await using var one = await MeshServer.Start(_registry, "shop", MeshTlsMode.Strict);
        await using var two = await MeshServer.Start(_registry, "shop", MeshTlsMode.Strict);
        await Serve("shop", cluster =>
        {
            TlsClusters.Strict("shop")(cluster);
            cluster.OutlierDetection = new OutlierDetection { ConsecutiveGatewayFailure = 1, EnforcingConsecutiveGatewayFailure = 100 };
        }, "http", one.Port, two.Port);
        await bare.KnowsPorts("shop", one.Port, two.Port);
        for (var i = 0; i < 10; i++)
        {
            using var answer = await bare.Http.GetAsync("/shop/", Cancel);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }

        var endpoints = (await bare.Clusters()).Single(c => (string?)c!["name"] == "shop")!["endpoints"]!.AsArray();
        Assert.All(endpoints, endpoint => Assert.False((bool)endpoint!["ejected"]!));
    }

    [Fact]
    public async Task Of_a_permissive_service_those_that_take_TLS_get_it()
    {
        await using var secure = await MeshServer.Start(_registry, "shop", MeshTlsMode.Strict);
        await using var plain = await TestUpstream.Named("plaintext");
        await Serve("shop", TlsClusters.Permissive("shop"), "http", secure.Port, plain.Port);
        await Apply(TlsClusters.Assignment("shop", (secure.Port, true), (plain.Port, false)));
        var answers = new HashSet<string>();
        for (var i = 0; i < 10; i++)
            answers.Add(await _gateway.Http.GetStringAsync("/shop/", Cancel));
        Assert.Equal([TlsClusters.IdOf("gateway"), "plaintext"], answers.Order().Reverse());
    }

    [Fact]
    public async Task A_service_that_becomes_strict_gets_no_plaintext_any_more_and_no_call_is_lost()
    {
        await using var shop = await MeshServer.Start(_registry, "shop", MeshTlsMode.Permissive, OkOrWho);
        await Serve("shop", _ => { }, "http", shop.Port);
        await using var load = new SteadyLoad(_gateway, "/shop/", 4);
        Assert.Equal("nobody", await _gateway.Http.GetStringAsync("/shop/who", Cancel));
        await Answered(load, 100);
        await Apply(Cluster("shop", TlsClusters.Strict("shop"), "http"));
        await Eventually.True(async () => await _gateway.Http.GetStringAsync("/shop/who", Cancel) == TlsClusters.IdOf("gateway"),
            TimeSpan.FromSeconds(60), "calls are mutual TLS");
        for (var i = 0; i < 20; i++)
            Assert.Equal(TlsClusters.IdOf("gateway"), await _gateway.Http.GetStringAsync("/shop/who", Cancel));
        await Answered(load, 100);
        Assert.Empty(await load.Stop());
    }

    [Fact]
    public async Task Certificates_rotate_under_load_and_no_call_is_lost()
    {
        await using var shop = await MeshServer.Start(_registry, "shop", MeshTlsMode.Strict, OkOrWho);
        await Serve("shop", TlsClusters.Strict("shop"), "http", shop.Port);
        var identity = _gateway.Services.GetRequiredService<IMeshIdentity>();
        await using var load = new SteadyLoad(_gateway, "/shop/", 4);
        for (var i = 0; i < 2; i++)
        {
            var (mine, theirs) = (identity.Current, shop.Identity.Current);
            await Eventually.True(() => identity.Current != mine && shop.Identity.Current != theirs, TimeSpan.FromSeconds(60),
                "both have another certificate");
            await Answered(load, 100);
        }

        Assert.Empty(await load.Stop());
    }

    [Fact]
    public async Task A_slow_upload_over_TLS_is_nobodys_health_and_a_whole_one_that_is_cut_off_counts()
    {
        using var ended = new SemaphoreSlim(0);
        async Task Cut(HttpContext context)
        {
            if (context.Request.Path.Value!.Contains("whole"))
                await context.Request.Body.CopyToAsync(Stream.Null, Cancel);
            context.Abort();
            ended.Release();
        }

        await using var one = await MeshServer.Start(_registry, "shop", MeshTlsMode.Strict, Cut);
        await using var two = await MeshServer.Start(_registry, "shop", MeshTlsMode.Strict, Cut);
        await Serve("shop", cluster =>
        {
            TlsClusters.Strict("shop")(cluster);
            cluster.OutlierDetection = new OutlierDetection
            {
                Consecutive5Xx = 1, ConsecutiveGatewayFailure = 1, EnforcingConsecutiveGatewayFailure = 100, MaxEjectionPercent = 100,
            };
        }, "http", one.Port, two.Port);
        for (var i = 0; i < 4; i++)
            Assert.Equal("502", await Upload("cut", 8_000, ended));
        Assert.DoesNotContain(true, await Ejected());
        for (var i = 0; i < 2; i++)
            await _gateway.Http.PostAsync("/shop/whole", new StringContent("abc"), Cancel);
        Assert.Contains(true, await Ejected());
    }

    private static Task OkOrWho(HttpContext context) =>
        context.Response.WriteAsync(context.Request.Path.Value!.EndsWith("/who") ? context.GetPeerSpiffeId() ?? "nobody" : "ok");

    private static async Task Answered(SteadyLoad load, int more)
    {
        var before = load.Answered;
        await Eventually.True(() => load.HasFaults || load.Answered >= before + more, TimeSpan.FromSeconds(60), "the load goes on");
    }

    private async Task<string> Upload(string path, int length, SemaphoreSlim ended)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _gateway.Address.Port, Cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST /shop/{path} HTTP/1.1\r\nHost: gateway\r\nContent-Length: {3 + length}\r\n\r\nabc"), Cancel);
        Assert.True(await ended.WaitAsync(TimeSpan.FromSeconds(60), Cancel));
        var answer = new byte["HTTP/1.1 200".Length];
        var reading = stream.ReadExactlyAsync(answer, Cancel).AsTask();
        for (var sent = 0; sent < length && !reading.IsCompleted; sent += 2_000)
            await stream.WriteAsync(new byte[2_000], Cancel);
        await reading;
        return Encoding.ASCII.GetString(answer)[^3..];
    }

    private async Task<IReadOnlyList<bool>> Ejected() =>
        [.. (await _gateway.Clusters()).Single(c => (string?)c!["name"] == "shop")!["endpoints"]!.AsArray()
            .Select(endpoint => (bool)endpoint!["ejected"]!)];

    private async Task Serve(string service, Action<Cluster> change, string protocol, params int[] ports)
    {
        _controlPlane.Serve(service, protocol, [.. ports.Select(port => (port, 1))]);
        await Apply(Cluster(service, change, protocol));
        await _gateway.KnowsPorts(service, ports);
    }

    private async Task Apply(XdsResource resource)
    {
        _controlPlane.Set(resource);
        await _gateway.Has(resource);
    }

    private static XdsResource Cluster(string service, Action<Cluster> change, string protocol)
    {
        var cluster = ClusterBuilder.Eds(service, XdsFlavour.Mesh, protocol);
        change(cluster);
        return XdsResource.Of(cluster);
    }

    private sealed class WhoCalls : Health.HealthBase
    {
        public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
        {
            var peer = context.GetHttpContext().GetPeerSpiffeId() ?? "nobody";
            await context.WriteResponseHeadersAsync(new Grpc.Core.Metadata { { "peer", peer } });
            return new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving };
        }
    }
}
