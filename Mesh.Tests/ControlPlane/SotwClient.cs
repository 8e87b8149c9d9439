using Grpc.Core;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>A raw state-of-the-world stream over the wire.</summary>
internal sealed class SotwClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> _call;
    private readonly Node _node;

    public SotwClient(ControlPlaneHarness host, string id)
    {
        _node = new Node { Id = id, UserAgentName = "gRPC C-core" };
        _call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(host.Channel).StreamAggregatedResources(
            cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>Asks for names and acknowledges the answer.</summary>
    public async Task<DiscoveryResponse> Ask(XdsType type, params string[] names)
    {
        await _call.RequestStream.WriteAsync(new DiscoveryRequest { Node = _node, TypeUrl = type.Url, ResourceNames = { names } });
        Assert.True(
            await _call.ResponseStream.MoveNext(TestContext.Current.CancellationToken)
                .WaitAsync(Patience, TestContext.Current.CancellationToken));
        var response = _call.ResponseStream.Current;
        Assert.Equal(type.Url, response.TypeUrl);
        await _call.RequestStream.WriteAsync(new DiscoveryRequest
        {
            TypeUrl = type.Url,
            ResourceNames = { names },
            ResponseNonce = response.Nonce,
            VersionInfo = response.VersionInfo,
        });
        return response;
    }

    public void Dispose() => _call.Dispose();
}
