using System.Collections.Concurrent;
using System.Diagnostics;
using Mesh.Kernel.Commands;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Messaging.Kafka;
using Mesh.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Kernel.Replication;

public class FeedTraceTests
{
    [Fact]
    public async Task One_trace_runs_from_the_command_through_Kafka_into_the_replica()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Cdaprod.Mesh.Kernel",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using var registry = new RegistryHarness(folder.Path, kafka.BootstrapServers);
        await registry.StartAsync();
        await using var replica = new ReplicaHost(registry.Address, kafka.BootstrapServers, "kafka");
        await replica.StartAsync();
        await replica.Live();

        var trace = ActivityTraceId.CreateRandom();
        var outcome = await registry.Services.GetRequiredService<ICommandBus>().SendAsync(
            new CommandEnvelope { Command = new SetCounters(("a", 1)), TraceParent = $"00-{trace}-00f067aa0ba902b7-01" },
            TestContext.Current.CancellationToken);
        await replica.Replica.WaitForAsync(outcome.Sequence, TestContext.Current.CancellationToken);
        foreach (var name in (string[])["kafka publish", "replica apply"])
        {
            await Eventually.True(
                () => spans.Any(
                    span => span.OperationName == name && (span.TraceId == trace || span.Links.Any(link => link.Context.TraceId == trace))),
                ReplicaHarness.Deadline, $"a span '{name}' is in the trace");
        }
    }
}
