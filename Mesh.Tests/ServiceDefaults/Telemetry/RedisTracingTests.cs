using Mesh.Messaging.Connections;
using Mesh.Tests.Support;
using Mesh.Tests.Support.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Mesh.Tests.ServiceDefaults.Telemetry;

public sealed class RedisTracingTests(GarnetProgram redis) : IClassFixture<GarnetProgram>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    [InlineData(null)]
    public async Task Commands_of_a_traced_request_are_spans_where_that_is_asked_for_and_those_of_timers_never(string? disabled)
    {
        await redis.Start();
        await using var sink = await OtlpSink.Start();
        string[] settings = [$"--ConnectionStrings:redis={redis.ConnectionString}", $"--OTEL_EXPORTER_OTLP_ENDPOINT={sink.GrpcUrl}",
            "--OTEL_TRACES_SAMPLER=always_on"];
        await using (var host = await TestHost.Start(
            builder => builder.AddMeshRedis(),
            app => app.MapGet("/write",
                async (IConnectionMultiplexer connection) => $"{await connection.GetDatabase().StringSetAsync("key", "value")}"),
            disabled is null ? settings : [.. settings, $"--Aspire:StackExchange:Redis:DisableTracing={disabled}"]))
        {
            using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = host.Address };
            // The first command of a cold process may find the connection still being made, which is not a fault here.
            var database = host.App.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
            await Eventually.Succeeds(() => database.StringGetAsync("key"), TimeSpan.FromSeconds(30), "Redis answers the host");
            Assert.Equal("True", await client.GetStringAsync("/write", Cancellation));
        }

        var request = Assert.Single(sink.Spans, span => span.Name == "GET /write");
        var commands = sink.Spans.Where(span => span.Source.EndsWith("StackExchangeRedis", StringComparison.Ordinal)).ToList();
        if (disabled == "false")
            Assert.Equal((request.TraceId, request.SpanId, "SET"),
                Assert.Single(commands.Select(span => (span.TraceId, span.ParentSpanId, span.Name))));
        else
            Assert.Empty(commands);
    }
}
