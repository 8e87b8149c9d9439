using System.Runtime.CompilerServices;
using Mesh.Kernel.Credentials;
using Mesh.Kernel.Log;
using Mesh.Storage.Migrations;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Mesh.Storage.Postgres;

/// <summary>
/// The log in PostgreSQL, shared by several Registries (Flow step 3). Every append is one statement that moves the head row if, and only
/// if, it still is where the writer believes it; the row's lock orders writers, so entries become visible in sequence and without gaps.
/// </summary>
public sealed class PostgresLogStore : ILogStore
{
    private const int ReadPage = 1_000;
    private readonly MigrationScripts _scripts;
    private readonly ILogger? _logger;
    private readonly PostgresDatabase _database;
    private readonly PostgresAppender _appender;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private long _fence;
    private volatile bool _unsettled;

    /// <summary>
    /// A store on the database of <paramref name="connectionString"/> (Npgsql's form); its <c>Search Path</c> names the schema,
    /// <c>cdaprod_mesh</c> if unset. Migrations are logged.
    /// </summary>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    public PostgresLogStore(string connectionString, ILogger? logger = null) : this(connectionString, PostgresSchema.Scripts, logger)
    {
    }

    /// <summary>A store with other scripts, for tests of migrations.</summary>
    internal PostgresLogStore(string connectionString, MigrationScripts scripts, ILogger? logger = null)
    {
        (_scripts, _logger, _database) = (scripts, logger, new PostgresDatabase(connectionString));
        _appender = new PostgresAppender(_database.Source);
        Credentials = new PostgresCredentialStore(_database.Source, Description);
    }

    /// <inheritdoc/>
    public string Description => _database.Description;

    /// <inheritdoc/>
    public bool Shared => true;

    /// <summary>What lies beside the log in the same schema, once it is opened.</summary>
    public ICredentialStore Credentials { get; }

