using Mesh.Api.Permissions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Mesh.ServiceDefaults.Telemetry;

/// <summary>
/// OpenTelemetry: traces of every <c>Cdaprod.Mesh.*</c> source, of ASP.NET, HTTP clients and PostgreSQL; metrics of the meter
/// <c>Cdaprod.Mesh</c>, of PostgreSQL and the runtime; log records. Metrics are always at <c>/metrics</c>; OTLP goes out only where
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> (or the one of a signal, such as <c>OTEL_EXPORTER_OTLP_TRACES_ENDPOINT</c>) says where to.
/// </summary>
internal static class MeshTelemetry
{
    private const string EmitEventIds = "OTEL_DOTNET_EXPERIMENTAL_OTLP_EMIT_EVENT_LOG_ATTRIBUTES";

    // The driver's own source and meter: what Aspire.Npgsql and Npgsql.OpenTelemetry subscribe to.
    private const string Npgsql = "Npgsql";

    public static void AddMeshTelemetry(this IHostApplicationBuilder builder, string serviceName)
    {
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddMeshHost(serviceName));
        var (metrics, traces, logs) = (new OtlpSignal(builder.Configuration, "METRICS"), new OtlpSignal(builder.Configuration, "TRACES"),
            new OtlpSignal(builder.Configuration, "LOGS"));
        telemetry.AddMetrics(metrics);

        // Nobody to send them to: no span is recorded and no log record made, and a request pays nothing for them.
        if (traces.IsExported)
            telemetry.AddTraces(traces, RootSampler.For(builder.Configuration["OTEL_TRACES_SAMPLER"], TimeProvider.System));
        if (logs.IsExported)
        {
            // The id is what a log line is found by in the source; the exporter leaves it out by default, since OpenTelemetry has no field
            // for it.
            builder.Configuration[EmitEventIds] ??= "true";
            telemetry.AddLogs(logs);
        }

        builder.Services.AddSingleton(new OtlpTimeouts(metrics.TimeoutMilliseconds, traces.TimeoutMilliseconds, logs.TimeoutMilliseconds));
        builder.Services.AddHostedService<TelemetryEnd>();
    }

    public static void MapMeshMetrics(this WebApplication app) =>
        app.MapPrometheusScrapingEndpoint("/metrics").RequireMeshPermission(MeshPermission.HostObserve);

    private static void AddMetrics(this IOpenTelemetryBuilder telemetry, OtlpSignal signal) => telemetry.WithMetrics(metrics =>
    {
        metrics.AddMeter("Cdaprod.Mesh", "Cdaprod.Mesh.*", Npgsql)
            .AddAspNetCoreInstrumentation()
            .AddHttpClientInstrumentation()
            .AddRuntimeInstrumentation()
            .AddPrometheusExporter();
        if (signal.IsExported)
            metrics.AddOtlpExporter(signal.Configure);
    });

    private static void AddTraces(this IOpenTelemetryBuilder telemetry, OtlpSignal signal, Sampler? sampler) =>
        telemetry.WithTracing(tracing =>
    {
        tracing.AddSource("Cdaprod.Mesh", "Cdaprod.Mesh.*", Npgsql)
            .AddAspNetCoreInstrumentation(options => options.Filter = IsWorthATrace)
            .AddHttpClientInstrumentation()
            .AddOtlpExporter(signal.Configure);
        if (sampler is not null)
            tracing.SetSampler(sampler);
    });

    // Beside the console, whose lines stay as they are; levels and filters are the same for both.
    private static void AddLogs(this IOpenTelemetryBuilder telemetry, OtlpSignal signal) => telemetry.WithLogging(
        logging => logging.AddOtlpExporter(signal.Configure),
        options => (options.IncludeFormattedMessage, options.IncludeScopes) = (true, true));

    // Asked every few seconds by orchestrators, Prometheus, workers, every replica and every instance: they would push every real trace out
    // of sight.
    private static bool IsWorthATrace(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/health")
        && !context.Request.Path.StartsWithSegments("/metrics")
        && !context.Request.Path.StartsWithSegments("/grpc.health.v1.Health")
        && !context.Request.Path.StartsWithSegments("/cdaprod.mesh.v1.Log")
        && context.Request.Path.Value?.EndsWith("/heartbeat", StringComparison.OrdinalIgnoreCase) != true
        // The worker's probes, whose path an application chooses.
        && !context.Request.Headers.UserAgent.Contains("cdaprod-mesh-probe");
}
