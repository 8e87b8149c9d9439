using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Routing;
using Mesh.DataPlane.Transport;
using Mesh.Proxy.Telemetry;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>Has requests sent on by the call engine, and tells clients why there is no answer where there is none. Flow step 9.</summary>
internal sealed class Forwarding(IHttpForwarder forwarder, ClusterTransports connections, CallEngine engine, GatewayMetrics metrics,
    IOptions<GatewayOptions> options)
{
    private readonly Upstream _upstream = new(forwarder, connections, new UpstreamVersions(options.Value.IdleTimeout));

    /// <summary>Sends a request on as its route says.</summary>
    /// <param name="request">The request.</param>
    /// <param name="call">Its call.</param>
    /// <param name="snapshot">What the call was planned by.</param>
    public async Task ForwardAsync(GatewayRequest request, CallState call, RoutingSnapshot snapshot)
    {
        var begun = metrics.Begun();
        if (request.CanHaveBody && !request.IsUpgrade)
            request.Body = request.Upload = new UploadWatch(request.Context.Request.BodyReader);
        var transport = new ForwarderTransport(_upstream, new RequestTransformer(request, call));
        var end = await engine.RunAsync<ForwarderTransport, ForwarderError>(call, snapshot, transport);
        if (end.Refusal is { } refusal)
            await Undelivered.AnswerAsync(request.Context, refusal);
        else if (end.Step == NextStep.Abandon)
            Undelivered.Abandon(request.Context);
        metrics.Ended(request.Context, request.Listener.Name, begun);
    }
}
