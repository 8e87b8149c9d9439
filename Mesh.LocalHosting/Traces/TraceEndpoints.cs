using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;
using Mesh.LocalHosting.Traces.Otlp;
using Mesh.ServiceDefaults.Permissions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.LocalHosting.Traces;

/// <summary>OTLP over HTTP in (protobuf, <c>POST /v1/traces</c>), traces as JSON out.</summary>
internal static class TraceEndpoints
{
    private const int LargestRequest = 16 * 1024 * 1024;

    public static void MapTraces(this IEndpointRouteBuilder endpoints, TraceStore store, string? sentElsewhere)
    {
        endpoints.MapPost("/v1/traces", (RequestDelegate)(context => Take(context, store))).RequireMeshPermission("traces.write");
        endpoints.MapGet("/api/v1/traces/last", (RequestDelegate)(context =>
            Give(context, store.Last(context.Request.Query["root"].FirstOrDefault()), "No trace is held yet.", sentElsewhere))).RequireMeshPermission("traces.read");
        endpoints.MapGet("/api/v1/traces/{id}", (RequestDelegate)(context =>
            Give(context, store.Find($"{context.Request.RouteValues["id"]}".ToLowerInvariant()), "No trace with this id is held.", sentElsewhere))).RequireMeshPermission("traces.read");
    }

    private static async Task Take(HttpContext context, TraceStore store)
    {
        if (context.Request.ContentType?.StartsWith("application/x-protobuf", StringComparison.OrdinalIgnoreCase) != true)
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (body.Length > LargestRequest)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }

        try
        {
            store.Add(OtlpReader.Read(ExportTraceServiceRequest.Parser.ParseFrom(body.GetBuffer(), 0, (int)body.Length)));
        }
        catch (InvalidProtocolBufferException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        context.Response.ContentType = "application/x-protobuf"; // an empty message is no bytes
    }

    private static Task Give(HttpContext context, TraceRecord? trace, string absent, string? sentElsewhere)
    {
        if (trace is not null)
        {
            context.Response.ContentType = "application/json";
            return JsonSerializer.SerializeAsync(context.Response.Body, trace, TraceJson.Default.TraceRecord, context.RequestAborted);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "application/problem+json";
        var detail = sentElsewhere is null ? absent : $"Traces are sent to {sentElsewhere} (OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT), not kept here.";
        return JsonSerializer.SerializeAsync(context.Response.Body, new TraceProblem("No such trace", 404, detail), TraceJson.Default.TraceProblem, context.RequestAborted);
    }
}

internal sealed record TraceProblem(string Title, int Status, string Detail);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(TraceRecord))]
[JsonSerializable(typeof(TraceProblem))]
internal sealed partial class TraceJson : JsonSerializerContext;
