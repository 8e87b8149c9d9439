namespace Mesh.Kernel.Log;

/// <summary>A point in one log: everything up to and including <see cref="Sequence"/>, with the hash that proves it.</summary>
/// <param name="Log">The log and its epoch.</param>
/// <param name="Sequence">0 before the first entry; gapless.</param>
/// <param name="Hash">Chain hash of the entry at <paramref name="Sequence"/>; <see cref="EntryHash.Zero"/> at 0.</param>
/// <param name="Time">Time of that entry; <see cref="DateTimeOffset.MinValue"/> at 0.</param>
public sealed record LogPosition(LogIdentity Log, long Sequence, EntryHash Hash, DateTimeOffset Time)
{
    /// <summary>The position before the first entry of <paramref name="log"/>.</summary>
    public static LogPosition Start(LogIdentity log) => new(log, 0, EntryHash.Zero, DateTimeOffset.MinValue);

    /// <summary>The position right after <paramref name="entry"/>.</summary>
    public static LogPosition After(LogEntry entry) => new(entry.Log, entry.Sequence, entry.Hash, entry.Time);
}
