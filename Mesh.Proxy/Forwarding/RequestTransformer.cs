using System.Diagnostics;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Resilience;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Makes the request that an endpoint gets of the one that came, and the client's answer of the endpoint's. What is done with an answer the
/// call decides. Flow step 9.
/// </summary>
/// <param name="request">The request.</param>
/// <param name="call">Its call.</param>
/// <param name="copyTo">The endpoint that gets a copy of it, of which the traces know nothing; null for the request itself.</param>
internal sealed class RequestTransformer(GatewayRequest request, CallState call, EndpointSnapshot? copyTo = null) : HttpTransformer
{
    private static readonly UriCreationOptions AsIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>The request as it came.</summary>
    public GatewayRequest Request => request;

    /// <summary>The request as it was last sent, or null where it has not come to that.</summary>
    public HttpRequestMessage? Outgoing { get; private set; }

    /// <summary>What is done with the last answer.</summary>
    public NextStep Next { get; private set; }

    /// <summary>Why the last answer was broken off at its trailers, or null.</summary>
    public string? TrailerFault { get; private set; }

    /// <summary>Whether the last answer was passed on to its end.</summary>
    public bool HasPassedAnswer { get; private set; }

    /// <summary>Where the last answer's body broke off though its end can still be told, why; else null.</summary>
    public string? BodyFault { get; set; }

    /// <inheritdoc/>
    public override ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        // Completes at once: it only copies headers.
        var copied = base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        Debug.Assert(copied.IsCompletedSuccessfully);

        var (plan, endpoint) = (call.Plan, copyTo ?? call.Endpoint!);
        (Outgoing, Next, TrailerFault, BodyFault, HasPassedAnswer) = (proxyRequest, NextStep.Deliver, null, null, false);
        proxyRequest.RequestUri = new Uri(UpstreamAddress.Of(request, plan.Route, plan.Action, destinationPrefix), AsIs);
        proxyRequest.Headers.Host = UpstreamAddress.HostOf(request, plan.Action, endpoint);
        // The platform's client sends no trailers, so none are announced.
        if (httpContext.Request.Headers.Trailer.Count > 0)
            proxyRequest.Headers.Remove(HeaderNames.Trailer);
        // Over HTTP/1.1 it ends at a hop, and Connection would have to name it (RFC 9110 §10.1.4).
        if (proxyRequest.Version.Major < 2)
            proxyRequest.Headers.Remove(HeaderNames.TE);
        if (!request.LeavesForwarded)
            ForwardedHeaders.Set(proxyRequest, request, plan);
        var hops = Hops.Of(httpContext);
        proxyRequest.Headers.TryAddWithoutValidation(Hops.Header, copyTo is not null ? hops.NextOfCopy : hops.Next);
        if (copyTo is null)
            Trace(proxyRequest, plan.Listener.Name, endpoint);
        plan.Target.RequestHeaders?.Apply(new OutgoingHeaders(proxyRequest));
        plan.Route.RequestHeaders?.Apply(new OutgoingHeaders(proxyRequest));
        return copied;
    }

    /// <inheritdoc/>
    public override ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
            return base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        Next = call.Judge(HeadOf(proxyResponse));
        if (Next != NextStep.Deliver)
            return new ValueTask<bool>(false);

        HopByHop.Strip(proxyResponse);
        if (request.DropsClaims)
            ClientHead.Strip(proxyResponse.Headers);
        CopyHeaders(httpContext, proxyResponse, cancellationToken);
        var isGood = AnswerCheck.CheckAsync(httpContext, proxyResponse, cancellationToken);
        DeclaredLength.Hold(httpContext, proxyResponse);
        if (request.IsGrpc && httpContext.Response.SupportsTrailers())
            GrpcBody.Hold(httpContext, proxyResponse, this);
        AnswerChanges.Apply(httpContext.Response.Headers, call);
        return PromptHead.SendAsync(httpContext, proxyResponse, isGood, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse,
        CancellationToken cancellationToken)
    {
        if (request.DropsClaims)
            ClientHead.Strip(proxyResponse.TrailingHeaders);
        if (httpContext.Response.SupportsTrailers() && (BodyFault ?? AnswerCheck.FaultOfTrailers(proxyResponse)) is { } fault)
        {
            call.TakeTrailers(GrpcStatus.Unavailable);
            if (EndOfAnswer.CanTell(httpContext))
                return EndOfAnswer.TellAsync(httpContext, call.Plan.Listener.Name,
                    $"Endpoint {call.Endpoint!.State.Address} of service '{call.Plan.Who}': {fault}.");
            // The forwarder catches nothing here, and would go on to end the answer as if it were whole.
            TrailerFault = fault;
            httpContext.Abort();
            return ValueTask.CompletedTask;
        }

        HasPassedAnswer = true;
        if (call.Cluster?.Config.Outliers is not null || request.IsGrpc)
            call.TakeTrailers(AnswerHead.GrpcOf(proxyResponse.TrailingHeaders));
        return base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
    }

    private void CopyHeaders(HttpContext context, HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            // Completes at once.
            var copied = base.TransformResponseAsync(context, answer, cancellationToken);
            Debug.Assert(copied.IsCompletedSuccessfully);
        }
        catch (InvalidOperationException) when (AnswerCheck.FaultOfHeaders(answer) is { } fault)
        {
            throw new BadAnswerException(fault);
        }
    }

    private AnswerHead HeadOf(HttpResponseMessage response) =>
        new((int)response.StatusCode, call.ReadsGrpc ? AnswerHead.GrpcOf(response.Headers) : null)
        {
            IsUpgraded = PromptHead.IsUpgraded(response),
        };

    private static void Trace(HttpRequestMessage outgoing, string service, EndpointSnapshot endpoint)
    {
        // Nobody records this request: what the client sent has been copied and goes through as it is.
        if (Activity.Current is not { IsAllDataRequested: true, Id: { } id } activity)
            return;

        activity.SetTag("mesh.service", service);
        activity.SetTag("mesh.endpoint", endpoint.State.Address);
        outgoing.Headers.Remove("traceparent");
        outgoing.Headers.Remove("tracestate");
        outgoing.Headers.TryAddWithoutValidation("traceparent", id);
        if (activity.TraceStateString is { Length: > 0 } state)
            outgoing.Headers.TryAddWithoutValidation("tracestate", state);
    }
}
