using Mesh.Kernel.Log;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Mesh.Storage.Sqlite;

/// <summary>
/// One SQLite file with one connection that writes and others that read: every fault comes out as a <see cref="LogStoreException"/> that
/// says whether something may have been written.
/// </summary>
internal sealed class SqliteDatabase : IAsyncDisposable
{
    private readonly string _connectionString;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private SqliteConnection? _writer;
    private SqliteInsert? _insert;
    private bool _disposed;

    public SqliteDatabase(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = Path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            DefaultTimeout = 5,
        }.ToString();
    }

    public string Path { get; }

    public string Description => $"SQLite {Path}";

    /// <summary>The insert of entries, for use within <see cref="WriteAsync"/>.</summary>
    public SqliteInsert Insert => _insert ??= new SqliteInsert(Writer());

    /// <summary>Reads on a connection of its own, without waiting for a writer.</summary>
    public T Read<T>(string what, Func<SqliteConnection, T> read) => Guarded(what, false, () =>
    {
        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return read(connection);
    });

    /// <summary>Writes in one durable transaction; one at a time.</summary>
    /// <param name="what">For messages: "cannot …".</param>
    /// <param name="write">Does it.</param>
    /// <param name="cancellationToken">Ends the waiting for the turn; a transaction that has begun is ended either way.</param>
    /// <param name="commits">Whether a result is to be kept; all are if unset.</param>
    /// <exception cref="LogStoreException">It failed; only a failed commit leaves the outcome unknown.</exception>
    public async ValueTask<T> WriteAsync<T>(string what, Func<SqliteConnection, T> write, CancellationToken cancellationToken,
        Func<T, bool>? commits = null)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var writer = Guarded("open", false, Writer);
            using var transaction = Guarded("begin", false, () => writer.BeginTransaction(deferred: false));
            var result = Guarded(what, false, () => write(writer));
            if (commits is null || commits(result)) Guarded("commit", true, () => Commit(transaction));
            return result;
        }
        catch (LogStoreException)
        {
            DropWriter();
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        await _writing.WaitAsync().ConfigureAwait(false);
        _disposed = true;
        DropWriter();
        SqliteConnection.ClearPool(new SqliteConnection(_connectionString));
        _writing.Dispose();
    }

    private static bool Commit(SqliteTransaction transaction)
    {
        transaction.Commit();
        return true;
    }

    private SqliteConnection Writer()
    {
        if (_writer is not null) return _writer;
        var connection = new SqliteConnection(_connectionString + ";Pooling=False");
        try
        {
            connection.Open();
            connection.Execute(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 4000; "
                    + "PRAGMA cache_size = -16000;");
        }
        catch
        {
            connection.Dispose();
            throw;
        }

        return _writer = connection;
    }

    private void DropWriter()
    {
        _insert?.Dispose();
        _writer?.Dispose();
        (_insert, _writer) = (null, null);
    }

    private T Guarded<T>(string what, bool outcomeUnknown, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException damage) when (damage.SqliteErrorCode is raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT)
        {
            throw new UnusableLogException(
                $"{Description}: cannot {what}: {damage.Message} The file is not a log of the mesh, or was damaged. " +
                "Restore a copy of it (docs/operations.md says how), or move it away to begin with an empty log.", outcomeUnknown, damage);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new LogStoreException($"{Description}: cannot {what}: {exception.Message}", outcomeUnknown, exception);
        }
    }
}
