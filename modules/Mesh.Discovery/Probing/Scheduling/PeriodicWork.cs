using System.Runtime.ExceptionServices;
using Mesh.Contracts.Waiting;

namespace Mesh.Discovery.Probing.Scheduling;

/// <summary>
/// Does something for each of many keys again and again, a bounded number at the same time, each key never twice at once. What hangs
/// takes one place until it is over and delays nothing else while there are places left. Work that throws ends all of it.
/// </summary>
/// <param name="work">Does it for one key and says when to do it again; null for never.</param>
/// <param name="concurrency">At the same time.</param>
/// <param name="time">Clock.</param>
public sealed class PeriodicWork<TKey>(Func<TKey, CancellationToken, Task<TimeSpan?>> work, int concurrency, TimeProvider time)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Slot> _slots = [];
    private readonly PriorityQueue<Slot, DateTimeOffset> _due = new();
    private readonly SemaphoreSlim _places = new(concurrency, concurrency);
    private readonly HashSet<Task> _running = [];
    private readonly HashSet<TKey> _busy = [];
    private readonly Dictionary<TKey, Slot> _held = [];
    private Exception? _fault;
    private readonly Signal _signal = new();

    /// <summary>Keys under way.</summary>
    public int Count
    {
        get { lock (_lock) return _slots.Count; }
    }

    /// <summary>
    /// Begins with a key after a while; one that is there already is left alone. What still runs for it from before it was stopped is
    /// waited for.
    /// </summary>
    public void Start(TKey key, TimeSpan delay)
    {
        lock (_lock)
        {
            if (_slots.ContainsKey(key)) return;
            Enqueue(_slots[key] = new Slot(key), delay);
        }
    }

    /// <summary>Ends with a key; what is running for it runs out.</summary>
    public void Stop(TKey key)
    {
        lock (_lock) _slots.Remove(key);
    }

    /// <summary>Works until cancelled, then waits for what is running.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var slot = await NextAsync(cancellationToken).ConfigureAwait(false);
                await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
                Launch(slot, cancellationToken);
            }
        }
        finally
        {
            Task[] rest;
            lock (_lock) rest = [.. _running];
            await Task.WhenAll(rest).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Launch(Slot slot, CancellationToken cancellationToken)
    {
        var task = Task.Run(() => RunOneAsync(slot, cancellationToken), CancellationToken.None);
        lock (_lock) _running.Add(task);
        _ = task.ContinueWith(
            done =>
            {
                lock (_lock)
                {
                    _running.Remove(done);
                    if (done.Exception is { } fault && _fault is null)
                    {
                        _fault = fault.GetBaseException();
                        _signal.Set();
                    }
                }
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task RunOneAsync(Slot slot, CancellationToken cancellationToken)
    {
        try
        {
            var again = await work(slot.Key, cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                if (!IsCurrent(slot)) return;
                if (again is { } delay) Enqueue(slot, delay);
                else _slots.Remove(slot.Key);
            }
        }
        finally
        {
            lock (_lock)
            {
                _busy.Remove(slot.Key);
                if (_held.Remove(slot.Key, out var next)) Enqueue(next, TimeSpan.Zero);
            }

            _places.Release();
        }
    }

    private async Task<Slot> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task signal;
            TimeSpan? wait = null;
            lock (_lock)
            {
                if (_fault is { } fault) ExceptionDispatchInfo.Throw(fault);
                var now = time.GetUtcNow();
                while (_due.TryPeek(out var slot, out var due))
                {
                    if (IsCurrent(slot) && due > now)
                    {
                        wait = due - now;
                        break;
                    }

                    _due.Dequeue();
                    if (!IsCurrent(slot)) continue;
                    if (_busy.Add(slot.Key)) return slot;
                    _held[slot.Key] = slot;
                }

                signal = _signal.Next;
            }

            await signal.OrAfterAsync(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsCurrent(Slot slot) => _slots.TryGetValue(slot.Key, out var current) && ReferenceEquals(current, slot);

    private void Enqueue(Slot slot, TimeSpan delay)
    {
        _due.Enqueue(slot, time.GetUtcNow() + (delay < TimeSpan.Zero ? TimeSpan.Zero : delay));
        _signal.Set();
    }

    private sealed class Slot(TKey key)
    {
        public TKey Key { get; } = key;
    }
}
