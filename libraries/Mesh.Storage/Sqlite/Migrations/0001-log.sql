CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE log (
    sequence INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, stream TEXT NOT NULL, stream_version INTEGER NOT NULL,
    event_id BLOB NOT NULL, type TEXT NOT NULL, time INTEGER NOT NULL, actor TEXT NOT NULL, command_id BLOB NOT NULL,
    idx INTEGER NOT NULL, cnt INTEGER NOT NULL, causation_id BLOB, depth INTEGER NOT NULL, trace_parent TEXT,
    data BLOB, data_hash BLOB, hash BLOB NOT NULL);
CREATE UNIQUE INDEX log_stream ON log (stream, stream_version);
CREATE TABLE commands (
    actor TEXT NOT NULL, key TEXT NOT NULL, request_hash BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    answer BLOB NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (actor, key)) WITHOUT ROWID;
CREATE INDEX commands_time ON commands (time);
CREATE TABLE snapshots (
    fingerprint TEXT PRIMARY KEY, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, hash BLOB NOT NULL, time INTEGER NOT NULL,
    data BLOB NOT NULL);
CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
