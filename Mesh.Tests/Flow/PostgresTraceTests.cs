using System.Diagnostics;
using System.Net.Http.Json;
using Mesh.Tests.Support;
using Mesh.Tests.Support.Telemetry;

namespace Mesh.Tests.Flow;

public sealed class PostgresTraceTests(PostgresServer postgres)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_log_asks_of_PostgreSQL_is_in_the_commands_trace_and_its_polls_are_in_none()
    {
        var database = await postgres.NewDatabase();
        using var folder = new TempFolder();
        await using var sink = await OtlpSink.Start();
        await using var registry = await RegistryProcess.Start(folder.Path, database,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.GrpcUrl), ("OTEL_TRACES_SAMPLER", "always_on"), ("OTEL_BSP_SCHEDULE_DELAY", "200"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "500"));
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{registry.Url}/api/discovery/register");
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        request.Content = JsonContent.Create(new { name = "stored", url = "http://127.0.0.1:9001" });
        using var answer = await http.SendAsync(request, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));

        await Eventually.Succeeds(
            () =>
            {
                var append = Assert.Single(sink.Spans, span => span.TraceId == trace && span.Name == "log append");
                Assert.Contains(sink.Spans, span => span.Source == "Npgsql" && span.TraceId == trace && span.ParentSpanId == append.SpanId);
                // The command's own span ends last, and may come with a later export.
                Assert.Contains(sink.Spans, span => span.Source == "Microsoft.AspNetCore" && span.TraceId == trace);
            },
            Deadline,
            "the statement is under the append, and the command's span has come");

        // It looks for what other registries wrote twenty times a second; ten rounds of metrics are a hundred looks.
        sink.Clear();
        await Eventually.True(
            () => sink.Metrics.Count(metric => metric.Meter == "Npgsql" && metric.Name == "db.client.operation.duration") >= 10, Deadline,
            "PostgreSQL's metrics have come ten times");
        Assert.Empty(sink.Spans);
    }
}
