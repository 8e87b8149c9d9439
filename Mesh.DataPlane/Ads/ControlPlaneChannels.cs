using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Ads;

/// <summary>One connection to each control plane, made when first needed, with pings that notice a dead one.</summary>
internal sealed class ControlPlaneChannels(AdsOptions options) : IDisposable
{
    // Thousands of resources may come in one response; the default of 4 MB is for strangers.
    private const int LargestResponse = 256 << 20;
    private readonly Dictionary<Uri, GrpcChannel> _channels = [];

    public AggregatedDiscoveryService.AggregatedDiscoveryServiceClient ClientOf(Uri address) => new(ChannelOf(address));

    /// <summary>For everything else that is asked of a control plane.</summary>
    public CallInvoker InvokerOf(Uri address) => ChannelOf(address).CreateCallInvoker();

    private GrpcChannel ChannelOf(Uri address) => _channels.TryGetValue(address, out var channel) ? channel : _channels[address] = Connect(address);

    public void Dispose()
    {
        foreach (var channel in _channels.Values)
            channel.Dispose();
    }

    private GrpcChannel Connect(Uri address) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectTimeout = options.PingTimeout,
            KeepAlivePingDelay = options.PingAfter,
            KeepAlivePingTimeout = options.PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            // Whatever HTTP_PROXY says, the control plane is inside.
            UseProxy = false,
        },
        DisposeHttpClient = true,
        MaxReceiveMessageSize = LargestResponse,
    });
}
