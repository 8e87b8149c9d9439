using System.Collections.Concurrent;
using Mesh.Kernel.Loads;

namespace Mesh.Tests.Traffic.Delivery;

/// <summary>Windows of load in memory, on a clock of the test; as long as those in Redis.</summary>
internal sealed class MemoryLoadWindows(TimeProvider time) : ILoadWindows
{
    private readonly ConcurrentDictionary<(string Cluster, long Window), LoadWindow> _windows = new();
    private static readonly long Length = TimeSpan.FromSeconds(5).Ticks;

    private long _reads;

    public bool Away { get; set; }

    /// <summary>How often it was read of.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    public void Add(string cluster, int succeeded, int failed = 0, double meanMs = 10) => _windows.AddOrUpdate(
        (cluster, time.GetUtcNow().Ticks / Length), _ => Of(succeeded, failed, meanMs),
        (_, known) => known.Plus(Of(succeeded, failed, meanMs)));

    public ValueTask<bool> RecordAsync(IReadOnlyList<ClusterLoad> loads, CancellationToken cancellationToken)
    {
        foreach (var (cluster, load) in loads)
            _windows.AddOrUpdate((cluster, time.GetUtcNow().Ticks / Length), load, (_, known) => known.Plus(load));
        return new(!Away);
    }

    public ValueTask<LoadWindow?> ReadAsync(string cluster, DateTimeOffset since, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        return new(Away
            ? null
            : _windows.Where(one => one.Key.Cluster == cluster && one.Key.Window * Length >= since.Ticks)
                .Aggregate(LoadWindow.None, (sum, one) => sum.Plus(one.Value)));
    }

    private static LoadWindow Of(int succeeded, int failed, double meanMs) =>
        new()
        {
            Succeeded = succeeded,
            Failed = failed,
            Timed = meanMs > 0 ? succeeded + failed : 0,
            Milliseconds = (succeeded + failed) * Math.Max(0, meanMs),
        };
}
