using Grpc.Core;
using Grpc.Health.V1;
using Mesh.Contracts.Discovery;
using Mesh.ControlPlane.Snapshots;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.ControlPlane;

public class AdsWireTests
{
    private static readonly XdsType Eds = XdsTypes.ClusterLoadAssignment;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_state_of_the_world_client_walks_from_listener_to_endpoints()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("echo", "10.0.0.1", 9001);
        await host.Compiled();
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(host.Channel).StreamAggregatedResources(
            cancellationToken: Token);
        var node = new Node { Id = "grpc-client", UserAgentName = "gRPC C-core" };
        foreach (var type in new[] { XdsTypes.Listener, XdsTypes.RouteConfiguration, XdsTypes.Cluster, Eds })
        {
            await call.RequestStream.WriteAsync(new DiscoveryRequest { Node = node, TypeUrl = type.Url, ResourceNames = { "echo" } },
                Token);
            Assert.True(await call.ResponseStream.MoveNext(Token).WaitAsync(Patience, Token));
            var response = call.ResponseStream.Current;
            Assert.Equal(type.Url, response.TypeUrl);
            Assert.Equal($"cp-test@{FakeReplica.Log}/1", response.ControlPlane.Identifier);
            Assert.Single(response.Resources);
            await call.RequestStream.WriteAsync(
                new DiscoveryRequest
                {
                    TypeUrl = type.Url,
                    ResourceNames = { "echo" },
                    ResponseNonce = response.Nonce,
                    VersionInfo = response.VersionInfo,
                }, Token);
        }

