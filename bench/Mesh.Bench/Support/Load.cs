using System.Diagnostics;

namespace Mesh.Bench.Support;

/// <summary>A closed load: so many callers, each calling again as soon as it has its answer.</summary>
internal static class Load
{
    /// <summary>What a load came to.</summary>
    /// <param name="PerSecond">Answered calls a second.</param>
    /// <param name="P50">Median latency.</param>
    /// <param name="P99">99th percentile.</param>
    /// <param name="Calls">How many were measured.</param>
    public readonly record struct Result(double PerSecond, TimeSpan P50, TimeSpan P99, long Calls);

    /// <summary>Warms up for a fifth of <paramref name="duration"/>, then measures for all of it.</summary>
    /// <param name="callers">How many at once.</param>
    /// <param name="duration">Of the measurement.</param>
    /// <param name="call">One call; gets the caller's number and a number that is unique in the run.</param>
    public static async Task<Result> RunAsync(int callers, TimeSpan duration, Func<int, long, Task> call)
    {
        var (next, from, until) = (0L, Stopwatch.GetTimestamp() + Ticks(duration / 5), Stopwatch.GetTimestamp() + Ticks(duration / 5 + duration));
        var latencies = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var own = new List<long>(100_000);
            while (true)
            {
                var start = Stopwatch.GetTimestamp();
                if (start > until) return own;
                await call(caller, Interlocked.Increment(ref next)).ConfigureAwait(false);
                var end = Stopwatch.GetTimestamp();
                if (end > from && end <= until) own.Add(end - start);
            }
        })));
        var all = latencies.SelectMany(own => own).Order().ToArray();
        return new(all.Length / duration.TotalSeconds, At(all, 0.50), At(all, 0.99), all.Length);
    }

    private static TimeSpan At(long[] sorted, double part) => sorted.Length == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(0, sorted[(int)(part * (sorted.Length - 1))]);

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
