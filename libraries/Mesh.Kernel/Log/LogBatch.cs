namespace Mesh.Kernel.Log;

/// <summary>What one group commit writes: entries in order, and the outcomes of commands that came with an Idempotency-Key.</summary>
public sealed record LogBatch(IReadOnlyList<LogEntry> Entries, IReadOnlyList<CommandRecord> Commands);

/// <summary>An Idempotency-Key within its actor.</summary>
public readonly record struct CommandKey(string Actor, string Key);

/// <summary>The kept outcome of a command that changed something (Flow step 2), replayed when its key comes again.</summary>
/// <param name="Key">Actor and Idempotency-Key.</param>
/// <param name="RequestHash">SHA-256 of the request; the same key with another request is refused.</param>
/// <param name="FirstSequence">The command's first entry.</param>
/// <param name="LastSequence">The command's last entry.</param>
/// <param name="Answer">The command's answer as JSON; empty if it has none.</param>
/// <param name="Time">When; kept for 24 hours.</param>
public sealed record CommandRecord(
    CommandKey Key, ReadOnlyMemory<byte> RequestHash, long FirstSequence, long LastSequence, ReadOnlyMemory<byte> Answer,
    DateTimeOffset Time);

/// <summary>A saved fold: see <c>StateSnapshot</c> for the format of <paramref name="Data"/>.</summary>
/// <param name="Fingerprint">Modules, event schema versions and format that made it.</param>
/// <param name="Position">How far it has come.</param>
/// <param name="Data">The state, compressed.</param>
public sealed record StoredSnapshot(string Fingerprint, LogPosition Position, ReadOnlyMemory<byte> Data);

/// <summary>What the event history asks for.</summary>
/// <param name="AfterSequence">Only entries over this.</param>
/// <param name="Limit">At most so many.</param>
/// <param name="Stream">A stream, its sub-streams included; null for all.</param>
/// <param name="Type">An event type; null for all.</param>
/// <param name="Descending">Newest first (then <paramref name="AfterSequence"/> is a lower bound still).</param>
/// <param name="BeforeSequence">Only entries under this.</param>
public sealed record LogQuery(
    long AfterSequence, int Limit, string? Stream = null, string? Type = null, bool Descending = false,
    long BeforeSequence = long.MaxValue);
