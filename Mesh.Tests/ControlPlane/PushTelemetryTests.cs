using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Mesh.Tests.Support;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

public class PushTelemetryTests
{
    // The instrument is the process's, and other tests' acknowledgements are measured by it too: none of theirs is of a command so old.
    private static readonly TimeSpan Age = TimeSpan.FromHours(3);

    [Theory]
    [InlineData("*", "0af7651916cd43dd8448eb211c80319c")]
    [InlineData("echo", "1bf7651916cd43dd8448eb211c80319d")]
    public async Task Compile_and_push_belong_to_the_trace_of_the_command_and_its_time_to_ack_is_measured(string upstream, string traceId)
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Cdaprod.Mesh.ControlPlane",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var seconds = new ConcurrentQueue<double>();
        using var meter = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "cdaprod.mesh.command_to_ack") self.EnableMeasurementEvents(instrument);
            },
        };
        meter.SetMeasurementEventCallback<double>((_, value, _, _) =>
        {
            if (value >= Age.TotalSeconds && value < Age.TotalSeconds * 2) seconds.Enqueue(value - Age.TotalSeconds);
        });
        meter.Start();

        await using var host = await ControlPlaneHarness.Start();
        using var client = new DeltaClient(host, "traced", upstream);
        await client.Subscribe(XdsTypes.ClusterLoadAssignment, "*");
        await client.Until(r => r.SystemVersionInfo == "0");
        host.Replica.Register("echo", "10.0.0.1", traceParent: $"00-{traceId}-b7ad6b7169203331-01", age: Age);
        await client.Until(r => r.Resources.Count == 1);

        await Eventually.True(() => !seconds.IsEmpty, TimeSpan.FromSeconds(60), "the ACK is measured");
        Assert.InRange(Assert.Single(seconds), 0, 60);
        var traced = spans.Where(s => s.TraceId.ToHexString() == traceId).ToList();
        Assert.Contains(traced, s => s.OperationName == "xds compile");
        Assert.Contains(traced, s => s.OperationName == "xds push" && (string?)s.GetTagItem("mesh.node") == "traced");
    }
}
