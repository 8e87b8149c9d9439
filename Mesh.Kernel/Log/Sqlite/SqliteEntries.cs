using Microsoft.Data.Sqlite;

namespace Mesh.Kernel.Log.Sqlite;

/// <summary>Entries to rows.</summary>
internal static class SqliteEntries
{
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
