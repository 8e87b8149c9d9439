using Mesh.Storage.Migrations;

namespace Mesh.Storage.Postgres;

/// <summary>The tables, in a schema of their own: made and changed by the scripts in <c>Migrations</c>.</summary>
internal static class PostgresSchema
{
    /// <summary>The schema where the connection string has no <c>Search Path</c>.</summary>
    public const string DefaultName = "cdaprod_mesh";

    public static readonly MigrationScripts Scripts = MigrationScripts.Embedded("Postgres");

    public const string ReadHead = "SELECT log_id, epoch, sequence, hash, time, fence, schema FROM head";

    /// <summary>Waits for an append under way and makes those that have not begun fail their condition.</summary>
    public const string FenceHead = "UPDATE head SET fence = fence + 1 RETURNING log_id, epoch, sequence, hash, time, fence, schema";

    public const string EntryColumns =
        "sequence, epoch, stream, stream_version, event_id, type, time, actor, command_id, idx, cnt, causation_id, depth, trace_parent, "
            + "data, data_hash, hash";

    // One statement, so one round trip and one transaction: the head moves, or nothing happens.
    public const string Append = """
        WITH moved AS (
            UPDATE head SET sequence = $1, hash = $2, time = $3
            WHERE log_id = $4 AND epoch = $5 AND sequence = $6 AND hash = $7 AND fence = $8 RETURNING epoch),
        entries AS (
            INSERT INTO log (sequence, stream, stream_version, event_id, type, time, actor, command_id, idx, cnt,
                causation_id, depth, trace_parent, data, hash, epoch)
            SELECT e.*, moved.epoch FROM moved, unnest(
                $9::bigint[], $10::text[], $11::bigint[], $12::uuid[], $13::text[], $14::bigint[], $15::text[], $16::uuid[],
                $17::integer[], $18::integer[], $19::uuid[], $20::integer[], $21::text[], $22::bytea[], $23::bytea[]) AS e),
        outcomes AS (
            INSERT INTO commands (actor, key, request_hash, first, last, answer, time)
            SELECT c.* FROM moved, unnest(
                $24::text[], $25::text[], $26::bytea[], $27::bigint[], $28::bigint[], $29::bytea[], $30::bigint[]) AS c)
        SELECT count(*) FROM moved
        """;
}
