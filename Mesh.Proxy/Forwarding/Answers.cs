using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.DataPlane.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>What the gateway says itself: refusals as problem details (RFC 9457) or gRPC status, redirects and fixed responses.</summary>
internal static class Answers
{
    // It is not HTML, in which quotes and angle brackets would have to be escaped.
    private static readonly JsonWriterOptions AsWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Refuses a request in the language of its client.</summary>
    /// <param name="context">The request.</param>
    /// <param name="refusal">Why.</param>
    /// <param name="service">The service, or empty.</param>
    /// <param name="detail">The same for this request.</param>
    /// <param name="headers">Sets further headers of the answer.</param>
    public static Task RefuseAsync(HttpContext context, GatewayRefusal refusal, string service, string detail,
        Action<IHeaderDictionary>? headers = null)
    {
        refusal.Note(context);
        // The answer has begun: there is nothing left to say but that it is not whole.
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        headers?.Invoke(context.Response.Headers);
        return IsGrpc(context.Request) ? RefuseGrpcAsync(context, refusal, detail) : RefuseHttpAsync(context, refusal, service, detail);
    }

    /// <summary>Whether the request is a gRPC call (gRPC-Web is not: it is plain HTTP).</summary>
    public static bool IsGrpc(HttpRequest request) =>
        request.ContentType is { } type && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase)
        && !type.StartsWith("application/grpc-web", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Sends a client elsewhere, as the route says. The route knows nothing of the prefix under which the gateway is asked for its service:
    /// where the client stays at the gateway, it stays below that.
    /// </summary>
    public static Task RedirectAsync(HttpContext context, RouteAction.Redirect redirect, GatewayRequest asked)
    {
        var request = context.Request;
        var authority = redirect.Port is { } port
            ? new HostString(redirect.Host ?? request.Host.Host, port).Value
            : redirect.Host ?? request.Host.Value;
        var prefix = redirect.Host is null ? asked.ServicePrefix : "";
        var path = redirect.Path
            ?? (redirect.PrefixRewrite is { } other ? InPlaceOfPrefix(other, asked.Path, redirect.MatchedLength) : asked.Path);
        var query = redirect.StripQuery || asked.Query.IsEmpty ? "" : $"?{asked.Query}";
        context.Response.StatusCode = redirect.Status;
        context.Response.Headers.Location = $"{redirect.Scheme ?? request.Scheme}://{authority}{prefix}{path}{query}";
        return Task.CompletedTask;
    }

    // As when a request is forwarded: what stands behind the matched prefix stays.
    private static string InPlaceOfPrefix(string other, ReadOnlySpan<char> path, int matched)
    {
        var rest = path[Math.Min(matched, path.Length)..];
        return string.Concat(other, other.EndsWith('/') && rest.StartsWith('/') ? rest[1..] : rest);
    }

    /// <summary>Answers as the route says.</summary>
    public static Task RespondAsync(HttpContext context, RouteAction.Respond respond)
    {
        context.Response.StatusCode = respond.Status;
        // Those that have no content (RFC 9110 §15.3.5, §15.3.6, §15.4.5), whatever the route says.
        if (respond.Body.Length == 0
            || respond.Status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified)
            return Task.CompletedTask;
        // As Envoy does: without a type, browsers would guess.
        context.Response.ContentType ??= "text/plain";
        return context.Response.WriteAsync(respond.Body, context.RequestAborted);
    }

    private static Task RefuseGrpcAsync(HttpContext context, GatewayRefusal refusal, string detail)
    {
        // A response of headers alone: gRPC reads its status from them.
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = refusal.Grpc.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = PercentEncode(detail);
        return Task.CompletedTask;
    }

    private static async Task RefuseHttpAsync(HttpContext context, GatewayRefusal refusal, string service, string detail)
    {
        context.Response.StatusCode = refusal.Status;
        context.Response.ContentType = "application/problem+json";
        context.Response.Headers.CacheControl = "no-store";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, AsWritten);
        Write(json, refusal, service, detail);
    }

    /// <summary>A refusal as problem details.</summary>
    public static string Problem(GatewayRefusal refusal, string service, string detail)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, AsWritten))
            Write(json, refusal, service, detail);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static void Write(Utf8JsonWriter json, GatewayRefusal refusal, string service, string detail)
    {
        json.WriteStartObject();
        json.WriteString("type", "about:blank");
        json.WriteString("title", refusal.Title);
        json.WriteNumber("status", refusal.Status);
        json.WriteString("detail", detail);
        json.WriteString("reason", refusal.Reason);
        if (service.Length > 0)
            json.WriteString("service", service);
        json.WriteEndObject();
    }

    /// <summary>A text as the gRPC protocol says of Status-Message: printable ASCII but the percent sign stays.</summary>
    public static string PercentEncode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%')
                encoded.Append((char)b);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return encoded.ToString();
    }
}
