using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Mesh.ServiceDefaults.Guarding;

/// <summary>
/// Stands before everything else of a host and keeps out what a web page sends to its visitor's machine or network: requests under a name
/// that was led here (421), and requests of other origins (403). Whoever is not a browser sends neither.
/// </summary>
internal sealed class WebPageGuard(WebPageRules rules, ILogger<WebPageGuard> logger) : IStartupFilter
{
    private const int MostLogged = 32;
    private const int GrpcPermissionDenied = 7;

    // It is not HTML, in which quotes and angle brackets would have to be escaped.
    private static readonly JsonWriterOptions AsWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly ConcurrentDictionary<string, bool> _logged = new(StringComparer.OrdinalIgnoreCase);

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(following => context => HandleAsync(context, following));
        next(app);
    };

    private Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        var listener = context.Features.Get<GuardedListener>() ?? GuardedListener.Strict;
        if (listener.Use == ListenerUse.Application) return next(context);
        var headers = context.Request.Headers;
        var origin = headers.Origin;
        var request = new PageRequest(
            context.Request.Method, headers.Host.ToString(), origin.Count == 0 ? null : origin.ToString(),
            headers["Sec-Fetch-Site"].ToString(),
            context.Features.Get<IHttpRequestFeature>() is { RawTarget: ['/', ..] } is false);
        if (!rules.AllowsHost(listener, request)) return RefuseHostAsync(context, request.Host);
        return rules.AllowsOrigin(listener, request) ? next(context) : RefuseOriginAsync(context, request);
    }

    private Task RefuseHostAsync(HttpContext context, string host)
    {
        var name = Shortened(HostName.Of(host).ToString());
        if (IsNews(name)) logger.HostRefused(name);
        return RefuseAsync(context, StatusCodes.Status421MisdirectedRequest, "Not a name of this host", "host-not-allowed",
            $"'{name}' is neither an IP address nor localhost nor a configured name. If it is a name of this host, set "
                + $"{GuardSettings.Hosts}={name} (comma-separated; *.example.com for all names below one).");
    }

    private Task RefuseOriginAsync(HttpContext context, in PageRequest request)
    {
        var origin = Shortened(request.Origin ?? "");
        if (IsNews(origin)) logger.OriginRefused(origin.Length > 0 ? origin : request.FetchSite);
        return RefuseAsync(context, StatusCodes.Status403Forbidden, "Not for pages of other origins", "origin-not-allowed",
            request.Origin is null
            ? $"A web page of another origin has sent this ({request.FetchSite}). Pages may be allowed by {GuardSettings.Origins}, with "
                + "the origin that they send."
            : $"A web page of the origin '{origin}' may not call this host. To allow it, set {GuardSettings.Origins}={origin} "
                + "(comma-separated).");
    }

    // Each once, and only so many: a page can send as many as it likes.
    private bool IsNews(string what) => _logged.Count < MostLogged && _logged.TryAdd(what, true);

    private static async Task RefuseAsync(HttpContext context, int status, string title, string reason, string detail)
    {
        var response = context.Response;
        response.Headers.CacheControl = "no-store";
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true)
        {
            // A response of headers alone: gRPC reads its status from them.
            response.ContentType = "application/grpc";
            response.Headers["grpc-status"] = GrpcPermissionDenied.ToString(CultureInfo.InvariantCulture);
            response.Headers["grpc-message"] = Uri.EscapeDataString(detail).Replace("%20", " ", StringComparison.Ordinal);
            return;
        }

        response.StatusCode = status;
        response.ContentType = "application/problem+json";
        await using var json = new Utf8JsonWriter(response.BodyWriter, AsWritten);
        json.WriteStartObject();
        json.WriteString("type", "about:blank");
        json.WriteString("title", title);
        json.WriteNumber("status", status);
        json.WriteString("detail", detail);
        json.WriteString("reason", reason);
        json.WriteEndObject();
    }

    private static string Shortened(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
