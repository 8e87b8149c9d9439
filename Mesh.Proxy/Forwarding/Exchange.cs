using System.Diagnostics;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Requests;
using Mesh.DataPlane.Routing;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// One request on its way through the gateway: the object the forwarder asks for the outgoing request's address and headers. Flow step 9.
/// </summary>
internal sealed partial class Exchange(HttpContext context, ListenerSnapshot listener, string target, int pathStart, int prefixStart, bool trustForwarded)
    : HttpTransformer, IRequestHeaders
{
    private const string ForwardedFor = "X-Forwarded-For";
    private const string ForwardedHost = "X-Forwarded-Host";
    private const string ForwardedProto = "X-Forwarded-Proto";
    private const string ForwardedPrefix = "X-Forwarded-Prefix";
    private static readonly UriCreationOptions AsIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>The service the request is for.</summary>
    public ListenerSnapshot Listener => listener;

    /// <summary>Whether <c>X-Forwarded-*</c> is left as it came: beside an application a proxy is no hop that anybody should see.</summary>
    public bool LeavesForwarded { get; init; }

    /// <summary>The route that has taken it.</summary>
    public RouteSnapshot? Route { get; set; }

    /// <summary>The cluster of the route whose turn it was.</summary>
    public WeightedTarget? Target { get; set; }

    /// <summary>What is done with it, once a route has taken it.</summary>
    public RouteAction.Forward? Action { get; set; }

    /// <summary>The path the matched route replaces by its rewrite, as a length from the path's start.</summary>
    public int MatchedLength { get; set; }

    /// <summary>Whether it asks for the server itself and not for anything there (<c>OPTIONS *</c>).</summary>
    public bool IsForServer => target == "*";

    /// <summary>The endpoint it is being sent to.</summary>
    public EndpointSnapshot? Endpoint { get; set; }

    /// <summary>What of the path named the service and is cut off; empty where the host did.</summary>
    public ReadOnlySpan<char> ServicePrefix => target.AsSpan(prefixStart, pathStart - prefixStart);

    /// <summary>The path and query as the service gets them, as they came.</summary>
    public ReadOnlySpan<char> PathAndQuery => target.AsSpan(pathStart);

    /// <summary>The path alone; <c>/</c> when nothing follows the service's name.</summary>
    public ReadOnlySpan<char> Path
    {
        get
        {
            var end = PathAndQuery.IndexOf('?');
            var path = end < 0 ? PathAndQuery : PathAndQuery[..end];
            return path.IsEmpty ? "/" : path;
        }
    }

    /// <summary>The query without its question mark.</summary>
    public ReadOnlySpan<char> Query => PathAndQuery.IndexOf('?') is >= 0 and var at ? PathAndQuery[(at + 1)..] : [];

    string? IRequestHeaders.Get(string name)
    {
        if (name == ":authority")
            return context.Request.Headers.Host.ToString();
        return context.Request.Headers.TryGetValue(name, out var value) ? value.ToString() : null;
    }

    IReadOnlyList<string>? IRequestHeaders.Several(string name) =>
        context.Request.Headers.TryGetValue(name, out var values) && values.Count > 1 ? [.. values.OfType<string>()] : null;

    /// <inheritdoc/>
    public override ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        // Completes at once: it only copies headers.
        var copied = base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        Debug.Assert(copied.IsCompletedSuccessfully);

        Outgoing = proxyRequest;
        proxyRequest.RequestUri = new Uri(Address(destinationPrefix), AsIs);
        proxyRequest.Headers.Host = HostToSend();
        // The platform's client sends no trailers, so none are announced.
        if (context.Request.Headers.Trailer.Count > 0)
            proxyRequest.Headers.Remove(HeaderNames.Trailer);
        SetForwarded(proxyRequest);
        var hops = Hops.Of(context);
        proxyRequest.Headers.TryAddWithoutValidation(Hops.Header, _isCopy ? hops.NextOfCopy : hops.Next);
        Trace(proxyRequest);
        Target?.RequestHeaders?.Apply(new OutgoingHeaders(proxyRequest));
        Route?.RequestHeaders?.Apply(new OutgoingHeaders(proxyRequest));
        return copied;
    }

    /// <inheritdoc/>
    public override ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is not null && !Keeps(proxyResponse))
            return new ValueTask<bool>(false);

        if (proxyResponse is not null)
        {
            HopByHop.Strip(proxyResponse);
            if (!LeavesForwarded)
                ClientHead.Strip(proxyResponse.Headers);
        }

        var kept = base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse is null)
            return kept;
        var isGood = AnswerCheck.Check(httpContext, proxyResponse, cancellationToken);
        ChangeAnswer(httpContext.Response.Headers);
        return isGood;
    }

    /// <summary>
    /// What is wrong with what the route's rewrites make of the request, before anything is done with it: a header's value that is no host, or a path that leads
    /// upwards, or names a host, as it did not before. Null where nothing is rewritten.
    /// </summary>
    public string? FaultOfRewrite()
    {
        if (Action!.HostFromHeader is { } name && context.Request.Headers[name].ToString() is { Length: > 0 } host
            && HeadSyntax.FaultOfAuthority(host) is { } fault)
        {
            return $"the header {name} says the host to send, and {fault}";
        }

        if (Action.RegexRewrite is null && Action.PrefixRewrite is null)
            return null;
        ReadOnlySpan<char> address = Address("");
        if (HeadSyntax.FaultOfPath(address) is { } bad)
            return bad;
        if (PathReading.StepsUp(address) > PathReading.StepsUp(Path))
            return "what the route's rewrite makes of its path leads upwards";
        return PathReading.NamesHost(address) && !PathReading.NamesHost(Path) ? "what the route's rewrite makes of its path begins with two slashes, which some servers take for a host" : null;
    }

    private string Address(string prefix)
    {
        var rest = PathAndQuery;
        if (Action?.RegexRewrite is { } regex)
            return string.Concat(prefix, regex.Of(Path.ToString()), rest.IndexOf('?') is >= 0 and var query ? rest[query..] : []);
        if (Action?.PrefixRewrite is { } rewrite)
        {
            // A path that was left out is matched as a slash, and nothing of the query stands for it.
            if (rest.StartsWith('/'))
                rest = rest[Math.Min(MatchedLength, rest.Length)..];
            return string.Concat(prefix, rewrite, rewrite.EndsWith('/') && rest.StartsWith('/') ? rest[1..] : rest);
        }

        return rest.StartsWith('/') ? string.Concat(prefix, rest) : string.Concat(prefix, "/", rest);
    }

    private void SetForwarded(HttpRequestMessage request)
    {
        var headers = request.Headers;
        if (LeavesForwarded)
            return;
        headers.TryAddWithoutValidation(ForwardedFor, context.Connection.RemoteIpAddress?.ToString());
        if (!headers.NonValidated.Contains(ForwardedHost))
            headers.TryAddWithoutValidation(ForwardedHost, (string?)context.Request.Headers.Host);
        if (!headers.NonValidated.Contains(ForwardedProto))
            headers.TryAddWithoutValidation(ForwardedProto, context.Request.Scheme);
        if (string.Concat(ServicePrefix, PrefixTakenOff()) is { Length: > 0 } prefix)
            headers.TryAddWithoutValidation(ForwardedPrefix, prefix);
    }

    /// <summary>
    /// What the route's rewrite takes off the front of the path: with it before a path of the service's, a client reaches that. Empty where the rewrite puts something
    /// else there, since no prefix says that.
    /// </summary>
    private ReadOnlySpan<char> PrefixTakenOff()
    {
        if (Action?.PrefixRewrite is not { } rewrite || MatchedLength > Path.Length)
            return [];
        var matched = Path[..MatchedLength];
        var rest = Path[MatchedLength..];
        // Not a whole segment: what is left of it stays in the path.
        if (!rest.IsEmpty && rest[0] != '/' && !matched.EndsWith('/'))
            return [];
        matched = matched.TrimEnd('/');
        var kept = rewrite.AsSpan().TrimEnd('/');
        return matched.EndsWith(kept, StringComparison.Ordinal) ? matched[..^kept.Length] : [];
    }

    private void Trace(HttpRequestMessage request)
    {
        // Nobody records this request: what the client sent has been copied and goes through as it is.
        if (_isCopy || Activity.Current is not { IsAllDataRequested: true, Id: { } id } activity)
            return;

        activity.SetTag("mesh.service", listener.Name);
        activity.SetTag("mesh.endpoint", Endpoint?.State.Address);
        request.Headers.Remove("traceparent");
        request.Headers.Remove("tracestate");
        request.Headers.TryAddWithoutValidation("traceparent", id);
        if (activity.TraceStateString is { Length: > 0 } state)
            request.Headers.TryAddWithoutValidation("tracestate", state);
    }
}
