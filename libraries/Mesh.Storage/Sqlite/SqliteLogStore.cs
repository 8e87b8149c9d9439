using System.Globalization;
using System.Runtime.CompilerServices;
using Mesh.Kernel.Credentials;
using Mesh.Kernel.Log;
using Mesh.Kernel.Settings;
using Mesh.Storage.Migrations;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Mesh.Storage.Sqlite;

/// <summary>
/// The log in one SQLite file (Flow step 3): WAL with <c>synchronous=FULL</c>, so that a commit is on the disk when it returns. One
/// Registry owns the file; readers use connections of their own and never wait for the writer. SQLite works synchronously: so do these
/// methods.
/// </summary>
public sealed class SqliteLogStore : ILogStore
{
    private const int ReadPage = 1_000;
    private readonly SqliteDatabase _database;
    private readonly SchemaMigrator _migrator;
    private LogIdentity _log;

    /// <summary>A store in the file at <paramref name="path"/>; migrations are logged.</summary>
    public SqliteLogStore(string path, ILogger? logger = null) : this(path, SqliteSchema.Scripts, logger)
    {
    }

    /// <summary>A store with other scripts, for tests of migrations.</summary>
    internal SqliteLogStore(string path, MigrationScripts scripts, ILogger? logger = null)
    {
        _database = new SqliteDatabase(path);
        _migrator = new SchemaMigrator(scripts, logger);
        Credentials = new SqliteCredentialStore(_database);
    }

    /// <inheritdoc/>
    public string Description => _database.Description;

    /// <inheritdoc/>
    public bool Shared => false;

    /// <summary>What lies beside the log in the same file, once it is opened.</summary>
    public ICredentialStore Credentials { get; }

    /// <inheritdoc/>
    public async ValueTask<LogPosition> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            MeshData.CreateFolder(Path.GetDirectoryName(_database.Path)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LogStoreException($"{Description}: cannot make the folder: {exception.Message}", false, exception);
        }

        await _migrator.RunAsync(new SqliteMigrations(_database), cancellationToken).ConfigureAwait(false);
        return await ReadHeadAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<LogPosition> ReadHeadAsync(CancellationToken cancellationToken) => new(_database.Read("read the head", ReadHead));

