using System.Net;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Transport;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>Sends a call's attempts by YARP's forwarder, which hands the answer on to the client as it comes. Flow step 9.</summary>
/// <param name="upstream">What they are sent by.</param>
/// <param name="transformer">What is done to the request and its answer.</param>
internal readonly struct ForwarderTransport(Upstream upstream, RequestTransformer transformer) : ICallTransport<ForwarderError>
{
    private GatewayRequest Request => transformer.Request;

    /// <inheritdoc/>
    public bool HasBegunAnswer => Request.Context.Response.HasStarted;

    /// <inheritdoc/>
    public bool NeedsOwnConnection(EndpointSnapshot endpoint) => !UpstreamVersions.SpeaksHttp2(Request.Context.Request, endpoint.Protocol);

    /// <inheritdoc/>
    public ValueTask<ForwarderError> SendAsync(CallState call, CancellationToken cancellationToken)
    {
        var (context, endpoint) = (Request.Context, call.Endpoint!);
        var version = upstream.Versions.For(context.Request, endpoint.Protocol, call.Plan.Action.IdleTimeout);
        return upstream.Forwarder.SendAsync(context, endpoint.BaseUri, upstream.Connections.Of(call.Cluster!, endpoint), version,
            transformer, cancellationToken);
    }

    /// <inheritdoc/>
    public AttemptResult Read(CallState call, ForwarderError sent)
    {
        if (transformer.TrailerFault is { } fault)
            return AttemptResult.Failed(new AttemptFailure(FailureKind.ResponseBroken, fault));
        if (sent == ForwarderError.None || (transformer.HasPassedAnswer && IsOfRequestBody(sent)))
            return AttemptResult.Answered(transformer.Next);
        var failure = ForwarderFailures.Of(Request.Context, sent, transformer.Outgoing, Request.Upload);
        // The forwarder calls it cancelled where the client or the time was first. Here it has itself ended the client's request for what
        // the endpoint did.
        return AttemptResult.Failed(sent == ForwarderError.ResponseBodyDestination ? failure : call.Blame(failure, HasBegunAnswer));
    }

    // An endpoint may answer before it has read the whole request. What becomes of the rest after that changes nothing: the answer is
    // whole.
    private static bool IsOfRequestBody(ForwarderError error) =>
        error is ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient or ForwarderError.RequestBodyDestination;

    /// <inheritdoc/>
    public void DiscardAnswer()
    {
        Request.Context.Features.Set<IForwarderErrorFeature>(null);
        Request.Context.Response.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask<ICallCopy?> CopyAsync(CallState call, ClusterSnapshot cluster, EndpointSnapshot endpoint)
    {
        var version = upstream.Versions.For(Request.Context.Request, endpoint.Protocol);
        var outgoing = new HttpRequestMessage(new HttpMethod(Request.Context.Request.Method), endpoint.BaseUri)
        {
            Version = version.Version ?? HttpVersion.Version11,
            VersionPolicy = version.VersionPolicy ?? HttpVersionPolicy.RequestVersionExact,
            Content = Request.CanHaveBody ? new RequestCopy.Captured() : null,
        };
        // Completes at once: it only copies headers, and while the request still has them.
        await new RequestTransformer(Request, call, copyTo: endpoint).TransformRequestAsync(Request.Context, outgoing, endpoint.BaseUri,
            CancellationToken.None);
        outgoing.Headers.TryAddWithoutValidation(RequestCopy.Mark, "true");
        if (UpstreamGate.FaultOf(outgoing) is not null)
        {
            outgoing.Dispose();
            return null;
        }

        return new RequestCopy(upstream.Connections.Of(cluster, endpoint), outgoing);
    }
}

/// <summary>What requests are sent on by.</summary>
/// <param name="Forwarder">YARP's forwarder.</param>
/// <param name="Connections">The connections to each cluster's endpoints.</param>
/// <param name="Versions">In which HTTP version requests go on.</param>
internal sealed record Upstream(IHttpForwarder Forwarder, ClusterTransports Connections, UpstreamVersions Versions);
