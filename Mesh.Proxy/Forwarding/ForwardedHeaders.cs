using Mesh.DataPlane.Calls;

namespace Mesh.Proxy.Forwarding;

/// <summary>The headers in which a proxy says where a request came from.</summary>
internal static class ForwardedHeaders
{
    public const string For = "X-Forwarded-For";
    public const string Host = "X-Forwarded-Host";
    public const string Proto = "X-Forwarded-Proto";
    public const string Prefix = "X-Forwarded-Prefix";

    /// <summary>Says where a request came from.</summary>
    /// <param name="outgoing">The request as it is sent on.</param>
    /// <param name="request">The request as it came.</param>
    /// <param name="plan">What is done with it.</param>
    public static void Set(HttpRequestMessage outgoing, GatewayRequest request, in CallPlan plan)
    {
        var (headers, context) = (outgoing.Headers, request.Context);
        headers.TryAddWithoutValidation(For, context.Connection.RemoteIpAddress?.ToString());
        if (!headers.NonValidated.Contains(Host) && context.Request.Headers.Host.ToString().Length > 0)
            headers.TryAddWithoutValidation(Host, (string?)context.Request.Headers.Host);
        if (!headers.NonValidated.Contains(Proto))
            headers.TryAddWithoutValidation(Proto, context.Request.Scheme);
        if (string.Concat(request.ServicePrefix,
            UpstreamAddress.PrefixTakenOff(request, plan.Route, plan.Action)) is { Length: > 0 } prefix)
            headers.TryAddWithoutValidation(Prefix, prefix);
    }
}
