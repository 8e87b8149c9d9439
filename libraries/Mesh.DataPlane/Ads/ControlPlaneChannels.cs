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
    private readonly HashSet<Uri> _withoutPings = [];
    // Load and incident reports may be about to make a call on such a channel, so it is disposed with the others and not now. There is at
    // most one for each control plane.
    private readonly List<GrpcChannel> _retired = [];

    public AggregatedDiscoveryService.AggregatedDiscoveryServiceClient ClientOf(Uri address) => new(ChannelOf(address));

    /// <summary>For everything else that is asked of a control plane.</summary>
    public CallInvoker InvokerOf(Uri address) => ChannelOf(address).CreateCallInvoker();

    /// <summary>
    /// Stops pinging a control plane that has ended its connection for being pinged too often, as gRPC's servers do; true where this is
    /// news. The next connection to it is not pinged: that a dead one is noticed later is better than that a living one is lost again and
    /// again.
    /// </summary>
    public bool TryStopPings(Uri address, string reason, Exception? cause)
    {
        if (!IsForPings(reason, cause) || !_withoutPings.Add(address))
            return false;
        if (_channels.Remove(address, out var channel))
            _retired.Add(channel);
        return true;
    }

    // The connection's GOAWAY says it by its code. gRPC's C-core may end the streams first, and has for that only the words of their
    // status.
    private static bool IsForPings(string reason, Exception? cause)
    {
        for (; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpProtocolException { ErrorCode: EnhanceYourCalm })
                return true;
        }

        return reason.Replace('_', ' ').Contains("too many pings", StringComparison.OrdinalIgnoreCase);
    }

    private GrpcChannel ChannelOf(Uri address) =>
        _channels.TryGetValue(address, out var channel) ? channel : _channels[address] = Connect(address);

    public void Dispose()
    {
        foreach (var channel in _channels.Values.Concat(_retired))
            channel.Dispose();
    }

    private GrpcChannel Connect(Uri address) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectTimeout = options.PingTimeout,
            ConnectCallback = ProbedSocket.ConnectForHttp2Async,
            KeepAlivePingDelay = _withoutPings.Contains(address) ? Timeout.InfiniteTimeSpan : options.PingAfter,
            KeepAlivePingTimeout = options.PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            // Whatever HTTP_PROXY says, the control plane is inside.
            UseProxy = false,
        },
        DisposeHttpClient = true,
        MaxReceiveMessageSize = LargestResponse,
    });
}
