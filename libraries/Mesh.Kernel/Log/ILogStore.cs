namespace Mesh.Kernel.Log;

/// <summary>
/// The durable home of one log (Flow step 3): SQLite for one Registry, PostgreSQL for several. Appends are conditional on the head, so
/// that two writers can never interleave; one contract suite runs against every implementation.
/// </summary>
public interface ILogStore : IAsyncDisposable
{
    /// <summary>What the store is, for messages: <c>SQLite /path</c> or <c>PostgreSQL host/database</c>; never a password.</summary>
    string Description { get; }

    /// <summary>Whether other Registries may append to the same log: then a batch without events must confirm the head.</summary>
    bool Shared { get; }

    /// <summary>
    /// Creates the tables and the log's identity where they are missing, and migrates older tables to this program's version.
    /// </summary>
    /// <returns>The head.</returns>
    /// <exception cref="LogStoreException">
    /// The database cannot be reached, is not one of ours, has tables of a newer version, or could not be migrated.
    /// </exception>
    ValueTask<LogPosition> OpenAsync(CancellationToken cancellationToken);

    /// <summary>The head as the database has it now, for strong reads and batches without events.</summary>
    /// <exception cref="LogStoreException">The database cannot be reached.</exception>
    ValueTask<LogPosition> ReadHeadAsync(CancellationToken cancellationToken);

    /// <summary>Entries with a sequence over <paramref name="afterSequence"/>, in order.</summary>
    /// <param name="afterSequence">0 for all.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    IAsyncEnumerable<LogEntry> ReadAsync(long afterSequence, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Like <see cref="ReadAsync"/>, only of one stream and its sub-streams and/or one type (both optional), for the event history.
    /// </summary>
    IAsyncEnumerable<LogEntry> SearchAsync(LogQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// Appends <paramref name="batch"/> in one durable transaction if the head still is <paramref name="expected"/>.
    /// </summary>
    /// <returns>False, and nothing is written, if the head has moved.</returns>
    /// <exception cref="LogStoreException">The append failed, or nobody knows whether it succeeded.</exception>
    ValueTask<bool> TryAppendAsync(LogPosition expected, LogBatch batch, CancellationToken cancellationToken);

    /// <summary>The kept outcomes of commands with these keys.</summary>
    ValueTask<IReadOnlyList<CommandRecord>> FindCommandsAsync(IReadOnlyCollection<CommandKey> keys, CancellationToken cancellationToken);

    /// <summary>Forgets command outcomes older than <paramref name="before"/>; gives their number.</summary>
    ValueTask<int> PruneCommandsAsync(DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>
    /// Drops the payloads of entries of one status stream (see <see cref="StatusStreams"/>) with a sequence under
    /// <paramref name="before"/>; header and hash stay. Gives their number.
    /// </summary>
    ValueTask<int> DropStatusPayloadsAsync(string stream, long before, CancellationToken cancellationToken);

    /// <summary>The newest saved state with this fold fingerprint, or null.</summary>
    ValueTask<StoredSnapshot?> LoadSnapshotAsync(string fingerprint, CancellationToken cancellationToken);

    /// <summary>Keeps a saved state; older ones of the same fingerprint are dropped.</summary>
    ValueTask SaveSnapshotAsync(StoredSnapshot snapshot, CancellationToken cancellationToken);

    /// <summary>A small durable value, such as the relay's position; null if never set.</summary>
    ValueTask<string?> GetValueAsync(string key, CancellationToken cancellationToken);

    /// <summary>Sets a small durable value; null removes it.</summary>
    ValueTask SetValueAsync(string key, string? value, CancellationToken cancellationToken);

    /// <summary>All small values whose key starts with <paramref name="prefix"/> (dead letters use <c>dead-letter/…</c>).</summary>
    ValueTask<IReadOnlyList<KeyValuePair<string, string>>> ListValuesAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Marks the log as restored from a copy: raises the epoch by one. Only while no Registry runs on it.</summary>
    ValueTask<LogIdentity> RaiseEpochAsync(CancellationToken cancellationToken);
}
