using Grpc.Core;
using Grpc.Net.Client;
using Mesh.DataPlane.Connections;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Ads;

/// <summary>One connection to each control plane, made when first needed, with pings that notice a dead one.</summary>
internal sealed class ControlPlaneChannels(AdsOptions options) : IDisposable
{
    // Thousands of resources may come in one response; the default of 4 MB is for strangers.
    private const int LargestResponse = 256 << 20;
    private const long EnhanceYourCalm = 11;
    private readonly Dictionary<Uri, GrpcChannel> _channels = [];
    private readonly HashSet<Uri> _calm = [];

    public AggregatedDiscoveryService.AggregatedDiscoveryServiceClient ClientOf(Uri address) => new(ChannelOf(address));

    /// <summary>For everything else that is asked of a control plane.</summary>
    public CallInvoker InvokerOf(Uri address) => ChannelOf(address).CreateCallInvoker();

    /// <summary>
    /// Has a control plane not be pinged any more that has ended its connection for being pinged too often, as gRPC's servers do; true where this is news. The next connection to it
    /// is not pinged: that a dead one is noticed later is better than that a living one is lost again and again.
    /// </summary>
    public bool TryCalm(Uri address, Exception? end)
    {
        for (; end is not null; end = end.InnerException)
        {
            if (end is HttpProtocolException { ErrorCode: EnhanceYourCalm } && _calm.Add(address))
            {
                if (_channels.Remove(address, out var channel))
                    channel.Dispose();
                return true;
            }
        }

        return false;
    }

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
            ConnectCallback = ProbedSocket.ConnectForHttp2,
            KeepAlivePingDelay = _calm.Contains(address) ? Timeout.InfiniteTimeSpan : options.PingAfter,
            KeepAlivePingTimeout = options.PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            // Whatever HTTP_PROXY says, the control plane is inside.
            UseProxy = false,
        },
        DisposeHttpClient = true,
        MaxReceiveMessageSize = LargestResponse,
    });
}
