using Microsoft.Data.Sqlite;

namespace Mesh.Kernel.Log.Sqlite;

/// <summary>Rows to entries and back.</summary>
internal static class SqliteEntries
{
    public static LogEntry Read(SqliteDataReader row, Guid logId)
    {
        var data = row.IsDBNull(14) ? ReadOnlyMemory<byte>.Empty : (byte[])row.GetValue(14);
        return new LogEntry
        {
            Log = new LogIdentity(logId, row.GetInt64(1)),
            Sequence = row.GetInt64(0),
            Stream = row.GetString(2),
            StreamVersion = row.GetInt64(3),
            EventId = new Guid((byte[])row.GetValue(4)),
            Type = string.Intern(row.GetString(5)),
            Time = new DateTimeOffset(row.GetInt64(6), TimeSpan.Zero),
            Actor = string.Intern(row.GetString(7)),
            CommandId = new Guid((byte[])row.GetValue(8)),
            Index = row.GetInt32(9),
            Count = row.GetInt32(10),
            CausationId = row.IsDBNull(11) ? null : new Guid((byte[])row.GetValue(11)),
            Depth = row.GetInt32(12),
            TraceParent = row.IsDBNull(13) ? null : row.GetString(13),
            Data = data,
            DataHash = row.IsDBNull(15) ? EntryHash.OfData(data.Span) : new EntryHash((byte[])row.GetValue(15)),
            Hash = new EntryHash((byte[])row.GetValue(16)),
        };
    }

    /// <summary>The insert of one entry, prepared once per connection.</summary>
    public static SqliteCommand Insert(SqliteConnection connection)
    {
        var command = connection.CreateCommand();
        command.CommandText = $"INSERT INTO log ({SqliteSchema.EntryColumns}) VALUES " +
            "($sequence, $epoch, $stream, $version, $id, $type, $time, $actor, $command, $idx, $cnt, $cause, $depth, $trace, $data, NULL, $hash)";
        foreach (var name in (string[])["$sequence", "$epoch", "$stream", "$version", "$id", "$type", "$time", "$actor", "$command", "$idx", "$cnt", "$cause",
                     "$depth", "$trace", "$data", "$hash"])
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        }

        command.Prepare();
        return command;
    }

    public static void Bind(SqliteCommand insert, LogEntry entry)
    {
        var parameters = insert.Parameters;
        parameters[0].Value = entry.Sequence;
        parameters[1].Value = entry.Log.Epoch;
        parameters[2].Value = entry.Stream;
        parameters[3].Value = entry.StreamVersion;
        parameters[4].Value = entry.EventId.ToByteArray();
        parameters[5].Value = entry.Type;
        parameters[6].Value = entry.Time.UtcTicks;
        parameters[7].Value = entry.Actor;
        parameters[8].Value = entry.CommandId.ToByteArray();
        parameters[9].Value = entry.Index;
        parameters[10].Value = entry.Count;
        parameters[11].Value = entry.CausationId is { } cause ? cause.ToByteArray() : DBNull.Value;
        parameters[12].Value = entry.Depth;
        parameters[13].Value = (object?)entry.TraceParent ?? DBNull.Value;
        parameters[14].Value = entry.Data.ToArray();
        parameters[15].Value = entry.Hash.ToArray();
    }
}
