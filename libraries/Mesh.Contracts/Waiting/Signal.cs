namespace Mesh.Contracts.Waiting;

/// <summary>
/// Wakes all that wait for a change, again and again. Whoever waits takes <see cref="Next"/> first and looks at what may have changed
/// second: a change between the two completes the task that it holds.
/// </summary>
public sealed class Signal
{
    private TaskCompletionSource _next = Create();

    /// <summary>Completes with the next <see cref="Set"/>.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>
    /// Completes what was taken from <see cref="Next"/> so far. No waiter's code runs inside, so that it may be called under a lock.
    /// </summary>
    public void Set() => Interlocked.Exchange(ref _next, Create()).SetResult();

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
