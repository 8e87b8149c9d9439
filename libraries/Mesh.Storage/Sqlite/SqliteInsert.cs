using System.Text;
using Mesh.Kernel.Log;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Mesh.Storage.Sqlite;

/// <summary>
/// The insert of entries, prepared once for a connection and bound straight into SQLite's memory: parameter objects would box and copy
/// every value of every entry.
/// </summary>
internal sealed class SqliteInsert : IDisposable
{
    private const string Text =
        $"INSERT INTO log ({SqliteSchema.EntryColumns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, NULL, "
            + "?16)";
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqliteInsert(SqliteConnection connection)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(_database, Text, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    /// <summary>Inserts in the connection's open transaction.</summary>
    /// <exception cref="SqliteException">SQLite refused; the transaction is then to be rolled back.</exception>
    public void Run(LogEntry entry)
    {
        Number(1, entry.Sequence);
        Number(2, entry.Log.Epoch);
        Words(3, entry.Stream);
        Number(4, entry.StreamVersion);
        Id(5, entry.EventId);
        Words(6, entry.Type);
        Number(7, entry.Time.UtcTicks);
        Words(8, entry.Actor);
        Id(9, entry.CommandId);
        Number(10, entry.Index);
        Number(11, entry.Count);
        if (entry.CausationId is { } cause) Id(12, cause);
        else Nothing(12);
        Number(13, entry.Depth);
        if (entry.TraceParent is { } trace) Words(14, trace);
        else Nothing(14);
        Check(raw.sqlite3_bind_blob(_statement, 15, entry.Data.Span));
        Span<byte> hash = stackalloc byte[EntryHash.Size];
        entry.Hash.CopyTo(hash);
        Check(raw.sqlite3_bind_blob(_statement, 16, hash));

        var result = raw.sqlite3_step(_statement);
        // A reset repeats the step's failure: told once is enough.
        _ = raw.sqlite3_reset(_statement);
        if (result != raw.SQLITE_DONE) Check(result);
    }

    public void Dispose() => _statement.Dispose();

    private void Number(int index, long value) => Check(raw.sqlite3_bind_int64(_statement, index, value));

    private void Nothing(int index) => Check(raw.sqlite3_bind_null(_statement, index));

    private void Id(int index, Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes);
        Check(raw.sqlite3_bind_blob(_statement, index, bytes));
    }

    private void Words(int index, string value)
    {
        // An empty span would be bound as null.
        if (value.Length == 0)
        {
            Check(raw.sqlite3_bind_text(_statement, index, ""));
            return;
        }

        Span<byte> utf8 = value.Length <= 170 ? stackalloc byte[512] : new byte[Encoding.UTF8.GetMaxByteCount(value.Length)];
        Check(raw.sqlite3_bind_text(_statement, index, utf8[..Encoding.UTF8.GetBytes(value, utf8)]));
    }

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _database);
}
