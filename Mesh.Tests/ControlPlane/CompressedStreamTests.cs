using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

public class CompressedStreamTests
{
    [Fact]
    public async Task A_node_that_is_small_on_the_wire_and_large_in_memory_ends_its_stream()
    {
        await using var host = await ControlPlaneHarness.Start();
        var node = DeltaClient.NodeOf("bomb", "*");
        node.Metadata.Fields["zeros"] = Value.ForString(new string('0', 64 * 1024 * 1024));
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(host.Channel).DeltaAggregatedResources(
            new Grpc.Core.Metadata { { "grpc-internal-encoding-request", "gzip" } },
            cancellationToken: TestContext.Current.CancellationToken);
        await call.RequestStream.WriteAsync(
            new DeltaDiscoveryRequest { Node = node, TypeUrl = XdsTypes.Cluster.Url, ResourceNamesSubscribe = { "*" } },
            TestContext.Current.CancellationToken);
        var ended = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(StatusCode.ResourceExhausted, ended.StatusCode);
    }
}
