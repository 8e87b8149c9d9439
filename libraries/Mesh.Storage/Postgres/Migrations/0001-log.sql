-- Times are ticks of 100 ns, since timestamptz keeps only microseconds and the hash chain covers all of a time. Text is compared by its
-- bytes, so that a stream and its sub-streams are one range of the index. The one row of head is the lock that orders all appends;
-- its fence is raised to make sure that an append whose outcome was unknown can no longer happen.
CREATE TABLE head (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton), schema integer NOT NULL, log_id uuid NOT NULL, epoch bigint NOT NULL,
    sequence bigint NOT NULL, hash bytea NOT NULL, time bigint NOT NULL, fence bigint NOT NULL);
CREATE TABLE log (
    sequence bigint PRIMARY KEY, epoch bigint NOT NULL, stream text COLLATE "C" NOT NULL, stream_version bigint NOT NULL,
    event_id uuid NOT NULL, type text COLLATE "C" NOT NULL, time bigint NOT NULL, actor text NOT NULL, command_id uuid NOT NULL,
    idx integer NOT NULL, cnt integer NOT NULL, causation_id uuid, depth integer NOT NULL, trace_parent text,
    data bytea, data_hash bytea, hash bytea NOT NULL);
CREATE UNIQUE INDEX log_stream ON log (stream, stream_version);
CREATE TABLE commands (
    actor text NOT NULL, key text NOT NULL, request_hash bytea NOT NULL, first bigint NOT NULL, last bigint NOT NULL,
    answer bytea NOT NULL, time bigint NOT NULL, PRIMARY KEY (actor, key));
CREATE INDEX commands_time ON commands (time);
CREATE TABLE snapshots (
    fingerprint text PRIMARY KEY, epoch bigint NOT NULL, sequence bigint NOT NULL, hash bytea NOT NULL, time bigint NOT NULL,
    data bytea NOT NULL);
CREATE TABLE kv (key text COLLATE "C" PRIMARY KEY, value text NOT NULL);
