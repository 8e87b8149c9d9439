using System.Net.Http.Headers;
using Mesh.DataPlane.Requests;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Looks at the head of a request as it came, before any rule is asked: what could not be sent on is the client's fault, and costs no
/// endpoint, breaker, budget or limit anything. Flow step 9.
/// </summary>
internal static class ClientHead
{
    // What data planes say of requests and answers, such as that one is a mirror's copy.
    private const string OwnPrefix = "x-mesh-";
    private const string LengthOfChunked = "X-Content-Length";

    // Kestrel looks at Connection and TE only.
    private static readonly HashSet<string> ForHttp1Only = new(StringComparer.OrdinalIgnoreCase) { "transfer-encoding", "keep-alive",
        "proxy-connection", "upgrade" };

    private static readonly string[] Claims = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
        "X-Forwarded-Prefix"];

    /// <summary>
    /// Takes out of a request what must not be matched since it is not sent on: the headers that <c>Connection</c> names, and, at the edge,
    /// what a client claims that only a proxy may say.
    /// </summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="trustsForwarded">Whether a proxy in front may say where a request came from.</param>
    /// <param name="isEdge">
    /// Whether the sender is outside the mesh. Beside an application a proxy is not a hop that anybody should see.
    /// </param>
    public static void Strip(IHeaderDictionary headers, bool trustsForwarded, bool isEdge)
    {
        HopByHop.Strip(headers);
        StripEmptyLines(headers);
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

    /// <summary>Takes out of an answer's headers or trailers what only a data plane may say.</summary>
    public static void Strip(HttpResponseHeaders headers)
    {
        var marks = default(List<string>);
        foreach (var (name, _) in headers.NonValidated)
        {
            if (name.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase))
                (marks ??= []).Add(name);
        }

        foreach (var mark in marks ?? [])
            headers.Remove(mark);
    }

    /// <summary>
    /// Why nobody behind could be sure where a request over HTTP/1.1 ends or what its bytes are; null where all can. The connection ends
    /// with the answer, since the client may mean another end (RFC 9112 §6.1, §6.3).
    /// </summary>
    public static (GatewayRefusal Refusal, string Detail)? FaultOfCoding(HttpRequest request)
    {
        if (request.Headers.TransferEncoding is not { Count: > 0 } codings || HttpProtocol.IsHttp2(request.Protocol))
            return null;
        if (HttpProtocol.IsHttp10(request.Protocol))
            return (GatewayRefusal.Malformed, "This request cannot be sent on: HTTP/1.0 knows no Transfer-Encoding (RFC 9112 §6.1).");
        // Kestrel takes the length out of such a request and puts it there (Http1MessageBody.For).
        if (request.Headers.ContainsKey(LengthOfChunked))
        {
            return (GatewayRefusal.Malformed,
                $"This request cannot be sent on: it has both Content-Length and Transfer-Encoding, or {LengthOfChunked} and "
                    + "Transfer-Encoding, which cannot be told apart here.");
        }

        return codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase) ? null
            : (GatewayRefusal.Coded,
                "The body has a Transfer-Encoding other than 'chunked' alone; send it without, or name it in Content-Encoding.");
    }

    // Empty lines beside others are not part of a list (RFC 9110 §5.6.1), but make a value that begins or ends with a blank when all are
    // joined.
    private static void StripEmptyLines(IHeaderDictionary headers)
    {
        var halfEmpty = default(List<string>);
        foreach (var (name, values) in headers)
        {
            if (values.Count > 1 && values.Contains(""))
                (halfEmpty ??= []).Add(name);
        }

        foreach (var name in halfEmpty ?? [])
            headers[name] = headers[name].Where(value => value?.Length > 0).ToArray() is { Length: > 0 } rest ? rest : "";
    }

    /// <summary>
    /// Whether it asks for a connection of a protocol that nobody here knows (RFC 9220 §3): a forwarder would make a plain tunnel of it.
    /// </summary>
    public static bool AsksForUnknownProtocol(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } asked
            && !"websocket".Equals(asked.Protocol, StringComparison.OrdinalIgnoreCase);

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
