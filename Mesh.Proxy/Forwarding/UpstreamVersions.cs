using System.Net;
using Mesh.DataPlane.Balancing;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>With which HTTP version a request goes on.</summary>
internal sealed class UpstreamVersions(TimeSpan idleTimeout)
{
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

    /// <summary>HTTP/2 where the endpoint is said to speak it, and for gRPC, which speaks nothing else.</summary>
    public ForwarderRequestConfig For(HttpRequest request, UpstreamProtocol protocol) =>
        protocol == UpstreamProtocol.Http2 || Answers.IsGrpc(request) ? _http2 : _http1;
}
