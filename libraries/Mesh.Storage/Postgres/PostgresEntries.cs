using Mesh.Kernel.Log;
using Npgsql;

namespace Mesh.Storage.Postgres;

/// <summary>Rows to entries, and a batch to the arrays of the append.</summary>
internal static class PostgresEntries
{
    public static LogEntry Read(NpgsqlDataReader row, Guid logId)
    {
        var data = row.IsDBNull(14) ? ReadOnlyMemory<byte>.Empty : row.GetFieldValue<byte[]>(14);
        return new LogEntry
        {
            Log = new LogIdentity(logId, row.GetInt64(1)),
            Sequence = row.GetInt64(0),
            Stream = row.GetString(2),
            StreamVersion = row.GetInt64(3),
            EventId = row.GetGuid(4),
            Type = row.GetString(5),
            Time = new DateTimeOffset(row.GetInt64(6), TimeSpan.Zero),
            Actor = row.GetString(7),
            CommandId = row.GetGuid(8),
            Index = row.GetInt32(9),
            Count = row.GetInt32(10),
            CausationId = row.IsDBNull(11) ? null : row.GetGuid(11),
            Depth = row.GetInt32(12),
            TraceParent = row.IsDBNull(13) ? null : row.GetString(13),
            Data = data,
            DataHash = row.IsDBNull(15) ? EntryHash.OfData(data.Span) : new EntryHash(row.GetFieldValue<byte[]>(15)),
            Hash = new EntryHash(row.GetFieldValue<byte[]>(16)),
        };
    }

    public static LogPosition ReadHead(NpgsqlDataReader row)
    {
        var log = new LogIdentity(row.GetGuid(0), row.GetInt64(1));
        return row.GetInt64(2) == 0
            ? LogPosition.Start(log)
            : new LogPosition(log, row.GetInt64(2), new EntryHash(row.GetFieldValue<byte[]>(3)),
                new DateTimeOffset(row.GetInt64(4), TimeSpan.Zero));
    }

    /// <summary>The parameters of <see cref="PostgresSchema.Append"/>, in order.</summary>
    public static void Bind(NpgsqlParameterCollection parameters, LogPosition expected, long fence, LogBatch batch)
    {
        var entries = batch.Entries;
        var commands = batch.Commands;
        Set(parameters, 0, expected.Sequence + entries.Count);
        Set(parameters, 1, (entries.Count == 0 ? expected.Hash : entries[^1].Hash).ToArray());
        Set(parameters, 2, (entries.Count == 0 ? expected.Time : entries[^1].Time).UtcTicks);
        Set(parameters, 3, expected.Log.LogId);
        Set(parameters, 4, expected.Log.Epoch);
        Set(parameters, 5, expected.Sequence);
        Set(parameters, 6, expected.Hash.ToArray());
        Set(parameters, 7, fence);
        Set(parameters, 8, Column(entries, entry => entry.Sequence));
        Set(parameters, 9, Column(entries, entry => entry.Stream));
        Set(parameters, 10, Column(entries, entry => entry.StreamVersion));
        Set(parameters, 11, Column(entries, entry => entry.EventId));
        Set(parameters, 12, Column(entries, entry => entry.Type));
        Set(parameters, 13, Column(entries, entry => entry.Time.UtcTicks));
        Set(parameters, 14, Column(entries, entry => entry.Actor));
        Set(parameters, 15, Column(entries, entry => entry.CommandId));
        Set(parameters, 16, Column(entries, entry => entry.Index));
        Set(parameters, 17, Column(entries, entry => entry.Count));
        Set(parameters, 18, Column(entries, entry => entry.CausationId));
        Set(parameters, 19, Column(entries, entry => entry.Depth));
        Set(parameters, 20, Column(entries, entry => entry.TraceParent));
        Set(parameters, 21, Column(entries, entry => entry.Data.ToArray()));
        Set(parameters, 22, Column(entries, entry => entry.Hash.ToArray()));
        Set(parameters, 23, Column(commands, command => command.Key.Actor));
        Set(parameters, 24, Column(commands, command => command.Key.Key));
        Set(parameters, 25, Column(commands, command => command.RequestHash.ToArray()));
        Set(parameters, 26, Column(commands, command => command.FirstSequence));
        Set(parameters, 27, Column(commands, command => command.LastSequence));
        Set(parameters, 28, Column(commands, command => command.Answer.ToArray()));
        Set(parameters, 29, Column(commands, command => command.Time.UtcTicks));
    }

    private static void Set<T>(NpgsqlParameterCollection parameters, int index, T value)
    {
        // Made once and then given new values, so that the statement stays prepared.
        if (index == parameters.Count) parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        else ((NpgsqlParameter<T>)parameters[index]).TypedValue = value;
    }

    private static T[] Column<TRow, T>(IReadOnlyList<TRow> rows, Func<TRow, T> value)
    {
        var column = new T[rows.Count];
        for (var i = 0; i < column.Length; i++) column[i] = value(rows[i]);
        return column;
    }
}
