namespace Mesh.DataPlane.Resilience;

/// <summary>What a request has run into.</summary>
public enum Overflow
{
    /// <summary>Nothing: it is in.</summary>
    None,

    /// <summary>As many requests as may are in progress.</summary>
    Requests,

    /// <summary>As many requests as may are waiting for a connection.</summary>
    Pending,
}

/// <summary>
/// Lets as many requests at a time into a cluster as its circuit breakers allow. Over HTTP/1.1 those that find all connections in use wait
/// in line, as many as may; the others are rejected at once.
/// </summary>
public sealed class RequestGate
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource<Overflow>> _line = new();
    private long _turnedAway;
    private int _active;

    /// <summary>Requests inside.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Requests rejected since the cluster became known.</summary>
    public long TurnedAway => Volatile.Read(ref _turnedAway);

    /// <summary>Requests waiting for a connection.</summary>
    public int Pending
    {
        get
        {
            lock (_lock)
                return _line.Count;
        }
    }

    /// <summary>Asks to be let in; <see cref="Leave"/> follows if nothing stood against it.</summary>
    /// <param name="limits">What holds now.</param>
    /// <param name="ownConnection">Whether the request needs a connection for itself (HTTP/1.1).</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public ValueTask<Overflow> EnterAsync(CircuitBreakerConfig limits, bool ownConnection, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (ownConnection && _active >= limits.MaxConnections)
                return _line.Count < limits.MaxPending ? WaitAsync(cancellationToken) : new(TurnAway(Overflow.Pending));
            if (_active >= limits.MaxRequests)
                return new(TurnAway(Overflow.Requests));
            _active++;
            return new(Overflow.None);
        }
    }

    /// <summary>The request is over: who waits longest is let in, as far as the limits allow.</summary>
    /// <param name="limits">What the request was let in by.</param>
    public void Leave(CircuitBreakerConfig limits)
    {
        lock (_lock)
        {
            _active--;
            while (_line.First is { } first && !(_active >= limits.MaxConnections))
            {
                _line.RemoveFirst();
                // Who gives up at this very moment has lost its place already.
                if (first.Value.TrySetResult(Overflow.None))
                    _active++;
            }
        }
    }

    private Overflow TurnAway(Overflow reason)
    {
        _turnedAway++;
        return reason;
    }

    private ValueTask<Overflow> WaitAsync(CancellationToken cancellationToken)
    {
        var place = _line.AddLast(new TaskCompletionSource<Overflow>(TaskCreationOptions.RunContinuationsAsynchronously));
        return new(WaitAsync(place, cancellationToken));
    }

    private async Task<Overflow> WaitAsync(LinkedListNode<TaskCompletionSource<Overflow>> place, CancellationToken cancellationToken)
    {
        var giveUp = cancellationToken.UnsafeRegister(_ => GiveUp(place, cancellationToken), null);
        await using var _ = giveUp.ConfigureAwait(false);
        return await place.Value.Task.ConfigureAwait(false);
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource<Overflow>> place, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (place.Value.TrySetCanceled(cancellationToken) && place.List is not null)
                _line.Remove(place);
        }
    }
}
