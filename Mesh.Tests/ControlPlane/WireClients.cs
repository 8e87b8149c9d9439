using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>A raw delta stream over the wire.</summary>
internal sealed class DeltaClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> _call;
    private readonly Node _node;
    private bool _introduced;

    public DeltaClient(ControlPlaneHarness host, string id, params string[] upstreams)
        : this(host.Channel, NodeOf(id, upstreams))
    {
    }

    public DeltaClient(ChannelBase channel, Node node)
    {
        _node = node;
        _call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(
            cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>What the client says of itself with its first request.</summary>
    public Node Node => _node;

    public static Node NodeOf(string id, params string[] upstreams) => new()
    {
        Id = id,
        UserAgentName = "cdaprod-mesh",
        Metadata = new Struct
        {
            Fields =
            {
                ["mesh.flavour"] = Value.ForString("mesh"),
                ["mesh.upstreams"] = Value.ForList([.. upstreams.Select(Value.ForString)]),
            },
        },
    };

    public Task Subscribe(XdsType type, params string[] names) =>
        Send(new DeltaDiscoveryRequest { TypeUrl = type.Url, ResourceNamesSubscribe = { names } });

    public Task Ack(DeltaDiscoveryResponse response) =>
        Send(new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce });

    public Task Nack(DeltaDiscoveryResponse response, string reason) => Send(new DeltaDiscoveryRequest
    {
        TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce,
        ErrorDetail = new Mesh.Xds.Protos.Rpc.Status { Code = 3, Message = reason },
    });

    /// <summary>How many bytes the responses taken so far had.</summary>
    public long Bytes { get; set; }

    public async Task<DeltaDiscoveryResponse> Next(bool ack)
    {
        var response = await Next();
        if (ack) await Ack(response);
        return response;
    }

    public async Task<DeltaDiscoveryResponse> Next()
    {
        Assert.True(
            await _call.ResponseStream.MoveNext(TestContext.Current.CancellationToken)
                .WaitAsync(Patience, TestContext.Current.CancellationToken));
        Bytes += _call.ResponseStream.Current.CalculateSize();
        return _call.ResponseStream.Current;
    }

    /// <summary>Takes and acknowledges responses until one fits; that one is left to the caller where it says so.</summary>
    public async Task<DeltaDiscoveryResponse> Until(Func<DeltaDiscoveryResponse, bool> fits, bool answer = true)
    {
        while (true)
        {
            var response = await Next();
            var last = fits(response);
            if (!last || answer) await Ack(response);
            if (last) return response;
        }
    }

    public void Dispose() => _call.Dispose();

    public Task Send(DeltaDiscoveryRequest request)
    {
        if (!_introduced) request.Node = _node;
        _introduced = true;
        return _call.RequestStream.WriteAsync(request);
    }
}
