using Mesh.DataPlane.Requests;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Looks at the head of a request as it came, before any rule is asked: what could not be sent on is the client's fault, and costs no endpoint, breaker,
/// budget or limit anything. Flow step 9.
/// </summary>
internal static class ClientHead
{
    // Kestrel looks at Connection and TE only.
    private static readonly HashSet<string> ForHttp1Only = new(StringComparer.OrdinalIgnoreCase) { "transfer-encoding", "keep-alive", "proxy-connection", "upgrade" };

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
