using Mesh.Kernel.Log;

namespace Mesh.Kernel.Replication;

/// <summary>
/// The newest entries that the replica has, by the hash that covers all of each: what a second feed brings of them need not even be
/// decoded. One thread adds, all may look.
/// </summary>
internal sealed class KnownEntries
{
    private const int Remembered = 4_096;
    private readonly Lock _lock = new();
    private readonly (long Sequence, EntryHash Hash)[] _hashes = new (long, EntryHash)[Remembered];

    /// <summary>The hash of an entry; null if it is too long ago, or not here.</summary>
    public EntryHash? HashAt(long sequence)
    {
        if (sequence < 0) return null;
        lock (_lock) return _hashes[sequence % Remembered] is var known && known.Sequence == sequence ? known.Hash : null;
    }

    /// <summary>Whether this very entry is here.</summary>
    public bool Contains(long sequence, in EntryHash hash) => HashAt(sequence) == hash;

    public void Add(long sequence, in EntryHash hash)
    {
        lock (_lock) _hashes[sequence % Remembered] = (sequence, hash);
    }

    /// <summary>The log is another one, of which one entry is known.</summary>
    public void Restart(long sequence, in EntryHash hash)
    {
        lock (_lock)
        {
            Array.Clear(_hashes);
            _hashes[sequence % Remembered] = (sequence, hash);
        }
    }
}
