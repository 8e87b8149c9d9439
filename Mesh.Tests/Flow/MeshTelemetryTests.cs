using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Mesh.Tests.Support;
using Mesh.Tests.Support.Telemetry;

namespace Mesh.Tests.Flow;

/// <summary>What every host sends to a collector, with the settings that Aspire's app host gives to its projects.</summary>
public sealed class MeshTelemetryTests
{
    private const string Key = "secret";
    private const int RoundsOfMetrics = 30;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private static readonly string[] Hosts = ["registry", "controlplane", "worker", "gateway"], Samples = ["hello-v1", "greeter"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_registration_is_one_trace_through_all_hosts_and_an_idle_mesh_begins_none()
    {
        await using var sink = await OtlpSink.Start();
        // The collector is set as for any app host; the rest makes its clock quick, and has it record what the gateway would leave out.
        await using var mesh = await AspireMesh.StartAsync(
            builder =>
            {
                builder.WithSettings(
                    ("OTEL_BSP_SCHEDULE_DELAY", "200"), ("OTEL_BLRP_SCHEDULE_DELAY", "200"), ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
                    ("OTEL_TRACES_SAMPLER", "always_on"));
                foreach (var sample in Samples.Append("hello-v2")) builder.Host(sample).WithExplicitStart();
            },
            "--demo", $"--OTEL_EXPORTER_OTLP_ENDPOINT={sink.GrpcUrl}", "--OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
            $"--OTEL_EXPORTER_OTLP_HEADERS=x-otlp-api-key={Key}");
        await using var upstream = await Upstream.StartAsync("traced");
        var trace = ActivityTraceId.CreateRandom();
        var incarnation = await Register(mesh, upstream, trace);
        await EachHostHasSentItsLog(sink);
        await TheTraceHasSpansOfAllStages(sink, trace.ToHexString());

        // Services that register themselves and are asked for their health, over HTTP and over gRPC. One after the other: what is compiled
        // for both at once is a trace of its own, which links to theirs.
        foreach (var sample in Samples)
        {
            await mesh.StartPart(sample);
            await ASampleHasRegistered(sink, sample);
        }

        Assert.All(sink.Requests, request => Assert.Equal(Key, request.Headers["x-otlp-api-key"]));

        // Their registrations are found healthy and pushed a moment later, in the same traces. After that there is nothing but probes,
        // heartbeats and what the hosts ask one another; their metrics are the clock. What the test itself asks for is not to be recorded,
        // as reads of the command line are not.
        mesh.Http.DefaultRequestHeaders.Add("traceparent", $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00");
        await Eventually.True(async () => (await mesh.Get($"{mesh.Registry}/api/discovery/services")).GetProperty("items").EnumerateArray()
            .SelectMany(service => service.GetProperty("instances").EnumerateArray())
            .Count(instance => instance.GetProperty("health").GetString() == "passing") == 3, Deadline, "all are passing");
        sink.Clear();
        var idle = Stopwatch.StartNew();
        await Eventually.Succeeds(
            async () =>
            {
                await Renew(mesh, incarnation);
                Assert.All(Hosts.Concat(Samples),
                    host => Assert.InRange(
                        sink.Metrics.Count(metric => metric.Service == host && metric.Name == "dotnet.thread_pool.thread.count"),
                        RoundsOfMetrics, int.MaxValue));
            },
            Deadline,
            "every host has sent its metrics so many times");
        var begun = sink.Spans.GroupBy(span => span.TraceId)
            .Select(spans => string.Join(", ", spans.Select(span => $"{span.Service} {span.Name}"))).ToList();
        Assert.True(begun.Count / idle.Elapsed.TotalMinutes < 10,
            $"{begun.Count} traces in {idle.Elapsed.TotalSeconds:0.#} s:\n{string.Join('\n', begun)}");
    }

    private static async Task ASampleHasRegistered(OtlpSink sink, string sample)
    {
        var root = await Eventually.Succeeds(
            () => Task.FromResult(sink.Spans.First(span => span.Service == sample && span.Name == "register")), Deadline,
            $"{sample} has registered");
        await TheTraceHasSpansOfAllStages(sink, root.TraceId);
    }

    private static async Task EachHostHasSentItsLog(OtlpSink sink)
    {
        foreach (var host in Hosts)
        {
            var record = await Eventually.Succeeds(
                () => Task.FromResult(sink.Logs.First(log => log.Service == host && log.EventName == "Listening")), Deadline,
                $"the log of {host} arrives");
            Assert.Equal(("cdaprod-mesh", "Mesh.ServiceDefaults.Listening.ListeningReport"),
                (record.Resource["service.namespace"], record.Category));
            Assert.StartsWith("Listening on http://127.0.0.1:", record.Body);
            Assert.Equal("1500", record.Attributes["logrecord.event.id"]);
            Assert.Matches(@"^\d+\.\d+\.\d+$", record.Resource["service.version"]);
        }

        var processes = sink.Logs.Select(log => (log.Service, Id: log.Resource["service.instance.id"])).Distinct().ToList();
        Assert.Equal(Hosts.Length, processes.Count);
        Assert.Equal(Hosts.Length, processes.DistinctBy(process => process.Id).Count());
    }

    private static Task TheTraceHasSpansOfAllStages(OtlpSink sink, string trace) => Eventually.Succeeds(
        () =>
        {
            var spans = sink.Spans.Where(span => span.TraceId == trace).ToList();
            foreach (var (host, name) in (ReadOnlySpan<(string, string)>)
            [
                ("registry", "POST /api/discovery/register"), ("registry", "log append"), ("registry", "kafka publish"),
                ("controlplane", "replica apply"), ("controlplane", "xds compile"), ("controlplane", "xds push"),
                ("worker", "replica apply"),
            ])
            {
                Assert.True(spans.Exists(span => span.Service == host && span.Name == name),
                    $"{name} of {host} is missing among "
                        + $"{string.Join(", ", sink.Spans.Select(span => $"{span.Service} {span.Name} {span.TraceId[..4]}"))}");
            }

            Assert.Contains(spans,
                span => span.Name == "xds push" && span.Attributes["mesh.node"].StartsWith("gateway@", StringComparison.Ordinal));
        },
        Deadline,
        "the registration's trace has spans of registry, control plane and worker");

    private static async Task<long> Register(AspireMesh mesh, Upstream upstream, ActivityTraceId trace)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{mesh.Registry}/api/discovery/register");
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        request.Content = JsonContent.Create(new
        {
            name = "traced", instanceId = "traced-1", url = upstream.Url, protocol = "http", ttlSeconds = 60,
            healthCheck = new { kind = "http", path = "/", interval = "1s", timeout = "1s" },
        });
        using var answer = await mesh.Http.SendAsync(request, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("incarnation").GetInt64();
    }

    private static async Task Renew(AspireMesh mesh, long incarnation)
    {
        using var answer = await mesh.Http.PostAsJsonAsync($"{mesh.Registry}/api/discovery/heartbeat",
            new { name = "traced", instanceId = "traced-1", incarnation }, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }
}
