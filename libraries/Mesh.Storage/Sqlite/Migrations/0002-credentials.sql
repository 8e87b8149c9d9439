-- What the certificate authority keeps. Times are ticks of 100 ns; tokens are kept as a hash, private keys encrypted. The lineage of a
-- certificate is the join token that it descends from: a revocation of a certificate is one of its lineage, and of a service has none.
CREATE TABLE authority (singleton INTEGER PRIMARY KEY CHECK (singleton = 1), version INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE certificates (
    serial TEXT PRIMARY KEY, identity TEXT NOT NULL, issuer TEXT NOT NULL, fingerprint BLOB NOT NULL,
    request_hash BLOB NOT NULL UNIQUE, not_before INTEGER NOT NULL, not_after INTEGER NOT NULL,
    issued_at INTEGER NOT NULL, requester TEXT NOT NULL, lineage TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX certificates_identity ON certificates (identity, issued_at);
CREATE INDEX certificates_issued_at ON certificates (issued_at);
CREATE INDEX certificates_not_after ON certificates (not_after);
CREATE TABLE join_tokens (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL, namespace TEXT NOT NULL, service TEXT NOT NULL, created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER, revoked_at INTEGER) WITHOUT ROWID;
CREATE TABLE revocations (
    subject TEXT PRIMARY KEY, time INTEGER NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, lineage TEXT) WITHOUT ROWID;
CREATE INDEX revocations_lineage ON revocations (lineage) WHERE lineage IS NOT NULL;
