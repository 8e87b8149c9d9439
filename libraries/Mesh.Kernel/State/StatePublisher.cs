using System.Collections.Immutable;
using Mesh.Contracts.Waiting;
using Mesh.Kernel.Log;

namespace Mesh.Kernel.State;

/// <summary>Publishes states to readers: one reference write, then the waiters and subscribers are notified.</summary>
public sealed class StatePublisher(MeshState initial) : IStateSource
{
    private readonly Lock _lock = new();
    private ImmutableArray<StateSubscription> _subscribers = [];
    private volatile MeshState _current = initial;
    private readonly Signal _moved = new();

    /// <inheritdoc/>
    public MeshState Current => _current;

    /// <summary>Publishes <paramref name="state"/>; <paramref name="entries"/> are what led from the last one to it.</summary>
    /// <param name="state">Stands at the end of a whole command.</param>
    /// <param name="entries">In order.</param>
    /// <param name="reset">The state does not continue the last one.</param>
    public void Publish(MeshState state, IReadOnlyList<LogEntry> entries, bool reset = false)
    {
        lock (_lock)
        {
            _current = state;
            foreach (var subscriber in _subscribers) subscriber.Offer(state, entries, reset);
        }

        _moved.Set();
    }

    /// <inheritdoc/>
    public ValueTask<MeshState> WaitForAsync(long sequence, CancellationToken cancellationToken) =>
        WaitUntilAsync(state => state.Sequence >= sequence, cancellationToken);

    /// <summary>Waits for a published state that satisfies <paramref name="condition"/>.</summary>
    /// <exception cref="OperationCanceledException">The token ended first.</exception>
    public async ValueTask<MeshState> WaitUntilAsync(Func<MeshState, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            // The order matters: take the task first, so that a publish between the two lines is not missed.
            var moved = _moved.Next;
            var current = _current;
            if (condition(current)) return current;
            await moved.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public StateSubscription Subscribe()
    {
        lock (_lock)
        {
            var subscription = new StateSubscription(_current, Detach);
            _subscribers = _subscribers.Add(subscription);
            return subscription;
        }
    }

    private void Detach(StateSubscription subscription)
    {
        lock (_lock) _subscribers = _subscribers.Remove(subscription);
    }
}
