using Mesh.Kernel.Settings;
using Mesh.ServiceDefaults.Telemetry;
using Mesh.Tests.Support;
using Mesh.Tests.Support.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Exporter;

namespace Mesh.Tests.ServiceDefaults.Telemetry;

public sealed partial class OtlpExportTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_log_record_keeps_its_message_values_scope_event_and_exception()
    {
        await using var sink = await OtlpSink.Start();
        await using var host = await TestHost.Start(arguments: [$"--OTEL_EXPORTER_OTLP_ENDPOINT={sink.GrpcUrl}"]);
        var logger = host.App.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Cdaprod.Test");
        using (logger.BeginScope(new Dictionary<string, object> { ["shelf"] = "top" }))
            Refused(logger, "echo", 7, new InvalidOperationException("no room"));

        var record = await Eventually.Succeeds(() => Task.FromResult(Assert.Single(sink.Logs, log => log.Category == "Cdaprod.Test")),
            Deadline, "the record arrives");
        Assert.Equal(("Warning", "echo was refused at 7", "Refused"), (record.Severity, record.Body, record.EventName));
        Assert.Equal("echo", record.Attributes["service"]);
        Assert.Equal("7", record.Attributes["sequence"]);
        Assert.Equal("top", record.Attributes["shelf"]);
        Assert.Equal("4711", record.Attributes["logrecord.event.id"]);
        Assert.Equal("no room", record.Attributes["exception.message"]);
        Assert.EndsWith("InvalidOperationException", record.Attributes["exception.type"]);
    }

    [Fact]
    public async Task Every_signal_says_which_process_it_comes_from()
    {
        await using var sink = await OtlpSink.Start();
        await using var host = await TestHost.Start(arguments: Everything(sink));
        foreach (var resource in await ResourcesOfAllSignals(sink, host))
        {
            Assert.Equal("test", resource["service.name"]);
            Assert.Equal("cdaprod-mesh", resource["service.namespace"]);
            Assert.Matches(@"^\d+\.\d+\.\d+$", resource["service.version"]);
            Assert.True(Guid.TryParse(resource["service.instance.id"], out _), resource["service.instance.id"]);
        }
    }

    [Fact]
    public async Task What_the_environment_says_of_the_process_comes_first()
    {
        await using var sink = await OtlpSink.Start();
        await using var host = await TestHost.Start(arguments:
        [
            .. Everything(sink), "--OTEL_SERVICE_NAME=registry-2",
            "--OTEL_RESOURCE_ATTRIBUTES=service.instance.id=abcdefgh,service.namespace=theirs,service.version=9.9,service.name=not-this,"
                + "rack=r1",
        ]);
        foreach (var resource in await ResourcesOfAllSignals(sink, host))
        {
            Assert.Equal(
                ("registry-2", "theirs", "9.9", "abcdefgh", "r1"),
                (resource["service.name"], resource["service.namespace"], resource["service.version"], resource["service.instance.id"],
                    resource["rack"]));
        }
    }

    [Theory]
    [InlineData("TRACES")]
    [InlineData("METRICS")]
    [InlineData("LOGS")]
    public async Task A_signal_with_an_endpoint_of_its_own_goes_there_alone_by_its_own_settings(string signal)
    {
        await using var sink = await OtlpSink.Start();
        var path = $"/v1/{signal.ToLowerInvariant()}";
        await using (var host = await TestHost.Start(arguments:
        [
            $"--OTEL_EXPORTER_OTLP_{signal}_ENDPOINT={sink.HttpUrl}{path}", $"--OTEL_EXPORTER_OTLP_{signal}_PROTOCOL=http/protobuf",
            "--OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
            $"--OTEL_EXPORTER_OTLP_{signal}_HEADERS=x-otlp-api-key=own", "--OTEL_EXPORTER_OTLP_HEADERS=x-otlp-api-key=all",
        ]))
        {
            await MakeAllSignals(host);
        }

        // The end of the host has sent what there was.
        Assert.NotEmpty(sink.Requests);
        Assert.All(sink.Requests, request => Assert.Equal((path, "own"), (request.Path, request.Headers["x-otlp-api-key"])));
    }

    [Fact]
    public async Task All_signals_go_over_gRPC_with_the_key_that_Aspire_gives()
    {
        await using var sink = await OtlpSink.Start();
        await using (var host = await TestHost.Start(arguments: [.. Everything(sink), "--OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
            "--OTEL_EXPORTER_OTLP_HEADERS=x-otlp-api-key=secret"]))
            await MakeAllSignals(host);
        foreach (var signal in (string[])["trace", "metrics", "logs"])
            Assert.Contains(sink.Requests,
                request => request.Path.StartsWith($"/opentelemetry.proto.collector.{signal}.v1.", StringComparison.Ordinal));
        Assert.All(sink.Requests, request => Assert.Equal("secret", request.Headers["x-otlp-api-key"]));
    }

    [Fact]
    public async Task The_same_address_serves_all_signals_over_HTTP()
    {
        await using var sink = await OtlpSink.Start();
        await using (var host = await TestHost.Start(arguments: [$"--OTEL_EXPORTER_OTLP_ENDPOINT={sink.HttpUrl}",
            "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"]))
            await MakeAllSignals(host);
        Assert.Equal(["/v1/logs", "/v1/metrics", "/v1/traces"], sink.Requests.Select(request => request.Path).Distinct().Order());
    }

    [Fact]
    public void How_long_a_collector_may_take_is_said_for_all_signals_or_for_one()
    {
        Assert.Equal(1_000, Configured("LOGS", ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000")).TimeoutMilliseconds);
        Assert.Equal(500,
            Configured("LOGS", ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000"), ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "500")).TimeoutMilliseconds);
        Assert.Equal(1_000,
            Configured("TRACES", ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000"), ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "500")).TimeoutMilliseconds);
    }

    [Fact]
    public async Task At_the_end_a_collector_that_does_not_answer_is_waited_for_once_for_all_signals()
    {
        var held = 0;
        var allHeld = new TaskCompletionSource();
        await using var sink = await OtlpSink.Start(async context =>
        {
            if (Interlocked.Increment(ref held) == 3) allHeld.SetResult();
            try
            {
                await allHeld.Task.WaitAsync(context.RequestAborted);
            }
            finally
            {
                Interlocked.Decrement(ref held);
            }
        });
        await using (var host = await TestHost.Start(arguments:
        [
            .. Everything(sink), "--OTEL_EXPORTER_OTLP_TIMEOUT=60000", "--OTEL_BSP_SCHEDULE_DELAY=600000",
            "--OTEL_BLRP_SCHEDULE_DELAY=600000", "--OTEL_METRIC_EXPORT_INTERVAL=600000",
        ]))
        {
            await MakeAllSignals(host);
        }

        Assert.True(allHeld.Task.IsCompleted, "Metrics, traces and log records were never under way together.");
        Assert.True(sink.Spans.Count > 0 && sink.Logs.Count > 0 && sink.Metrics.Count > 0);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "collector")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "0")]
    public async Task A_setting_that_cannot_be_used_stops_the_start_and_is_named(string variable, string value)
    {
        var refused = await Assert.ThrowsAsync<SettingException>(
            () => TestHost.Start(arguments: ["--OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:9", $"--{variable}={value}"]));
        Assert.Contains(variable, refused.Message);
        Assert.Contains(value, refused.Message);
    }

    [Fact]
    public async Task Probes_scrapes_and_heartbeats_begin_no_trace()
    {
        await using var sink = await OtlpSink.Start();
        int port;
        await using (var host = await TestHost.Start(arguments: [.. Everything(sink), "--OTEL_TRACES_SAMPLER=always_on"]))
        {
            port = host.Address.Port;
            using var client = Untraced(host);
            foreach (var path in (string[])["/health/live", "/health/ready", "/metrics", "/grpc.health.v1.Health/Check",
                "/cdaprod.mesh.v1.Log/GetHead", "/api/discovery/heartbeat"])
                (await client.GetAsync(path, Cancellation)).Dispose();
            using var probe = new HttpRequestMessage(HttpMethod.Get, "/version") { Headers = { { "User-Agent", "cdaprod-mesh-probe" } } };
            (await client.SendAsync(probe, Cancellation)).Dispose();
            await client.GetStringAsync("/version", Cancellation);
        }

        // The other servers of this process are recorded along.
        Assert.Equal("GET /version", Assert.Single(sink.Spans, span => span.Attributes.GetValueOrDefault("server.port") == $"{port}").Name);
    }

    private static string[] Everything(OtlpSink sink) => [$"--OTEL_EXPORTER_OTLP_ENDPOINT={sink.GrpcUrl}"];

    private static OtlpExporterOptions Configured(string signal, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value))
            .Build();
        var options = new OtlpExporterOptions();
        new OtlpSignal(configuration, signal).Configure(options);
        return options;
    }

    // No traceparent: the host's own spans cover all clients of this process, and an outgoing call out of nothing begins no trace.
    private static HttpClient Untraced(TestHost host) =>
        new(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = host.Address };

    private static async Task MakeAllSignals(TestHost host)
    {
        using var client = Untraced(host);
        await client.GetStringAsync("/version", Cancellation);
        Refused(host.App.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Cdaprod.Test"), "echo", 7, null);
    }

    private static async Task<IReadOnlyDictionary<string, string>[]> ResourcesOfAllSignals(OtlpSink sink, TestHost host)
    {
        await MakeAllSignals(host);
        await host.DisposeAsync();
        Assert.NotEmpty(sink.Spans);
        Assert.NotEmpty(sink.Metrics);
        Assert.NotEmpty(sink.Logs);
        return [.. sink.Spans.Select(span => span.Resource), .. sink.Metrics.Select(metric => metric.Resource),
            .. sink.Logs.Select(log => log.Resource)];
    }

    [LoggerMessage(4711, LogLevel.Warning, "{service} was refused at {sequence}")]
    private static partial void Refused(ILogger logger, string service, int sequence, Exception? because);
}
