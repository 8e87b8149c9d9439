using System.Text;
using Mesh.Kernel.Log;
using SQLitePCL;

namespace Mesh.Storage.Sqlite;

/// <summary>
/// The row that a statement stands on, as an entry. Read straight from SQLite's memory: a Registry reads its whole log when it starts, and
/// a boxed copy of every column would be most of that time.
/// </summary>
internal sealed class SqliteRow(sqlite3_stmt row, Guid logId)
{
    private const int Slots = 64;
    private readonly (byte[] Utf8, string Text)[] _names = new (byte[], string)[Slots];

    public LogEntry Read()
    {
        var data = IsNull(14) ? ReadOnlyMemory<byte>.Empty : Blob(14).ToArray();
        return new LogEntry
        {
            Log = new LogIdentity(logId, Number(1)),
            Sequence = Number(0),
            Stream = Encoding.UTF8.GetString(Blob(2)),
            StreamVersion = Number(3),
            EventId = new Guid(Blob(4)),
            Type = Name(5),
            Time = new DateTimeOffset(Number(6), TimeSpan.Zero),
            Actor = Name(7),
            CommandId = new Guid(Blob(8)),
            Index = (int)Number(9),
            Count = (int)Number(10),
            CausationId = IsNull(11) ? null : new Guid(Blob(11)),
            Depth = (int)Number(12),
            TraceParent = IsNull(13) ? null : Encoding.UTF8.GetString(Blob(13)),
            Data = data,
            DataHash = IsNull(15) ? EntryHash.OfData(data.Span) : new EntryHash(Blob(15)),
            Hash = new EntryHash(Blob(16)),
        };
    }

    private bool IsNull(int column) => raw.sqlite3_column_type(row, column) == raw.SQLITE_NULL;

    private long Number(int column) => raw.sqlite3_column_int64(row, column);

    // Of a text this is its UTF-8.
    private ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(row, column);

    /// <summary>A text that comes again and again (types, actors): the string made last time, if it is still the same.</summary>
    private string Name(int column)
    {
        var utf8 = Blob(column);
        if (utf8.IsEmpty) return "";
        ref var slot = ref _names[(utf8.Length + 7 * utf8[^1] + 31 * utf8[utf8.Length / 2]) % Slots];
        if (slot.Text is null || !utf8.SequenceEqual(slot.Utf8)) slot = (utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        return slot.Text;
    }
}
