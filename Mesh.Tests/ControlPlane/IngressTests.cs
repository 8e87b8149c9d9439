using System.Net;
using System.Net.Http.Json;
using Grpc.Net.Client;
using Mesh.Contracts.Rest;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>
/// A control plane as an ingress with <c>transport: http2</c> calls it: everything over cleartext HTTP/2, under the name that the client
/// wrote.
/// </summary>
public class IngressTests
{
    private const string Name = "controlplane.internal.happy-hill-1a2b3c.westeurope.azurecontainerapps.io";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task REST_and_xDS_are_answered_over_one_HTTP_2_connection_under_the_name_that_the_platform_gives()
    {
        await using var host = await ControlPlaneHarness.Start(settings: new Dictionary<string, string?>
        {
            ["Mesh:AllowedHosts"] = "*.azurecontainerapps.io",
        });
        host.Replica.Register("echo", "10.0.0.1", 9001);
        await host.Compiled();

        // One connection for all, as an ingress has; the name is in :authority.
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                Interlocked.Increment(ref connections);
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, host.Address.Port, cancel);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        using var channel = GrpcChannel.ForAddress($"http://{Name}", new GrpcChannelOptions { HttpHandler = handler });
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(
            cancellationToken: Cancel);
        await call.RequestStream.WriteAsync(
            new DeltaDiscoveryRequest
            {
                Node = new Node { Id = "one" },
                TypeUrl = XdsTypes.Cluster.Url,
                ResourceNamesSubscribe = { "echo" },
            }, Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel));
        Assert.Equal("echo", Assert.Single(call.ResponseStream.Current.Resources).Name);

        using var http = new HttpClient(handler, disposeHandler: false)
        {
            BaseAddress = new Uri($"http://{Name}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var proxies = await http.GetFromJsonAsync("/api/v1/proxies", RestJson.Default.ProxyListAnswer, Cancel);
        Assert.Equal("one", Assert.Single(proxies!.Items).Node);
        Assert.Equal(1, connections);

        using var stranger = new HttpRequestMessage(HttpMethod.Get, "/api/v1/proxies")
        {
            Headers = { Host = "rebound.example.com" },
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var refused = await http.SendAsync(stranger, Cancel);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, refused.StatusCode);
    }
}
