using Mesh.Storage.Migrations;

namespace Mesh.Storage.Sqlite;

/// <summary>The tables: made and changed by the scripts in <c>Migrations</c>.</summary>
internal static class SqliteSchema
{
    public static readonly MigrationScripts Scripts = MigrationScripts.Embedded("Sqlite");

    public const string EntryColumns =
        "sequence, epoch, stream, stream_version, event_id, type, time, actor, command_id, idx, cnt, causation_id, depth, trace_parent, "
            + "data, data_hash, hash";
}
