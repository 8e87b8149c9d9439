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
    private readonly string _schema;
    private readonly MigrationScripts _scripts;
    private readonly ILogger? _logger;
    private readonly NpgsqlDataSource _source;
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
        (_scripts, _logger) = (scripts, logger);
        (var settings, _schema) = PostgresSettings.Parse(connectionString);
        Description = $"PostgreSQL {settings.Host}:{settings.Port}/{settings.Database ?? settings.Username} (schema {_schema})";
        _source = NpgsqlDataSource.Create(settings.ConnectionString);
        _appender = new PostgresAppender(_source);
        Credentials = new PostgresCredentialStore(_source, Description);
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public bool Shared => true;

    /// <summary>What lies beside the log in the same schema, once it is opened.</summary>
    public ICredentialStore Credentials { get; }

    /// <inheritdoc/>
    public async ValueTask<LogPosition> OpenAsync(CancellationToken cancellationToken)
    {
        await new SchemaMigrator(_scripts, _logger)
            .RunAsync(new PostgresMigrations(_source, _schema, Description), cancellationToken).ConfigureAwait(false);
        return await GuardedAsync("open", false, async () =>
        {
            var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using var _ = connection.ConfigureAwait(false);
            return await ReadHeadAsync(connection, PostgresSchema.ReadHead, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<LogPosition> ReadHeadAsync(CancellationToken cancellationToken)
    {
        // After an unknown outcome the append may still be on its way: only a raised fence makes the answer final.
        if (!_unsettled)
            return await ReadAsync("read the head", connection => ReadHeadAsync(connection, PostgresSchema.ReadHead, cancellationToken),
                cancellationToken).ConfigureAwait(false);
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var head = await ReadAsync("settle the head",
                connection => ReadHeadAsync(connection, PostgresSchema.FenceHead, cancellationToken),
                cancellationToken).ConfigureAwait(false);
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
            var (from, to) = (after, before);
            var page = await ReadAsync("read", connection => ReadPageAsync(connection, query, from, to, limit, cancellationToken),
                cancellationToken).ConfigureAwait(false);
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
            await GuardedAsync("connect", false, async () =>
            {
                await _appender.ConnectAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
            if (await GuardedAsync("append", true, () => _appender.AppendAsync(expected, _fence, batch)).ConfigureAwait(false)) return true;
            await ReadAsync("read the head", connection => ReadHeadAsync(connection, PostgresSchema.ReadHead, cancellationToken),
                cancellationToken).ConfigureAwait(false);
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
    public ValueTask<IReadOnlyList<CommandRecord>> FindCommandsAsync(IReadOnlyCollection<CommandKey> keys,
        CancellationToken cancellationToken) => ReadAsync("read commands", async connection =>
    {
        var command = connection.Query(
            "SELECT c.actor, c.key, request_hash, first, last, answer, time FROM commands c JOIN unnest($1::text[], $2::text[]) AS "
                + "k(actor, key) USING (actor, key)",
            keys.Select(key => key.Actor).ToArray(), keys.Select(key => key.Key).ToArray());
        await using var _ = command.ConfigureAwait(false);
        var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = row.ConfigureAwait(false);
        var found = new List<CommandRecord>();
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            found.Add(
                new CommandRecord(new CommandKey(row.GetString(0), row.GetString(1)), row.GetFieldValue<byte[]>(2), row.GetInt64(3),
                    row.GetInt64(4),
                row.GetFieldValue<byte[]>(5), new DateTimeOffset(row.GetInt64(6), TimeSpan.Zero)));
        }

        return (IReadOnlyList<CommandRecord>)found;
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> PruneCommandsAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        WriteAsync("prune commands", "DELETE FROM commands WHERE time < $1", cancellationToken, before.UtcTicks);

    /// <inheritdoc/>
    public ValueTask<int> DropStatusPayloadsAsync(string stream, long before, CancellationToken cancellationToken)
    {
        StatusStreams.Require(stream);
        return WriteAsync("drop payloads",
            "UPDATE log SET data_hash = sha256(data), data = NULL WHERE stream = $1 AND sequence < $2 AND data IS NOT NULL",
            cancellationToken, stream, before);
    }

    /// <inheritdoc/>
    public ValueTask<StoredSnapshot?> LoadSnapshotAsync(string fingerprint, CancellationToken cancellationToken) =>
        ReadAsync("read the snapshot", async connection =>
    {
        var command = connection.Query(
            "SELECT epoch, sequence, hash, time, data, (SELECT log_id FROM head) FROM snapshots WHERE fingerprint = $1", fingerprint);
        await using var _ = command.ConfigureAwait(false);
        var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = row.ConfigureAwait(false);
        if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false)) return null;
        var log = new LogIdentity(row.GetGuid(5), row.GetInt64(0));
        var position = new LogPosition(log, row.GetInt64(1), new EntryHash(row.GetFieldValue<byte[]>(2)),
            new DateTimeOffset(row.GetInt64(3), TimeSpan.Zero));
        return new StoredSnapshot(fingerprint, position, row.GetFieldValue<byte[]>(4));
    }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask SaveSnapshotAsync(StoredSnapshot snapshot, CancellationToken cancellationToken) => await WriteAsync(
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
    public ValueTask<string?> GetValueAsync(string key, CancellationToken cancellationToken) =>
        ReadAsync("read a value", async connection =>
    {
        var command = connection.Query("SELECT value FROM kv WHERE key = $1", key);
        await using var _ = command.ConfigureAwait(false);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask SetValueAsync(string key, string? value, CancellationToken cancellationToken) => _ = value is null
        ? await WriteAsync("remove a value", "DELETE FROM kv WHERE key = $1", cancellationToken, key).ConfigureAwait(false)
        : await WriteAsync("write a value",
            "INSERT INTO kv (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", cancellationToken, key,
            value).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<KeyValuePair<string, string>>> ListValuesAsync(string prefix, CancellationToken cancellationToken) =>
        ReadAsync("list values", async connection =>
    {
        var command = connection.Query("SELECT key, value FROM kv WHERE starts_with(key, $1) ORDER BY key", prefix);
        await using var _ = command.ConfigureAwait(false);
        var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = row.ConfigureAwait(false);
        var values = new List<KeyValuePair<string, string>>();
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false)) values.Add(new(row.GetString(0), row.GetString(1)));
        return (IReadOnlyList<KeyValuePair<string, string>>)values;
    }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<LogIdentity> RaiseEpochAsync(CancellationToken cancellationToken)
    {
        await WriteAsync("raise the epoch", "UPDATE head SET epoch = epoch + 1", cancellationToken).ConfigureAwait(false);
        return (await ReadHeadAsync(cancellationToken).ConfigureAwait(false)).Log;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _appender.DisposeAsync().ConfigureAwait(false);
        await _source.DisposeAsync().ConfigureAwait(false);
        _writing.Dispose();
    }

    private async ValueTask<List<LogEntry>> ReadPageAsync(NpgsqlConnection connection, LogQuery query, long after, long before, int limit,
        CancellationToken cancellationToken)
    {
        var text = $"SELECT {PostgresSchema.EntryColumns}, (SELECT log_id FROM head) FROM log WHERE sequence > $1 AND sequence < $2" +
            (query.Stream is null ? "" : " AND (stream = $4 OR (stream > $4 || '/' AND stream < $4 || '0'))") + // '0' follows '/' in ASCII
            (query.Type is null ? "" : query.Stream is null ? " AND type = $4" : " AND type = $5") +
            $" ORDER BY sequence {(query.Descending ? "DESC" : "ASC")} LIMIT $3";
        var command = connection.Query(text, [after, before, limit, .. ((object?[])[query.Stream, query.Type]).OfType<object>()]);
        await using var _ = command.ConfigureAwait(false);
        var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = row.ConfigureAwait(false);
        var page = new List<LogEntry>();
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false)) page.Add(PostgresEntries.Read(row, row.GetGuid(17)));
        return page;
    }

    private async ValueTask<LogPosition> ReadHeadAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        var command = connection.Query(statement);
        await using var _ = command.ConfigureAwait(false);
        var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = row.ConfigureAwait(false);
        if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            throw new LogStoreException($"{Description}: the table head is empty; the log was damaged from outside.", false);
        _scripts.Require(row.GetInt32(6), Description);
        Volatile.Write(ref _fence, row.GetInt64(5));
        return PostgresEntries.ReadHead(row);
    }

    /// <summary>
    /// Reads in a session of the pool; one that turns out to have died since (the server was started again) is tried once more.
    /// </summary>
    private ValueTask<T> ReadAsync<T>(string what, Func<NpgsqlConnection, ValueTask<T>> read, CancellationToken cancellationToken) =>
        GuardedAsync(what, false, async () =>
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
                await using var _ = connection.ConfigureAwait(false);
                return await read(connection).ConfigureAwait(false);
            }
            catch (Exception exception) when (attempt == 1 && PostgresFailure.IsSessionLost(exception))
            {
                _source.Clear();
            }
        }
    });

    private ValueTask<int> WriteAsync(string what, string statement, CancellationToken cancellationToken, params object[] values) =>
        GuardedAsync(what, true, async () =>
    {
        var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        return await connection.ExecuteAsync(statement, cancellationToken, values).ConfigureAwait(false);
    });

    private ValueTask<T> GuardedAsync<T>(string what, bool outcomeUnknown, Func<ValueTask<T>> action) =>
        PostgresFailure.GuardAsync(Description, what, outcomeUnknown, action);
}
