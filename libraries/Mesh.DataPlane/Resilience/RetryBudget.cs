namespace Mesh.DataPlane.Resilience;

/// <summary>
/// Keeps requests that are sent again from doubling a load that an ailing service cannot bear as it is: of the last ten seconds' requests a
/// share may be, and a few in each second in any case. Counts the requests of routes that send again, of one cluster.
/// </summary>
public sealed class RetryBudget(TimeProvider time)
{
    private const int Window = 10;
    private readonly Lock _lock = new();
    private readonly (long Second, int Requests, int Retries)[] _seconds = new (long, int, int)[Window];
    private readonly long _start = time.GetTimestamp();
    private int _underWay;

    /// <summary>A request that may be sent again has come.</summary>
    public void Begin()
    {
        lock (_lock)
            Now().Requests++;
    }

    /// <summary>Takes one out of the budget, if there is one; <see cref="End"/> follows then.</summary>
    /// <param name="budget">How many there may be in proportion.</param>
    /// <param name="most">How many there may be at once, or null for as many as come.</param>
    public bool TryTake(RetryBudgetConfig budget, int? most)
    {
        lock (_lock)
        {
            ref var now = ref Now();
            if (_underWay >= most || (now.Retries >= budget.PerSecond && !IsWithin(budget.Percent, now.Second)))
                return false;
            now.Retries++;
            _underWay++;
            return true;
        }
    }

    /// <summary>What was taken out has been sent and answered.</summary>
    public void End() => Interlocked.Decrement(ref _underWay);

    private bool IsWithin(double percent, long second)
    {
        var (requests, retries) = (0L, 0L);
        foreach (var one in _seconds)
        {
            if (one.Second <= second - Window)
                continue;
            requests += one.Requests;
            retries += one.Retries;
        }

        return retries + 1 <= requests * percent / 100;
    }

    private ref (long Second, int Requests, int Retries) Now()
    {
        // Beyond the window, so that an untouched slot is never taken for one of the last ten.
        var second = (long)time.GetElapsedTime(_start).TotalSeconds + Window + 1;
        ref var slot = ref _seconds[second % Window];
        if (slot.Second != second)
            slot = (second, 0, 0);
        return ref slot;
    }
}
