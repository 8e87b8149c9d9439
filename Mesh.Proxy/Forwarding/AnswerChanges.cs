using System.Globalization;
using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>What the gateway does to the headers of answers. Flow step 9.</summary>
internal static class AnswerChanges
{
    /// <summary>Changes the headers of an endpoint's answer as the route says.</summary>
    public static void Apply(IHeaderDictionary headers, CallState call)
    {
        call.Plan.Target.ResponseHeaders?.Apply(new AnswerHeaders(headers));
        Apply(headers, call.Plan.Route);
        if (call.SetCookie is { } cookie)
            headers.Append("Set-Cookie", cookie);
    }

    /// <summary>Changes the headers of the gateway's own answer as the route says.</summary>
    public static void Apply(IHeaderDictionary headers, RouteSnapshot route) => route.ResponseHeaders?.Apply(new AnswerHeaders(headers));

    /// <summary>Tells where a request was sent, for those who look for a fault.</summary>
    public static void Tell(GatewayRequest request)
    {
        var (headers, call) = (request.Context.Response.Headers, request.Call);
        headers["x-mesh-route"] = Printable(request.Route?.Name ?? "");
        if (call is not null)
            headers["x-mesh-cluster"] = Printable(call.Plan.Cluster);
        if (call?.Endpoint is { } endpoint)
            headers["x-mesh-endpoint"] = endpoint.State.Address;
        if (call?.Plan.IsFallback == true)
            headers["x-mesh-fallback"] = Printable(request.Listener.Fallback!);
        headers["x-mesh-attempts"] = (call?.Attempts ?? 0).ToString(CultureInfo.InvariantCulture);
    }

    private static string Printable(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?'));
}
