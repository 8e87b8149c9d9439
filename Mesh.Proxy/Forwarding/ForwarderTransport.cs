using System.Net;
using System.Runtime.CompilerServices;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Calls;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>Sends a call's attempts by YARP's forwarder, which hands the answer on to the client as it comes. Flow step 9.</summary>
/// <param name="forwarder">The forwarder.</param>
/// <param name="connections">The connections to each cluster's endpoints.</param>
/// <param name="versions">In which HTTP version requests go on.</param>
/// <param name="request">The request.</param>
/// <param name="transformer">What is done to it and its answer.</param>
internal readonly struct ForwarderTransport(
    IHttpForwarder forwarder, ClusterTransports connections, UpstreamVersions versions, GatewayRequest request, RequestTransformer transformer) : ICallTransport
{
    /// <inheritdoc/>
    public bool HasBegunAnswer => request.Context.Response.HasStarted;

    /// <inheritdoc/>
    public bool NeedsOwnConnection(EndpointSnapshot endpoint) => !UpstreamVersions.SpeaksHttp2(request.Context.Request, endpoint.Protocol);

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<AttemptResult> SendAsync(CallState call, CancellationToken cancellationToken)
    {
        var (context, endpoint) = (request.Context, call.Endpoint!);
        var version = versions.For(context.Request, endpoint.Protocol, call.Plan.Action.IdleTimeout);
        var error = await forwarder.SendAsync(context, endpoint.BaseUri, connections.Of(call.Cluster!), version, transformer, cancellationToken);
        if (transformer.TrailerFault is { } fault)
            return AttemptResult.Failed(new AttemptFailure(FailureKind.HalfAnswered, fault));
        return error == ForwarderError.None
            ? AttemptResult.Answered(transformer.Next)
            : AttemptResult.Failed(call.Blame(ForwarderFailures.Of(context, error, transformer.Outgoing), HasBegunAnswer));
    }

    /// <inheritdoc/>
    public void DiscardAnswer()
    {
        request.Context.Features.Set<IForwarderErrorFeature>(null);
        request.Context.Response.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask<ICallCopy?> CopyAsync(CallState call, ClusterSnapshot cluster, EndpointSnapshot endpoint)
    {
        var version = versions.For(request.Context.Request, endpoint.Protocol);
        var outgoing = new HttpRequestMessage(new HttpMethod(request.Context.Request.Method), endpoint.BaseUri)
        {
            Version = version.Version ?? HttpVersion.Version11,
            VersionPolicy = version.VersionPolicy ?? HttpVersionPolicy.RequestVersionExact,
            Content = request.CanHaveBody ? new RequestCopy.Captured() : null,
        };
        // Completes at once: it only copies headers, and while the request still has them.
        await new RequestTransformer(request, call, copyTo: endpoint).TransformRequestAsync(request.Context, outgoing, endpoint.BaseUri, CancellationToken.None);
        outgoing.Headers.TryAddWithoutValidation(RequestCopy.Mark, "true");
        if (UpstreamGate.FaultOf(outgoing) is not null)
        {
            outgoing.Dispose();
            return null;
        }

        return new RequestCopy(connections, cluster, outgoing);
    }
}
