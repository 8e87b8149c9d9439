using Mesh.DataPlane.Requests;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Looks at the head of a request as it came, before any rule is asked: what could not be sent on is the client's fault, and costs no endpoint, breaker,
/// budget or limit anything. Flow step 9.
/// </summary>
internal static class ClientHead
{
    // What data planes say of requests and answers, such as that one is a mirror's copy.
    private const string OwnPrefix = "x-mesh-";

    // Kestrel looks at Connection and TE only.
    private static readonly HashSet<string> ForHttp1Only = new(StringComparer.OrdinalIgnoreCase) { "transfer-encoding", "keep-alive", "proxy-connection", "upgrade" };

    private static readonly string[] Claims = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix"];

    /// <summary>
    /// Takes out of a request what must not be matched since it is not sent on: the headers that <c>Connection</c> names, and, at the edge, what a client claims
    /// that only a proxy may say.
    /// </summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="trustsForwarded">Whether a proxy in front may say where a request came from.</param>
    /// <param name="isEdge">Whether the sender is outside the mesh. Beside an application a proxy is no hop that anybody should see.</param>
    public static void Strip(IHeaderDictionary headers, bool trustsForwarded, bool isEdge)
    {
        HopByHop.Strip(headers);
        if (!isEdge)
            return;
        if (!trustsForwarded)
        {
            foreach (var claim in Claims)
                headers.Remove(claim);
        }

        var marks = default(List<string>);
        foreach (var (name, _) in headers)
        {
            if (name.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase))
                (marks ??= []).Add(name);
        }

        foreach (var mark in marks ?? [])
            headers.Remove(mark);
    }

    /// <summary>What is wrong with it, or null.</summary>
    public static string? FaultOf(HttpContext context)
    {
        var request = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        if (HeadSyntax.FaultOfMethod(request.Method) is { } method)
            return method;
        if (HeadSyntax.FaultOfTarget(request.RawTarget) is { } target)
            return target;
        if (request.Headers.Host.ToString() is { Length: > 0 } host && HeadSyntax.FaultOfAuthority(host) is { } authority)
            return authority;

        var isHttp2 = HttpProtocol.IsHttp2(request.Protocol);
        foreach (var (name, values) in request.Headers)
        {
            // HTTP/2's own fields, which the server has looked at.
            if (name.StartsWith(':'))
                continue;
            if (HeadSyntax.FaultOfName(name) is { } bad)
                return bad;
            if (isHttp2 && ForHttp1Only.Contains(name))
                return $"HTTP/2 knows no header {name} (RFC 9113 §8.2.2)";
            foreach (var value in values)
            {
                if (value is not null && HeadSyntax.FaultOfValue(name, value) is { } fault)
                    return fault;
            }
        }

        return null;
    }
}
