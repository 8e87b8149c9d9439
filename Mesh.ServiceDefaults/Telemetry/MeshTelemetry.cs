using Mesh.ServiceDefaults.Permissions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Mesh.ServiceDefaults.Telemetry;

/// <summary>
/// OpenTelemetry: traces of every <c>Cdaprod.Mesh.*</c> source, of ASP.NET and of HTTP clients; metrics of the meter
/// <c>Cdaprod.Mesh</c> and the runtime. Metrics are always at <c>/metrics</c>; OTLP goes out only where
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> (or the one of a signal, <c>OTEL_EXPORTER_OTLP_TRACES_ENDPOINT</c>) says where to.
/// </summary>
internal static class MeshTelemetry
{
    public static void AddMeshTelemetry(this IHostApplicationBuilder builder, string serviceName)
    {
        var everything = builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"];
        var traces = builder.Configuration["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(builder.Configuration["OTEL_SERVICE_NAME"] ?? serviceName, serviceNamespace: "cdaprod-mesh"))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter("Cdaprod.Mesh", "Cdaprod.Mesh.*")
                    .AddAspNetCoreInstrumentation()
                    .AddHttpClientInstrumentation()
                    .AddRuntimeInstrumentation()
                    .AddPrometheusExporter();
                if (!string.IsNullOrEmpty(everything))
                    metrics.AddOtlpExporter();
            });

        // Nobody to send spans to: none are recorded, and a request pays nothing for them.
        if (string.IsNullOrEmpty(everything) && string.IsNullOrEmpty(traces))
            return;
        telemetry.WithTracing(tracing =>
        {
            tracing.AddSource("Cdaprod.Mesh", "Cdaprod.Mesh.*")
                .AddAspNetCoreInstrumentation(options => options.Filter = IsWorthATrace)
                .AddHttpClientInstrumentation()
                .AddOtlpExporter(options => UseTracesEndpoint(options, traces, builder.Configuration));
            if (string.IsNullOrEmpty(builder.Configuration["OTEL_TRACES_SAMPLER"]))
                tracing.SetSampler(new ParentBasedSampler(new RootSampler(TimeProvider.System)));
        });
    }

    public static void MapMeshMetrics(this WebApplication app) =>
        app.MapPrometheusScrapingEndpoint("/metrics").RequireMeshPermission(MeshPermission.HostObserve);

    // Asked every few seconds by orchestrators, Prometheus, every replica and every instance: they would push every real trace out of sight.
    private static bool IsWorthATrace(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/health")
        && !context.Request.Path.StartsWithSegments("/metrics")
        && !context.Request.Path.StartsWithSegments("/cdaprod.mesh.v1.Log")
        && context.Request.Path.Value?.EndsWith("/heartbeat", StringComparison.OrdinalIgnoreCase) != true;

    private static void UseTracesEndpoint(OtlpExporterOptions options, string? endpoint, IConfiguration configuration)
    {
        if (string.IsNullOrEmpty(endpoint))
            return;
        options.Endpoint = new Uri(endpoint);
        var protocol = configuration["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] ?? configuration["OTEL_EXPORTER_OTLP_PROTOCOL"];
        options.Protocol = protocol == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
    }
}
