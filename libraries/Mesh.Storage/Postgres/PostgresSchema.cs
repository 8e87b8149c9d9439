
namespace Mesh.Storage.Postgres;

/// <summary>The tables, as they are made on first use in a schema of their own.</summary>
internal static class PostgresSchema
{
    /// <summary>The schema where the connection string has no <c>Search Path</c>.</summary>
    public const string DefaultName = "cdaprod_mesh";

    /// <summary>Raised with every change of the tables.</summary>
    public const int Version = 1;

    // Times are ticks of 100 ns, since timestamptz keeps only microseconds and the hash chain covers all of a time. Text is compared by its
    // bytes, so that a stream and its sub-streams are one range of the index. The one row of head is the lock that orders all appends;
    // its fence is raised to make sure that an append whose outcome was unknown can no longer happen.
    public const string Create = """
        CREATE TABLE IF NOT EXISTS head (
            singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton), schema integer NOT NULL, log_id uuid NOT NULL, epoch bigint NOT NULL,
            sequence bigint NOT NULL, hash bytea NOT NULL, time bigint NOT NULL, fence bigint NOT NULL);
        CREATE TABLE IF NOT EXISTS log (
            sequence bigint PRIMARY KEY, epoch bigint NOT NULL, stream text COLLATE "C" NOT NULL, stream_version bigint NOT NULL,
            event_id uuid NOT NULL, type text COLLATE "C" NOT NULL, time bigint NOT NULL, actor text NOT NULL, command_id uuid NOT NULL,
            idx integer NOT NULL, cnt integer NOT NULL, causation_id uuid, depth integer NOT NULL, trace_parent text,
            data bytea, data_hash bytea, hash bytea NOT NULL);
        CREATE UNIQUE INDEX IF NOT EXISTS log_stream ON log (stream, stream_version);
        CREATE TABLE IF NOT EXISTS commands (
            actor text NOT NULL, key text NOT NULL, request_hash bytea NOT NULL, first bigint NOT NULL, last bigint NOT NULL,
            answer bytea NOT NULL, time bigint NOT NULL, PRIMARY KEY (actor, key));
        CREATE INDEX IF NOT EXISTS commands_time ON commands (time);
        CREATE TABLE IF NOT EXISTS snapshots (
            fingerprint text PRIMARY KEY, epoch bigint NOT NULL, sequence bigint NOT NULL, hash bytea NOT NULL, time bigint NOT NULL,
            data bytea NOT NULL);
        CREATE TABLE IF NOT EXISTS kv (key text COLLATE "C" PRIMARY KEY, value text NOT NULL);
        INSERT INTO head (schema, log_id, epoch, sequence, hash, time, fence) VALUES ($1, $2, 1, 0, $3, 0, 0) ON CONFLICT DO NOTHING;
        """;

    public const string ReadHead = "SELECT log_id, epoch, sequence, hash, time, fence, schema FROM head";

    /// <summary>Waits for an append under way and makes those that have not begun fail their condition.</summary>
    public const string FenceHead = "UPDATE head SET fence = fence + 1 RETURNING log_id, epoch, sequence, hash, time, fence, schema";

    public const string EntryColumns =
        "sequence, epoch, stream, stream_version, event_id, type, time, actor, command_id, idx, cnt, causation_id, depth, trace_parent, data, data_hash, hash";

    // One statement, so one round trip and one transaction: the head moves, or nothing happens.
    public const string Append = """
        WITH moved AS (
            UPDATE head SET sequence = $1, hash = $2, time = $3
            WHERE log_id = $4 AND epoch = $5 AND sequence = $6 AND hash = $7 AND fence = $8 RETURNING epoch),
        entries AS (
            INSERT INTO log (sequence, stream, stream_version, event_id, type, time, actor, command_id, idx, cnt, causation_id, depth, trace_parent, data, hash, epoch)
            SELECT e.*, moved.epoch FROM moved, unnest($9::bigint[], $10::text[], $11::bigint[], $12::uuid[], $13::text[], $14::bigint[], $15::text[], $16::uuid[],
                $17::integer[], $18::integer[], $19::uuid[], $20::integer[], $21::text[], $22::bytea[], $23::bytea[]) AS e),
        outcomes AS (
            INSERT INTO commands (actor, key, request_hash, first, last, answer, time)
            SELECT c.* FROM moved, unnest($24::text[], $25::text[], $26::bytea[], $27::bigint[], $28::bigint[], $29::bytea[], $30::bigint[]) AS c)
        SELECT count(*) FROM moved
        """;
}
