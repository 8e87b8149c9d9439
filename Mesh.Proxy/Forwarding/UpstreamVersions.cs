using System.Collections.Concurrent;
using System.Net;
using Mesh.DataPlane.Balancing;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>With which HTTP version a request goes on, and how long nothing may move on it.</summary>
internal sealed class UpstreamVersions(TimeSpan idleTimeout)
{
    private static readonly TimeSpan Never = TimeSpan.FromMilliseconds(int.MaxValue);
    private readonly ConcurrentDictionary<TimeSpan, UpstreamVersions> _others = new();

    private readonly ForwarderRequestConfig _http1 = new()
    {
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        ActivityTimeout = idleTimeout,
    };

    private readonly ForwarderRequestConfig _http2 = new()
    {
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        ActivityTimeout = idleTimeout,
    };

    /// <summary>HTTP/2 where the endpoint is said to speak it or the request came in it, and for gRPC, which speaks nothing else.</summary>
    public ForwarderRequestConfig For(HttpRequest request, UpstreamProtocol protocol) => SpeaksHttp2(request, protocol) ? _http2 : _http1;

    /// <summary>The same with a route's own idle timeout; null for the gateway's.</summary>
    public ForwarderRequestConfig For(HttpRequest request, UpstreamProtocol protocol, TimeSpan? idle) =>
        idle is { } own
            ? _others.GetOrAdd(own, static t => new UpstreamVersions(t > TimeSpan.Zero ? t : Never)).For(request, protocol)
            : For(request, protocol);

    /// <summary>Whether a request goes on over HTTP/2, where many share a connection.</summary>
    public static bool SpeaksHttp2(HttpRequest request, UpstreamProtocol protocol) =>
        protocol == UpstreamProtocol.Http2 || Answers.IsGrpc(request)
            || (protocol == UpstreamProtocol.AsItComes && HttpProtocol.IsHttp2(request.Protocol));
}
