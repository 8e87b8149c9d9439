using System.Collections.Concurrent;
using System.Diagnostics;

namespace Mesh.Bench.Latency;

/// <summary>When each expected change came to a subscriber.</summary>
internal sealed class Arrivals
{
    private readonly ConcurrentDictionary<(string Name, uint Value), TaskCompletionSource<long>> _expected = new();

    public Task<long> ExpectAsync(string name, uint value) =>
        _expected.GetOrAdd((name, value), _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Arrived(string name, uint value)
    {
        var now = Stopwatch.GetTimestamp();
        if (_expected.TryRemove((name, value), out var waiting)) waiting.TrySetResult(now);
    }
}
