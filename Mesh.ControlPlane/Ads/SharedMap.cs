using System.Collections.Immutable;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// One stream's map by name that is mostly the same as every other stream's. It keeps what differs from an immutable map that all share, or
/// everything where too much would differ. What it holds does not depend on what it shares. Not thread-safe. Flow step 7.
/// </summary>
public sealed class SharedMap<T> where T : class
{
    private const int Few = 32;
    private const int FewOf = 16;
    private static readonly ImmutableDictionary<string, T> Nothing = ImmutableDictionary.Create<string, T>(StringComparer.Ordinal);

    // What is null here is in the shared map and not in this one.
    private Dictionary<string, T?> _own = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, T> _shared = Nothing;
    private long _edits;

    public int Count { get; private set; }

    /// <summary>How many entries this map has for itself.</summary>
    public int Own => _own.Count;

    public IEnumerable<string> Keys => Entries.Select(entry => entry.Key);

    public IEnumerable<T> Values => Entries.Select(entry => entry.Value);

    private IEnumerable<KeyValuePair<string, T>> Entries
    {
        get
        {
            foreach (var (name, own) in _own)
            {
                if (own is not null) yield return new(name, own);
            }

            foreach (var entry in _shared)
            {
                if (!_own.ContainsKey(entry.Key)) yield return entry;
            }
        }
    }

    public T? Find(string name) => _own.TryGetValue(name, out var own) ? own : Shared(name);

    public bool Contains(string name) => Find(name) is not null;

    /// <summary>Sets a name's value.</summary>
    /// <returns>Whether the name is new.</returns>
    public bool Set(string name, T value)
    {
        var shared = Shared(name);
        var isNew = (_own.TryGetValue(name, out var own) ? own : shared) is null;
        if (value.Equals(shared)) _own.Remove(name);
        else _own[name] = value;
        _edits++;
        if (isNew) Count++;
        return isNew;
    }

    /// <summary>Adds all that another map has; an empty one shares then what the other does.</summary>
    public void Add(SharedMap<T> other)
    {
        if (Count == 0) (_own, _shared, Count) = (new(other._own, StringComparer.Ordinal), other._shared, other.Count);
        else foreach (var (name, value) in other.Entries) Set(name, value);
    }

    /// <summary>Takes a name out.</summary>
    /// <returns>What it had; null where it was not there.</returns>
    public T? Remove(string name)
    {
        if (Find(name) is not { } old) return null;
        if (Shared(name) is null) _own.Remove(name);
        else _own[name] = null;
        _edits++;
        // What is empty shares nothing.
        if (--Count == 0) Clear();
        return old;
    }

    public void Clear() => (_own, _shared, _edits, Count) = (new(StringComparer.Ordinal), Nothing, 0, 0);

    /// <summary>Makes room for names to come: a map that grows step by step can end up with twice the capacity that it needs.</summary>
    public void Expect(int more) => _own.EnsureCapacity(_own.Count + more);

    /// <summary>
    /// Shares a newer map once this one keeps much for itself; nothing, where it would keep much beside that too: it would hold on to a map
    /// that hardly anybody has any more. Looked at again after some edits only, so that each costs little on average.
    /// </summary>
    public void Share(ImmutableDictionary<string, T> other)
    {
        var few = Math.Max(Few, Count / FewOf);
        if (_own.Count > few && _edits >= few)
        {
            _edits = 0;
            if (Differences(other, few) is { } differences) (_shared, _own) = (other, differences);
            else if (!_shared.IsEmpty) Part();
        }

        if (_own.Count <= few && _own.Capacity > 2 * few) _own.TrimExcess();
    }

    private void Part()
    {
        var own = new Dictionary<string, T?>(Count, StringComparer.Ordinal);
        foreach (var (name, value) in Entries) own.Add(name, value);
        (_shared, _own) = (Nothing, own);
    }

    private T? Shared(string name) => _shared.IsEmpty ? null : _shared.GetValueOrDefault(name);

    /// <summary>What this map would have to keep beside another one; null where that is more than a few.</summary>
    private Dictionary<string, T?>? Differences(ImmutableDictionary<string, T> other, int few)
    {
        if (Math.Abs(other.Count - Count) > few) return null;
        var differences = new Dictionary<string, T?>(StringComparer.Ordinal);
        var common = 0;
        foreach (var (name, value) in Entries)
        {
            var theirs = other.GetValueOrDefault(name);
            if (theirs is not null) common++;
            if (value.Equals(theirs)) continue;
            if (differences.Count == few) return null;
            differences.Add(name, value);
        }

        if (common == other.Count) return differences;
        if (other.Count - common + differences.Count > few) return null;
        foreach (var (name, _) in other)
        {
            if (!Contains(name)) differences.Add(name, null);
        }

        return differences;
    }
}
