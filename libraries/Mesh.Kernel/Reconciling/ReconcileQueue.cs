using Mesh.Contracts.Waiting;

namespace Mesh.Kernel.Reconciling;

/// <summary>
/// Level-triggered queue: a key stands in it once, however often it is added; a key that is added while it is worked on is given out
/// again afterwards, never to two at a time. Bounded: a key that finds no room is dropped and
/// <see cref="OverflowAsync"/> says so, whereupon the owner of the queue adds all keys again as there is room.
/// </summary>
public sealed class ReconcileQueue(int capacity, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly HashSet<ReconcileKey> _waiting = [];
    private readonly HashSet<ReconcileKey> _taken = [];
    private readonly HashSet<ReconcileKey> _again = [];
    private readonly Queue<ReconcileKey> _ready = [];
    private readonly Dictionary<ReconcileKey, DateTimeOffset> _due = [];
    private readonly PriorityQueue<ReconcileKey, DateTimeOffset> _later = new();
    private readonly Signal _signal = new();
    private readonly Signal _room = new();
    private readonly Signal _overflow = new();
    private bool _overflowed;

    /// <summary>Keys that wait, now or for their time, or are worked on.</summary>
    public int Length
    {
        get { lock (_lock) return _waiting.Count + _due.Count + _taken.Count; }
    }

    /// <summary>Moments kept for later, outdated ones included: a small multiple of the keys that wait for theirs.</summary>
    public int Moments
    {
        get { lock (_lock) return _later.Count; }
    }

    /// <summary>Whether nothing waits and nothing is worked on, keys for later aside.</summary>
    public bool Idle
    {
        get { lock (_lock) return _waiting.Count + _taken.Count == 0; }
    }

    /// <summary>Adds a key now; one that waits for its time comes at once.</summary>
    public void Add(ReconcileKey key)
    {
        lock (_lock)
        {
            _due.Remove(key);
            MakeReady(key);
        }
    }

    /// <summary>Adds a key after a while, unless it waits for an earlier moment already.</summary>
    public void AddAfter(ReconcileKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }

        lock (_lock)
        {
            var due = time.GetUtcNow() + delay;
            if (_waiting.Contains(key) || (_due.TryGetValue(key, out var known) && known <= due)) return;
            if (!HasRoom(key)) return;
            _due[key] = due;
            _later.Enqueue(key, due);
            if (_later.Count > 2 * _due.Count + 64) Compact();
            _signal.Set();
        }
    }

    /// <summary>Waits for a key and hands it out; <see cref="Done"/> must follow.</summary>
    public async ValueTask<ReconcileKey> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task signal;
            TimeSpan? wait;
            lock (_lock)
            {
                wait = MoveDue();
                if (_ready.TryDequeue(out var key))
                {
                    _waiting.Remove(key);
                    _taken.Add(key);
                    _room.Set();
                    return key;
                }

                signal = _signal.Next;
            }

            await signal.OrAfterAsync(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The key is worked on no longer; if it was added meanwhile it waits again.</summary>
    public void Done(ReconcileKey key)
    {
        lock (_lock)
        {
            _taken.Remove(key);
            if (_again.Remove(key)) MakeReady(key);
        }
    }

    /// <summary>Adds a key now, waiting until there is room for it.</summary>
    public async ValueTask AddAsync(ReconcileKey key, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            lock (_lock)
            {
                if (_waiting.Count + _due.Count < capacity || _due.ContainsKey(key) || _waiting.Contains(key) || _taken.Contains(key))
                {
                    _due.Remove(key);
                    MakeReady(key);
                    return;
                }

                room = _room.Next;
            }

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Completes once keys have been dropped for want of room since it last did.</summary>
    public async ValueTask OverflowAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task overflow;
            lock (_lock)
            {
                if (_overflowed)
                {
                    _overflowed = false;
                    return;
                }

                overflow = _overflow.Next;
            }

            await overflow.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // What has come due is made ready; answers how long until the next.
    private TimeSpan? MoveDue()
    {
        var now = time.GetUtcNow();
        while (_later.TryPeek(out var key, out var due))
        {
            var current = _due.TryGetValue(key, out var known) && known == due;
            if (current && due > now) return due - now;
            _later.Dequeue();
            if (!current) continue;
            _due.Remove(key);
            MakeReady(key);
        }

        return null;
    }

    // A key that came early leaves its old moment behind.
    private void Compact()
    {
        _later.Clear();
        _later.EnqueueRange(_due.Select(pair => (pair.Key, pair.Value)));
    }

    private void MakeReady(ReconcileKey key)
    {
        if (_taken.Contains(key))
        {
            _again.Add(key);
            return;
        }

        if (_waiting.Contains(key) || !HasRoom(key)) return;
        _waiting.Add(key);
        _ready.Enqueue(key);
        _signal.Set();
    }

    private bool HasRoom(ReconcileKey key)
    {
        if (_waiting.Count + _due.Count < capacity || _due.ContainsKey(key)) return true;
        if (!_overflowed) _overflow.Set();
        _overflowed = true;
        return false;
    }
}
