using System.Diagnostics;
using Mesh.Bench.Running;

namespace Mesh.Bench.Registrations;

/// <summary>A closed load: so many callers, each calling again as soon as it has its answer.</summary>
internal static class ClosedLoad
{
    /// <summary>What a load came to.</summary>
    /// <param name="PerSecond">Answered calls a second.</param>
    /// <param name="P50Ms">Half of them took no longer.</param>
    /// <param name="P99Ms">99 of 100 took no longer.</param>
    /// <param name="Calls">Calls that were measured.</param>
    public sealed record Result(double PerSecond, double P50Ms, double P99Ms, long Calls);

    /// <summary>Warms up, then measures.</summary>
    /// <param name="callers">How many at once.</param>
    /// <param name="warmUp">Of server and driver: a young .NET process runs code that is not optimised yet.</param>
    /// <param name="duration">Of the measurement.</param>
    /// <param name="begin">Called when the measurement begins.</param>
    /// <param name="call">One call; gets the caller's number and a number that is unique in the run.</param>
    public static async Task<Result> RunAsync(int callers, TimeSpan warmUp, TimeSpan duration, Action begin, Func<int, long, Task> call)
    {
        var (next, started) = (0L, Stopwatch.StartNew());
        var (from, until) = (warmUp, warmUp + duration);
        var begun = BeginAsync(warmUp, begin);
        var latencies = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var own = new List<double>(100_000);
            while (true)
            {
                var start = started.Elapsed;
                if (start > until) return own;
                await call(caller, Interlocked.Increment(ref next)).ConfigureAwait(false);
                var end = started.Elapsed;
                if (end > from && end <= until) own.Add((end - start).TotalMilliseconds);
            }
        })));
        await begun;
        var measured = latencies.Sum(own => own.Count);
        var spread = new Percentiles(latencies.SelectMany(own => own));
        return new Result(measured / duration.TotalSeconds, spread.At(50), spread.At(99), measured);
    }

    private static async Task BeginAsync(TimeSpan warmUp, Action begin)
    {
        await Task.Delay(warmUp);
        begin();
    }
}
