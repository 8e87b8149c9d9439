using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Routing;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// A request as it came in, and for which service. Nothing of it changes but its body, which may be kept as it is read. Flow step 9.
/// </summary>
/// <param name="context">The request.</param>
/// <param name="listener">The service it is for.</param>
/// <param name="target">Its target as it came.</param>
/// <param name="pathStart">Where in that the part begins that the service gets.</param>
/// <param name="prefixStart">Where in that the path begins.</param>
/// <param name="trustForwarded">Whether what it says of where it came from can be believed.</param>
internal sealed class GatewayRequest(HttpContext context, ListenerSnapshot listener, string target, int pathStart, int prefixStart,
    bool trustForwarded)
    : ICallRequest, IRequestHeaders
{
    /// <summary>The request and its answer.</summary>
    public HttpContext Context => context;

    /// <summary>The service it is for.</summary>
    public ListenerSnapshot Listener => listener;

    /// <summary>
    /// Whether <c>X-Forwarded-*</c> is left as it came: beside an application a proxy is not a hop that anybody should see.
    /// </summary>
    public bool LeavesForwarded { get; init; }

    /// <summary>
    /// Whether <c>x-mesh-*</c> of its answer is dropped. What comes back to an application's own requests may be another data plane's word.
    /// </summary>
    public bool DropsClaims => !LeavesForwarded || Routing is not null;

    /// <summary>What it is routed by where that is not the mesh's configuration, or null.</summary>
    public IRoutingSource? Routing { get; init; }

    /// <summary>The route that has taken it.</summary>
    public RouteSnapshot? Route { get; set; }

    /// <summary>What has become of it since the route has had it sent on, or null.</summary>
    public CallState? Call { get; set; }

    /// <summary>What knows whether its client has sent all of its body; null where it has none, or is not sent on.</summary>
    public UploadWatch? Upload { get; set; }

    /// <summary>Whether it asks for the server itself and not for anything there (<c>OPTIONS *</c>).</summary>
    public bool IsForServer => target == "*";

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

    /// <inheritdoc/>
    public RequestFacts Facts => new(context.Request.Method, Path, Query, this);

    /// <inheritdoc/>
    public string? Source
    {
        get
        {
            if (trustForwarded && context.Request.Headers[ForwardedHeaders.For].ToString() is { Length: > 0 } claims)
                return claims[(claims.LastIndexOf(',') + 1)..].Trim();
            return context.Connection.RemoteIpAddress?.ToString();
        }
    }

    /// <inheritdoc/>
    public bool IsGrpc => Answers.IsGrpc(context.Request);

    /// <inheritdoc/>
    public bool IsUpgrade => context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };

    /// <inheritdoc/>
    public bool CanHaveBody => context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false };

    /// <inheritdoc/>
    public long? ContentLength => context.Request.ContentLength;

    /// <inheritdoc/>
    public Stream Body
    {
        get => context.Request.Body;
        set => context.Request.Body = value;
    }

    /// <inheritdoc/>
    public bool AllowsCopies => Hops.Of(context).AllowCopies;

    /// <inheritdoc/>
    public CancellationToken Aborted => context.RequestAborted;

    string? IRequestHeaders.Get(string name)
    {
        if (name == ":authority")
            return context.Request.Headers.Host.ToString();
        return context.Request.Headers.TryGetValue(name, out var value) ? value.ToString() : null;
    }

    IReadOnlyList<string>? IRequestHeaders.Several(string name) =>
        context.Request.Headers.TryGetValue(name, out var values) && values.Count > 1 ? [.. values.OfType<string>()] : null;
}
