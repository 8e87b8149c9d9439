using System.Diagnostics;
using Mesh.Bench.Running;

namespace Mesh.Bench.Fleet;

/// <summary>
/// One endpoint of one service changes, and every stream is subscribed to it: from the answer to the write until the streams have written
/// their acknowledgements. One change after the other, each of another service.
/// </summary>
internal static class PushBench
{
    private const int WarmUp = 200;
    private const int Changes = 40;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var table = new Table("each stream is subscribed to", "last ACK p50 ms", "last ACK max ms", "streams p50 ms", "streams p99 ms",
            "KB sent a change", "resources a stream", "control plane CPU ms", "MB");
        foreach (var shape in FleetShape.All)
        {
            await using var fleet = await FleetUnderTest.StartAsync(cancellationToken);
            await fleet.ConnectAsync(shape, cancellationToken);
            await MeasureAsync(table, shape, fleet, cancellationToken);
        }

        table.Print();
    }

    private static async Task MeasureAsync(Table table, FleetShape shape, FleetUnderTest fleet, CancellationToken cancellationToken)
    {
        var (all, last, resources) = (new List<double>(), new List<double>(), 0);
        var (cpu, bytes, pid) = (TimeSpan.Zero, 0L, fleet.Mesh.ControlPlaneId);
        for (var i = 0; i < WarmUp + Changes; i++)
        {
            if (i == WarmUp) (cpu, bytes) = (Child.Cpu(pid), fleet.Bytes.Received);
            var acks = new Acknowledgements(FleetUnderTest.Streams);
            foreach (var stream in fleet.Open) stream.OnAcknowledged(acks.Add);
            await fleet.SetWeightAsync(FleetUnderTest.Names[i], 1, (uint)(2 + i), cancellationToken);
            var accepted = Stopwatch.GetTimestamp();
            await acks.Complete.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
            if (i < WarmUp) continue;

            // A push may overtake the answer to the write.
            var times = acks.Times.Select(time => Math.Max(0, Stopwatch.GetElapsedTime(accepted, time).TotalMilliseconds)).ToArray();
            all.AddRange(times);
            last.Add(times.Max());
            resources += acks.Resources;
        }

        var (streams, lasts) = (new Percentiles(all), new Percentiles(last));
        table.Row(shape.Name, lasts.At(50), lasts.At(100), streams.At(50), streams.At(99), (fleet.Bytes.Received - bytes) / 1e3 / Changes,
            (double)resources / Changes / FleetUnderTest.Streams,
            (Child.Cpu(pid) - cpu).TotalMilliseconds / Changes, ProcessMemory.Pss(pid));
    }

    private sealed class Acknowledgements(int expected)
    {
        private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly long[] _times = new long[expected];
        private int _taken;
        private int _noted;
        private int _resources;

        public Task Complete => _complete.Task;

        public IReadOnlyList<long> Times => _times;

        public int Resources => Volatile.Read(ref _resources);

        public void Add(int resources, long time)
        {
            Interlocked.Add(ref _resources, resources);
            var index = Interlocked.Increment(ref _taken) - 1;
            if (index < expected) _times[index] = time;
            if (Interlocked.Increment(ref _noted) == expected) _complete.TrySetResult();
        }
    }
}
