using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Support.Telemetry;

/// <summary>Takes OTLP as a collector does, over gRPC and over HTTP, and keeps all of it.</summary>
internal sealed class OtlpSink : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<SentSpan> _spans = new();
    private readonly ConcurrentQueue<SentLog> _logs = new();
    private readonly ConcurrentQueue<SentMetric> _metrics = new();
    private readonly ConcurrentQueue<(string Path, IReadOnlyDictionary<string, string> Headers)> _requests = new();

    private OtlpSink(Func<HttpContext, Task>? before)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http1);
        });
        _app = builder.Build();
        _app.Run(async context =>
        {
            if (before is not null) await before(context);
            await Take(context);
        });
    }

    /// <summary>For the protocol <c>grpc</c>.</summary>
    public string GrpcUrl => _app.Urls.First();

    /// <summary>For the protocol <c>http/protobuf</c>.</summary>
    public string HttpUrl => _app.Urls.Last();

    public IReadOnlyList<SentSpan> Spans => [.. _spans];

    public IReadOnlyList<SentLog> Logs => [.. _logs];

    public IReadOnlyList<SentMetric> Metrics => [.. _metrics];

    public IReadOnlyList<(string Path, IReadOnlyDictionary<string, string> Headers)> Requests => [.. _requests];

    /// <param name="before">Runs before each request is taken, for example one that does not end.</param>
    public static async Task<OtlpSink> Start(Func<HttpContext, Task>? before = null)
    {
        var sink = new OtlpSink(before);
        await sink._app.StartAsync(TestContext.Current.CancellationToken);
        return sink;
    }

    public void Clear()
    {
        _spans.Clear();
        _logs.Clear();
        _metrics.Clear();
        _requests.Clear();
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task Take(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        _requests.Enqueue((path,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(),
                StringComparer.OrdinalIgnoreCase)));
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var isGrpc = context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true;
        // One message behind a byte (compressed or not) and its length.
        var message = isGrpc ? body.ToArray().AsSpan(5, BinaryPrimitives.ReadInt32BigEndian(body.GetBuffer().AsSpan(1))) : body.ToArray();
        switch (path)
        {
            case "/v1/traces" or "/opentelemetry.proto.collector.trace.v1.TraceService/Export":
                foreach (var span in OtlpRecords.Of(ExportTraceServiceRequest.Parser.ParseFrom(message))) _spans.Enqueue(span);
                break;
            case "/v1/logs" or "/opentelemetry.proto.collector.logs.v1.LogsService/Export":
                foreach (var log in OtlpRecords.Of(ExportLogsServiceRequest.Parser.ParseFrom(message))) _logs.Enqueue(log);
                break;
            case "/v1/metrics" or "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export":
                foreach (var metric in OtlpRecords.Of(ExportMetricsServiceRequest.Parser.ParseFrom(message))) _metrics.Enqueue(metric);
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
        }

        context.Response.ContentType = isGrpc ? "application/grpc" : "application/x-protobuf"; // an empty message has no bytes
        if (!isGrpc) return;
        await context.Response.Body.WriteAsync(new byte[5], context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
