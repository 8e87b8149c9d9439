using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Kernel.Reconciling.Support;

/// <summary>A clock by hand that tells how long each timer was set for, so that no test has to find that out by moving it.</summary>
public sealed class SeenTimers(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly ConcurrentQueue<TimeSpan> _timers = new();

    public IReadOnlyCollection<TimeSpan> Timers => _timers;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Enqueue(dueTime);
        return timer;
    }
}
