using System.Diagnostics.CodeAnalysis;

namespace Mesh.DataPlane;

/// <summary>
/// An immutable map from names to values whose change of one entry copies a row of references and one short bucket instead of the
/// whole table, and which is looked up by span, so that a request's path needs no substring. Flow step 9.
/// </summary>
/// <remarks>Names are compared ordinally. Buckets hold about four entries; past eight the table makes its row four times as long.</remarks>
public sealed class NameTable<T> where T : class
{
    private readonly Entry[][] _buckets;

    private NameTable(Entry[][] buckets, int count) => (_buckets, Count) = (buckets, count);

    /// <summary>The table without entries.</summary>
    public static NameTable<T> Empty { get; } = new(NewRow(16), 0);

    /// <summary>How many names the table holds.</summary>
    public int Count { get; }

    /// <summary>All values, in no particular order.</summary>
    public IEnumerable<T> Values => _buckets.SelectMany(bucket => bucket).Select(entry => entry.Value);

    /// <summary>All names, in no particular order.</summary>
    public IEnumerable<string> Names => _buckets.SelectMany(bucket => bucket).Select(entry => entry.Name);

    /// <summary>The value of a name, or null.</summary>
    public T? Find(ReadOnlySpan<char> name)
    {
        var hash = string.GetHashCode(name);
        foreach (ref readonly var entry in _buckets[hash & (_buckets.Length - 1)].AsSpan())
        {
            if (entry.Hash == hash && name.SequenceEqual(entry.Name))
                return entry.Value;
        }

        return null;
    }

    /// <inheritdoc cref="Find"/>
    public bool TryFind(ReadOnlySpan<char> name, [NotNullWhen(true)] out T? value) => (value = Find(name)) is not null;

    /// <summary>This table with one name set; this table itself if it holds that very value already.</summary>
    public NameTable<T> With(string name, T value)
    {
        var hash = string.GetHashCode(name.AsSpan());
        var index = hash & (_buckets.Length - 1);
        var bucket = _buckets[index];
        var at = IndexIn(bucket, hash, name);
        if (at >= 0 && ReferenceEquals(bucket[at].Value, value))
            return this;

        var entry = new Entry(hash, name, value);
        Entry[] changed;
        if (at >= 0)
        {
            changed = (Entry[])bucket.Clone();
            changed[at] = entry;
        }
        else
        {
            changed = [.. bucket, entry];
        }

        var table = Replace(index, changed, Count + (at >= 0 ? 0 : 1));
        return table.Count > table._buckets.Length * 8 ? table.Grow() : table;
    }

    /// <summary>This table without a name.</summary>
    public NameTable<T> Without(string name)
    {
        var hash = string.GetHashCode(name.AsSpan());
        var index = hash & (_buckets.Length - 1);
        var bucket = _buckets[index];
        var at = IndexIn(bucket, hash, name);
        return at < 0 ? this : Replace(index, [.. bucket[..at], .. bucket[(at + 1)..]], Count - 1);
    }

    private static int IndexIn(Entry[] bucket, int hash, string name)
    {
        for (var i = 0; i < bucket.Length; i++)
        {
            if (bucket[i].Hash == hash && bucket[i].Name == name)
                return i;
        }

        return -1;
    }

    private NameTable<T> Replace(int index, Entry[] bucket, int count)
    {
        var row = (Entry[][])_buckets.Clone();
        row[index] = bucket;
        return new NameTable<T>(row, count);
    }

    private NameTable<T> Grow()
    {
        var row = NewRow(_buckets.Length * 4);
        foreach (var entry in _buckets.SelectMany(bucket => bucket))
        {
            ref var bucket = ref row[entry.Hash & (row.Length - 1)];
            bucket = [.. bucket, entry];
        }

        return new NameTable<T>(row, Count);
    }

    private static Entry[][] NewRow(int length)
    {
        var row = new Entry[length][];
        Array.Fill(row, []);
        return row;
    }

    private readonly record struct Entry(int Hash, string Name, T Value);
}
