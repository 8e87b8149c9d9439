using System.Collections.Concurrent;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// Things made once and shared by all streams. What keys there are is for clients to say, so it begins again when it is full. Its size is
/// counted beside the dictionary, whose own count takes all its locks.
/// </summary>
internal sealed class BoundedCache<TKey, TValue>(int kept) where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, TValue> _all = new();
    private int _count;

    /// <summary>What is kept under a key, or else what <paramref name="make"/> makes of it.</summary>
    public TValue GetOrAdd<TContext>(TKey key, Func<TKey, TContext, TValue> make, TContext context)
    {
        if (_all.TryGetValue(key, out var known)) return known;
        var made = make(key, context);
        if (!_all.TryAdd(key, made) || Interlocked.Increment(ref _count) <= kept) return made;
        Interlocked.Exchange(ref _count, 0);
        _all.Clear();
        return made;
    }
}
