using System.Net.Mime;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.DataPlane.Configuration;
using Mesh.Xds.Resources;

namespace Mesh.Proxy.Forwarding;

/// <summary>What <c>/</c> shows: the services there are, as HTML to those who prefer it and as JSON to all others.</summary>
internal static class ServiceIndex
{
    public static Task AnswerAsync(HttpContext context, ConfigState config)
    {
        var services = config.Snapshot.Listeners.Values
            .Select(l => new Row(l.Name, l.Clusters.Sum(c => config.Snapshot.Clusters.Find(c)?.Endpoints.Count ?? 0)))
            .OrderBy(s => s.Name, StringComparer.Ordinal);
        context.Response.Headers.CacheControl = "no-store";
        return context.Request.Headers.Accept.ToString().Contains(MediaTypeNames.Text.Html, StringComparison.OrdinalIgnoreCase)
            ? HtmlAsync(context, services)
            : JsonAsync(context, services);
    }

    private static async Task JsonAsync(HttpContext context, IEnumerable<Row> services)
    {
        context.Response.ContentType = MediaTypeNames.Application.Json;
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartArray("services");
        foreach (var service in services)
        {
            var (@namespace, name) = XdsNames.Parse(service.Name);
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("namespace", @namespace);
            json.WriteString("path", $"/{service.Name}/");
            json.WriteString("host", $"{service.Name}.mesh");
            json.WriteNumber("endpoints", service.Endpoints);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static Task HtmlAsync(HttpContext context, IEnumerable<Row> services)
    {
        var page = new StringBuilder("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Services of the mesh</title>")
            .Append(
                "<style>body{font:16px system-ui;margin:3rem auto;max-width:40rem}li{margin:.3rem "
                    + "0}small{color:#666}</style><h1>Services of the mesh</h1><ul>");
        foreach (var service in services)
        {
            var name = HtmlEncoder.Default.Encode(service.Name);
            page.Append(
                $"<li><a href=\"/{name}/\">{name}</a> <small>{service.Endpoints} "
                    + $"endpoint{(service.Endpoints == 1 ? "" : "s")}</small></li>");
        }

        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(page.Append("</ul></html>").ToString(), context.RequestAborted);
    }

    private readonly record struct Row(string Name, int Endpoints);
}