        var endpoint = call.ResponseStream.Current.Resources[0].Unpack<ClusterLoadAssignment>().Endpoints[0].LbEndpoints[0].Endpoint;
        Assert.Equal(9001u, endpoint.Address.SocketAddress.PortValue);
        await Eventually.True(async () => (await host.Proxies()).Single().Types.All(t => t.State == "SYNCED"), Patience,
            "all four types are synced");
        var row = (await host.Proxies()).Single();
        Assert.Equal(("grpc-client", "grpc", "cp-test", 4), (row.Node, row.Flavour, row.ControlPlane, row.Types.Count));
        Assert.All(row.Types, t => Assert.Equal(1, t.Sequence));
    }

    [Fact]
    public async Task Changes_reach_a_delta_client_and_its_answers_the_applied_table()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("echo", "10.0.0.1");
        using var client = new DeltaClient(host, "gateway", "*");
        await client.Subscribe(Eds, "*");
        await client.Until(r => r.Resources.Count == 1);
        host.Replica.Register("echo", "10.0.0.2");
        var change = await client.Until(r => r.SystemVersionInfo == "2");
        Assert.Equal(2, Addresses(change).Count());
        host.Replica.Register("echo", "10.0.0.1", mode: InstanceMode.Draining);
        var refused = await client.Next();
        Assert.Equal(["10.0.0.2"], Addresses(refused));
        await client.Nack(refused, "not today");

        await Eventually.True(async () => (await host.Proxies()).Single().Types.Single().Nack == "not today", Patience,
            "the refusal is recorded");
        var type = (await host.Proxies()).Single().Types.Single();
        Assert.Equal(("NACKED", 2L), (type.State, type.Sequence));
        Assert.NotEqual(type.SentVersion, type.AckedVersion);

        host.Replica.Register("other", "10.0.0.3");
        await client.Until(r => r.SystemVersionInfo == "4");
        await Eventually.True(async () => (await host.Proxies()).Single().Types.Single().Sequence == 4, Patience,
            "another resource is taken");
        Assert.Equal("not today", (await host.Proxies()).Single().Types.Single().Nack);
        host.Replica.Register("echo", "10.0.0.4");
        await client.Until(r => r.SystemVersionInfo == "5");
        await Eventually.True(async () => (await host.Proxies()).Single().Types.Single() is { Nack: null, State: "SYNCED" }, Patience,
            "a version that is taken heals it");
    }

    [Fact]
    public async Task A_stream_that_reads_nothing_holds_up_nobody_and_gets_the_newest_when_it_reads_again()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("echo", "10.0.0.1");
        using var slow = new DeltaClient(host, "slow", "*");
        await slow.Subscribe(Eds, "*");
        using var quick = new DeltaClient(host, "quick", "*");
        await quick.Subscribe(Eds, "*");
        await quick.Until(r => r.Resources.Count == 1);
        for (var i = 2; i < 200; i++) host.Replica.Register("echo", $"10.0.1.{i}");
        var head = host.Replica.Current.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await quick.Until(r => r.SystemVersionInfo == head);

        var seen = 0;
        await slow.Until(r => ++seen > 0 && r.SystemVersionInfo == head);
        Assert.InRange(seen, 1, 3);
    }

    [Fact]
    public async Task A_client_that_says_much_before_it_reads_is_heard_while_it_is_written_to()
    {
        await using var host = await ControlPlaneHarness.Start();
        for (var i = 0; i < 2_000; i++) host.Replica.Register($"service-{i}", "10.0.0.1");
        await Eventually.True(() => host.Services.GetRequiredService<SnapshotHub>().Current.Sequence == 2_000, Patience, "all is compiled");
        using var client = new DeltaClient(host, "talkative", "*");
        await client.Subscribe(XdsTypes.Cluster, "*");
        await Eventually.True(async () => (await host.Proxies()) is [{ Types: [{ SentVersion: not null }] }], Patience,
            "more than the connection holds is being written");
        var version = new string('v', 200);
        foreach (var type in new[] { Eds, XdsTypes.Listener, XdsTypes.RouteConfiguration })
        {
            var versions = Enumerable.Range(0, 10_000).ToDictionary(i => $"{type}-{i}", _ => version);
            await client.Send(new DeltaDiscoveryRequest
            {
                TypeUrl = type.Url,
                ResourceNamesSubscribe = { "nobody" },
                InitialResourceVersions = { versions },
            })
                .WaitAsync(Patience, Token);
        }

        Assert.Equal(2_000, (await client.Next()).Resources.Count);
        Assert.Equal(["nobody"], (await client.Next()).RemovedResources);
    }

    [Fact]
    public async Task A_stopping_control_plane_sends_its_clients_on_at_once()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("echo", "10.0.0.1");
        using var client = new DeltaClient(host, "n", "*");
        await client.Subscribe(Eds, "*");
        await client.Next();
        var started = TimeProvider.System.GetTimestamp();
        var stopping = host.StopAsync();

        var ended = await Assert.ThrowsAsync<RpcException>(client.Next);
        Assert.True(ended.StatusCode == StatusCode.Unavailable, ended.ToString());
        // A host waits for half a minute for streams that do not end.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(25));
        await stopping;
    }

    [Fact]
    public async Task Client_status_tells_each_resource_a_client_holds()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("echo", "10.0.0.1");
        host.Replica.Register("shop", "10.0.0.2");
        await host.Compiled();
        using var client = new DeltaClient(host, "gateway-1", "*");
        await client.Subscribe(Eds, "*");
        await client.Until(r => r.Resources.Count == 2);
        var csds = new ClientStatusDiscoveryService.ClientStatusDiscoveryServiceClient(host.Channel);
        var request = new ClientStatusRequest { NodeMatchers = { new NodeMatcher { NodeId = new StringMatcher { Prefix = "gateway-" } } } };
        await Eventually.True(
            async () => (await csds.FetchClientStatusAsync(request, cancellationToken: Token)).Config.Single().GenericXdsConfigs.All(
                c => c.ConfigStatus == ConfigStatus.Synced),
            Patience, "both are acknowledged");

        var config = Assert.Single((await csds.FetchClientStatusAsync(request, cancellationToken: Token)).Config);
        Assert.Equal(["echo", "shop"], config.GenericXdsConfigs.Select(c => c.Name).Order());
        Assert.All(config.GenericXdsConfigs, c => Assert.NotNull(c.XdsConfig));
        request.NodeMatchers[0].NodeId.Prefix = "nobody";
        Assert.Empty((await csds.FetchClientStatusAsync(request, cancellationToken: Token)).Config);
    }

    [Fact]
    public async Task Grpc_health_and_reflection_are_served()
    {
        await using var host = await ControlPlaneHarness.Start();
        var health = new Health.HealthClient(host.Channel);
        await Eventually.True(
            async () => (await health.CheckAsync(new HealthCheckRequest(),
                cancellationToken: Token)).Status == HealthCheckResponse.Types.ServingStatus.Serving,
            Patience, "grpc.health.v1 serves");
        using var reflection = new Grpc.Reflection.V1Alpha.ServerReflection.ServerReflectionClient(host.Channel).ServerReflectionInfo(
            cancellationToken: Token);
        await reflection.RequestStream.WriteAsync(new Grpc.Reflection.V1Alpha.ServerReflectionRequest { ListServices = "" }, Token);
        Assert.True(await reflection.ResponseStream.MoveNext(Token));
        var names = reflection.ResponseStream.Current.ListServicesResponse.Service.Select(s => s.Name).ToList();

        Assert.Contains("envoy.service.discovery.v3.AggregatedDiscoveryService", names);
        Assert.Contains("envoy.service.status.v3.ClientStatusDiscoveryService", names);
        Assert.Contains("cdaprod.mesh.v1.Discovery", names);
    }

    private static IEnumerable<string> Addresses(DeltaDiscoveryResponse response) =>
        response.Resources.Single().Resource_.Unpack<ClusterLoadAssignment>().Endpoints.SelectMany(l => l.LbEndpoints)
            .Select(e => e.Endpoint.Address.SocketAddress.Address);
}
