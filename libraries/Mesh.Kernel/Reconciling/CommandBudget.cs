namespace Mesh.Kernel.Reconciling;

/// <summary>Counts the commands that each key has sent during the last minute.</summary>
public sealed class CommandBudget(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<ReconcileKey, Queue<DateTimeOffset>> _sent = [];

    /// <summary>One more command of this key; answers how many the last minute has seen, this one included.</summary>
    public int Count(ReconcileKey key)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (!_sent.TryGetValue(key, out var times)) _sent[key] = times = new Queue<DateTimeOffset>();
            Prune(times, now);
            times.Enqueue(now);
            return times.Count;
        }
    }

    /// <summary>
    /// How long an observer should wait before its next report: nothing for the first half of what a minute allows, then so that the
    /// rest is spread over the minute.
    /// </summary>
    public TimeSpan Pace(ReconcileKey key, int perMinute)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (!_sent.TryGetValue(key, out var times)) return TimeSpan.Zero;
            Prune(times, now);
            if (times.Count < (perMinute + 1) / 2) return TimeSpan.Zero;
            var next = times.Count >= perMinute ? times.Peek() + Window : times.Last() + Window / Math.Max(1, perMinute / 2);
            return next > now ? next - now : TimeSpan.Zero;
        }
    }

    /// <summary>Forgets keys that have been quiet for a minute, and keys whose parking has been lifted.</summary>
    public void Forget(Func<ReconcileKey, bool>? also = null)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            foreach (var (key, times) in _sent)
            {
                Prune(times, now);
                if (times.Count == 0 || also?.Invoke(key) == true) _sent.Remove(key);
            }
        }
    }

    private static void Prune(Queue<DateTimeOffset> times, DateTimeOffset now)
    {
        while (times.TryPeek(out var oldest) && now - oldest >= Window) times.Dequeue();
    }
}