    /// <inheritdoc/>
    public IAsyncEnumerable<LogEntry> ReadAsync(long afterSequence, int limit, CancellationToken cancellationToken) =>
        SearchAsync(new LogQuery(afterSequence, limit), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogEntry> SearchAsync(LogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // By pages, each with its own connection: a slow reader must not hold the WAL open.
        var (after, before, left) = (query.AfterSequence, query.BeforeSequence, query.Limit);
        while (left > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = _database.Read("read", connection => ReadPageOf(connection, query, after, before, Math.Min(left, ReadPage)));
            foreach (var entry in page) yield return entry;
            if (page.Count < Math.Min(left, ReadPage)) yield break;
            left -= page.Count;
            if (query.Descending) before = page[^1].Sequence;
            else after = page[^1].Sequence;
            await Task.CompletedTask.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryAppendAsync(LogPosition expected, LogBatch batch, CancellationToken cancellationToken) =>
        _database.WriteAsync("append", writer => Append(writer, expected, batch), cancellationToken, commits: appended => appended);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CommandRecord>> FindCommandsAsync(IReadOnlyCollection<CommandKey> keys,
        CancellationToken cancellationToken) => new(_database.Read("read commands", connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT request_hash, first, last, answer, time FROM commands WHERE actor = $actor AND key = $key";
        var actor = command.Parameters.Add(new SqliteParameter { ParameterName = "$actor" });
        var key = command.Parameters.Add(new SqliteParameter { ParameterName = "$key" });
        var found = new List<CommandRecord>();
        foreach (var wanted in keys)
        {
            (actor.Value, key.Value) = (wanted.Actor, wanted.Key);
            using var row = command.ExecuteReader();
            if (!row.Read()) continue;
            found.Add(
                new CommandRecord(wanted, (byte[])row.GetValue(0), row.GetInt64(1), row.GetInt64(2), (byte[])row.GetValue(3),
                    new DateTimeOffset(row.GetInt64(4), TimeSpan.Zero)));
        }

        return (IReadOnlyList<CommandRecord>)found;
    }));

    /// <inheritdoc/>
    public ValueTask<int> PruneCommandsAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        _database.WriteAsync("prune commands", writer => writer.Execute("DELETE FROM commands WHERE time < $a", before.UtcTicks),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> DropStatusPayloadsAsync(string stream, long before, CancellationToken cancellationToken)
    {
        StatusStreams.Require(stream);
        return _database.WriteAsync("drop payloads", writer =>
        {
            using var select = writer.CreateCommand();
            select.CommandText = "SELECT sequence, data FROM log WHERE stream = $stream AND sequence < $before AND data IS NOT NULL";
            select.Parameters.AddWithValue("$stream", stream);
            select.Parameters.AddWithValue("$before", before);
            var rows = new List<(long Sequence, byte[] Hash)>();
            using (var row = select.ExecuteReader())
            {
                while (row.Read()) rows.Add((row.GetInt64(0), EntryHash.OfData((byte[])row.GetValue(1)).ToArray()));
            }

            foreach (var (sequence, hash) in rows)
                writer.Execute("UPDATE log SET data = NULL, data_hash = $b WHERE sequence = $a", sequence, hash);
            return rows.Count;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<StoredSnapshot?> LoadSnapshotAsync(string fingerprint, CancellationToken cancellationToken) =>
        new(_database.Read("read the snapshot", connection =>
    {
        using var command = connection.Query("SELECT epoch, sequence, hash, time, data FROM snapshots WHERE fingerprint = $a", fingerprint);
        using var row = command.ExecuteReader();
        return row.Read()
            ? new StoredSnapshot(fingerprint,
                new LogPosition(new LogIdentity(_log.LogId, row.GetInt64(0)), row.GetInt64(1), new EntryHash((byte[])row.GetValue(2)),
                new DateTimeOffset(row.GetInt64(3), TimeSpan.Zero)), (byte[])row.GetValue(4))
            : null;
    }));

    /// <inheritdoc/>
    public async ValueTask SaveSnapshotAsync(StoredSnapshot snapshot, CancellationToken cancellationToken) =>
        await _database.WriteAsync("save a snapshot", writer =>
    {
        // Saved states of other folds (an older build's) are of no more use once this build runs.
        writer.Execute("DELETE FROM snapshots");
        return writer.Execute("INSERT INTO snapshots (fingerprint, epoch, sequence, hash, time, data) VALUES ($a, $b, $c, $d, $e, $f)",
            snapshot.Fingerprint,
            snapshot.Position.Log.Epoch, snapshot.Position.Sequence, snapshot.Position.Hash.ToArray(), snapshot.Position.Time.UtcTicks,
            snapshot.Data.ToArray());
    }, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<string?> GetValueAsync(string key, CancellationToken cancellationToken) =>
        new(_database.Read("read a value", connection =>
    {
        using var command = connection.Query("SELECT value FROM kv WHERE key = $a", key);
        return command.ExecuteScalar() as string;
    }));

    /// <inheritdoc/>
    public async ValueTask SetValueAsync(string key, string? value, CancellationToken cancellationToken) =>
        await _database.WriteAsync("write a value", writer => value is null
        ? writer.Execute("DELETE FROM kv WHERE key = $a", key)
        : writer.Execute("INSERT INTO kv (key, value) VALUES ($a, $b) ON CONFLICT (key) DO UPDATE SET value = $b", key, value),
        cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<KeyValuePair<string, string>>> ListValuesAsync(string prefix, CancellationToken cancellationToken) =>
        new(_database.Read("list values", connection =>
    {
        using var command = connection.Query("SELECT key, value FROM kv WHERE substr(key, 1, length($a)) = $a ORDER BY key", prefix);
        using var row = command.ExecuteReader();
        var values = new List<KeyValuePair<string, string>>();
        while (row.Read()) values.Add(new(row.GetString(0), row.GetString(1)));
        return (IReadOnlyList<KeyValuePair<string, string>>)values;
    }));

    /// <inheritdoc/>
    public async ValueTask<LogIdentity> RaiseEpochAsync(CancellationToken cancellationToken)
    {
        await _database.WriteAsync("raise the epoch",
            writer => writer.Execute("UPDATE meta SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE key = 'epoch'"),
            cancellationToken).ConfigureAwait(false);
        return (await ReadHeadAsync(cancellationToken).ConfigureAwait(false)).Log;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private List<LogEntry> ReadPageOf(SqliteConnection connection, LogQuery query, long after, long before, int limit)
    {
        using var command = connection.CreateCommand();
        // In ASCII '0' follows '/': what is under a stream.
        command.CommandText = $"SELECT {SqliteSchema.EntryColumns} FROM log WHERE sequence > $after AND sequence < $before" +
            (query.Stream is null ? "" : " AND (stream = $stream OR (stream > $stream || '/' AND stream < $stream || '0'))") +
            (query.Type is null ? "" : " AND type = $type") +
            $" ORDER BY sequence {(query.Descending ? "DESC" : "ASC")} LIMIT $limit";
        command.Parameters.AddWithValue("$after", after);
        command.Parameters.AddWithValue("$before", before);
        command.Parameters.AddWithValue("$limit", limit);
        if (query.Stream is not null) command.Parameters.AddWithValue("$stream", query.Stream);
        if (query.Type is not null) command.Parameters.AddWithValue("$type", query.Type);
        using var rows = command.ExecuteReader();
        var row = new SqliteRow(rows.Handle!, _log.LogId);
        var page = new List<LogEntry>(limit);
        while (rows.Read()) page.Add(row.Read());
        return page;
    }

    private bool Append(SqliteConnection writer, LogPosition expected, LogBatch batch)
    {
        var head = ReadHead(writer);
        if (head.Log != expected.Log || head.Sequence != expected.Sequence || head.Hash != expected.Hash) return false;
        var insert = _database.Insert;
        foreach (var entry in batch.Entries) insert.Run(entry);
        foreach (var command in batch.Commands)
        {
            writer.Execute("INSERT INTO commands (actor, key, request_hash, first, last, answer, time) VALUES ($a, $b, $c, $d, $e, $f, $g)",
                command.Key.Actor, command.Key.Key,
                command.RequestHash.ToArray(), command.FirstSequence, command.LastSequence, command.Answer.ToArray(),
                command.Time.UtcTicks);
        }

        return true;
    }

    private LogPosition ReadHead(SqliteConnection connection)
    {
        using var meta = connection.Query(
            "SELECT (SELECT value FROM meta WHERE key = 'log_id'), (SELECT value FROM meta WHERE key = 'epoch')");
        using (var row = meta.ExecuteReader())
        {
            row.Read();
            _log = new LogIdentity(Guid.Parse(row.GetString(0)), long.Parse(row.GetString(1), CultureInfo.InvariantCulture));
        }

        using var last = connection.Query("SELECT sequence, hash, time FROM log ORDER BY sequence DESC LIMIT 1");
        using var head = last.ExecuteReader();
        return head.Read()
            ? new LogPosition(_log, head.GetInt64(0), new EntryHash((byte[])head.GetValue(1)),
                new DateTimeOffset(head.GetInt64(2), TimeSpan.Zero))
            : LogPosition.Start(_log);
    }
}
