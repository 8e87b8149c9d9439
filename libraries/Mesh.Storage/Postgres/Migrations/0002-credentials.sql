-- What the certificate authority keeps. Times are ticks of 100 ns; tokens are kept as a hash, private keys encrypted. The lineage of a
-- certificate is the join token that it descends from: a revocation of a certificate is one of its lineage, and of a service has none.
CREATE TABLE authority (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton), version bigint NOT NULL, data bytea NOT NULL);
CREATE TABLE certificates (
    serial text COLLATE "C" PRIMARY KEY, identity text COLLATE "C" NOT NULL, issuer text NOT NULL, fingerprint bytea NOT NULL,
    request_hash bytea NOT NULL UNIQUE, not_before bigint NOT NULL, not_after bigint NOT NULL,
    issued_at bigint NOT NULL, requester text NOT NULL, lineage text COLLATE "C" NOT NULL);
CREATE INDEX certificates_identity ON certificates (identity, issued_at);
CREATE INDEX certificates_issued_at ON certificates (issued_at);
CREATE INDEX certificates_not_after ON certificates (not_after);
CREATE TABLE join_tokens (
    id text COLLATE "C" PRIMARY KEY, hash bytea NOT NULL, namespace text NOT NULL, service text NOT NULL, created_at bigint NOT NULL,
    created_by text NOT NULL, expires_at bigint NOT NULL, used_at bigint, revoked_at bigint);
CREATE TABLE revocations (
    subject text COLLATE "C" PRIMARY KEY, time bigint NOT NULL, actor text NOT NULL, reason text NOT NULL, lineage text COLLATE "C");
CREATE INDEX revocations_lineage ON revocations (lineage) WHERE lineage IS NOT NULL;