    /// <inheritdoc/>
    public async ValueTask<LogPosition> OpenAsync(CancellationToken cancellationToken)
    {
        await new SchemaMigrator(_scripts, _logger)
            .RunAsync(new PostgresMigrations(_database.Source, _database.Schema, Description), cancellationToken).ConfigureAwait(false);
        return await ReadHeadAsync("open", PostgresSchema.ReadHead, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<LogPosition> ReadHeadAsync(CancellationToken cancellationToken)
    {
        // After an unknown outcome the append may still be on its way: only a raised fence makes the answer final.
        if (!_unsettled)
            return await ReadHeadAsync("read the head", PostgresSchema.ReadHead, cancellationToken).ConfigureAwait(false);
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var head = await ReadHeadAsync("settle the head", PostgresSchema.FenceHead, cancellationToken).ConfigureAwait(false);
            _unsettled = false;
            return head;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<LogEntry> ReadAsync(long afterSequence, int limit, CancellationToken cancellationToken) =>
        SearchAsync(new LogQuery(afterSequence, limit), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogEntry> SearchAsync(LogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // By pages: a slow reader holds neither a session nor a snapshot of the database.
        var (after, before, left) = (query.AfterSequence, query.BeforeSequence, query.Limit);
        while (left > 0)
        {
            var limit = Math.Min(left, ReadPage);
            var page = await ReadPageAsync(query, after, before, limit, cancellationToken).ConfigureAwait(false);
            foreach (var entry in page) yield return entry;
            if (page.Count < limit) yield break;
            left -= page.Count;
            if (query.Descending) before = page[^1].Sequence;
            else after = page[^1].Sequence;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryAppendAsync(LogPosition expected, LogBatch batch, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _database.GuardedAsync("connect", false, async () =>
            {
                await _appender.ConnectAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
            if (await _database.GuardedAsync("append", true,
                () => _appender.AppendAsync(expected, _fence, batch)).ConfigureAwait(false)) return true;
            await ReadHeadAsync("read the head", PostgresSchema.ReadHead, cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (LogStoreException failure)
        {
            _unsettled |= failure.OutcomeUnknown;
            await _appender.DropAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<CommandRecord>> FindCommandsAsync(IReadOnlyCollection<CommandKey> keys,
        CancellationToken cancellationToken) =>
        await SelectAsync("read commands",
            "SELECT c.actor, c.key, request_hash, first, last, answer, time FROM commands c JOIN unnest($1::text[], $2::text[]) AS "
                + "k(actor, key) USING (actor, key)",
            row => new CommandRecord(new CommandKey(row.GetString(0), row.GetString(1)), row.GetFieldValue<byte[]>(2), row.GetInt64(3),
                row.GetInt64(4), row.GetFieldValue<byte[]>(5), new DateTimeOffset(row.GetInt64(6), TimeSpan.Zero)),
            cancellationToken, keys.Select(key => key.Actor).ToArray(), keys.Select(key => key.Key).ToArray()).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<int> PruneCommandsAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        _database.WriteAsync("prune commands", "DELETE FROM commands WHERE time < $1", cancellationToken, before.UtcTicks);

    /// <inheritdoc/>
    public ValueTask<int> DropStatusPayloadsAsync(string stream, long before, CancellationToken cancellationToken)
    {
        StatusStreams.Require(stream);
        return _database.WriteAsync("drop payloads",
            "UPDATE log SET data_hash = sha256(data), data = NULL WHERE stream = $1 AND sequence < $2 AND data IS NOT NULL",
            cancellationToken, stream, before);
    }

    /// <inheritdoc/>
    public async ValueTask<StoredSnapshot?> LoadSnapshotAsync(string fingerprint, CancellationToken cancellationToken) =>
        (await SelectAsync("read the snapshot",
            "SELECT epoch, sequence, hash, time, data, (SELECT log_id FROM head) FROM snapshots WHERE fingerprint = $1",
            row => new StoredSnapshot(fingerprint,
                new LogPosition(new LogIdentity(row.GetGuid(5), row.GetInt64(0)), row.GetInt64(1),
                    new EntryHash(row.GetFieldValue<byte[]>(2)), new DateTimeOffset(row.GetInt64(3), TimeSpan.Zero)),
                row.GetFieldValue<byte[]>(4)),
            cancellationToken, fingerprint).ConfigureAwait(false)).FirstOrDefault();

    /// <inheritdoc/>
    public async ValueTask SaveSnapshotAsync(StoredSnapshot snapshot, CancellationToken cancellationToken) => await _database.WriteAsync(
        "save a snapshot",
        """
        INSERT INTO snapshots (fingerprint, epoch, sequence, hash, time, data) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (fingerprint) DO UPDATE
        SET epoch = excluded.epoch, sequence = excluded.sequence, hash = excluded.hash, time = excluded.time, data = excluded.data
        WHERE (snapshots.epoch, snapshots.sequence) <= (excluded.epoch, excluded.sequence)
        """,
        cancellationToken,
        snapshot.Fingerprint, snapshot.Position.Log.Epoch, snapshot.Position.Sequence, snapshot.Position.Hash.ToArray(),
        snapshot.Position.Time.UtcTicks, snapshot.Data.ToArray()).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<string?> GetValueAsync(string key, CancellationToken cancellationToken) =>
        (await SelectAsync("read a value", "SELECT value FROM kv WHERE key = $1", row => row.GetString(0), cancellationToken, key)
            .ConfigureAwait(false)).FirstOrDefault();

    /// <inheritdoc/>
    public async ValueTask SetValueAsync(string key, string? value, CancellationToken cancellationToken) => _ = value is null
        ? await _database.WriteAsync("remove a value", "DELETE FROM kv WHERE key = $1", cancellationToken, key).ConfigureAwait(false)
        : await _database.WriteAsync("write a value",
            "INSERT INTO kv (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", cancellationToken, key,
            value).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<KeyValuePair<string, string>>> ListValuesAsync(string prefix,
        CancellationToken cancellationToken) =>
        await SelectAsync("list values", "SELECT key, value FROM kv WHERE starts_with(key, $1) ORDER BY key",
            row => KeyValuePair.Create(row.GetString(0), row.GetString(1)), cancellationToken, prefix).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<LogIdentity> RaiseEpochAsync(CancellationToken cancellationToken)
    {
        await _database.WriteAsync("raise the epoch", "UPDATE head SET epoch = epoch + 1", cancellationToken).ConfigureAwait(false);
        return (await ReadHeadAsync(cancellationToken).ConfigureAwait(false)).Log;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _appender.DisposeAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
        _writing.Dispose();
    }

    private ValueTask<List<T>> SelectAsync<T>(string what, string text, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken,
        params object[] values) =>
        _database.ReadAsync(what, connection => connection.SelectAsync(text, read, cancellationToken, values), cancellationToken);

    private ValueTask<List<LogEntry>> ReadPageAsync(LogQuery query, long after, long before, int limit, CancellationToken cancellationToken)
    {
        var text = $"SELECT {PostgresSchema.EntryColumns}, (SELECT log_id FROM head) FROM log WHERE sequence > $1 AND sequence < $2" +
            (query.Stream is null ? "" : " AND (stream = $4 OR (stream > $4 || '/' AND stream < $4 || '0'))") + // '0' follows '/' in ASCII
            (query.Type is null ? "" : query.Stream is null ? " AND type = $4" : " AND type = $5") +
            $" ORDER BY sequence {(query.Descending ? "DESC" : "ASC")} LIMIT $3";
        return SelectAsync("read", text, row => PostgresEntries.Read(row, row.GetGuid(17)), cancellationToken,
            [after, before, limit, .. ((object?[])[query.Stream, query.Type]).OfType<object>()]);
    }

    private async ValueTask<LogPosition> ReadHeadAsync(string what, string statement, CancellationToken cancellationToken)
    {
        var heads = await SelectAsync(what, statement, row =>
        {
            _scripts.Require(row.GetInt32(6), Description);
            return (Position: PostgresEntries.ReadHead(row), Fence: row.GetInt64(5));
        }, cancellationToken).ConfigureAwait(false);
        if (heads is not [var head, ..])
            throw new LogStoreException($"{Description}: the table head is empty; the log was damaged from outside.", false);
        Volatile.Write(ref _fence, head.Fence);
        return head.Position;
    }
}
