CREATE SCHEMA cdaprod_mesh;

CREATE TABLE cdaprod_mesh.commands (
    actor text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    answer bytea NOT NULL,
    "time" bigint NOT NULL
);

CREATE TABLE cdaprod_mesh.head (
    singleton boolean DEFAULT true NOT NULL,
    schema integer NOT NULL,
    log_id uuid NOT NULL,
    epoch bigint NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    "time" bigint NOT NULL,
    fence bigint NOT NULL,
    CONSTRAINT head_singleton_check CHECK (singleton)
);

CREATE TABLE cdaprod_mesh.kv (
    key text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL
);

CREATE TABLE cdaprod_mesh.log (
    sequence bigint NOT NULL,
    epoch bigint NOT NULL,
    stream text NOT NULL COLLATE pg_catalog."C",
    stream_version bigint NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL COLLATE pg_catalog."C",
    "time" bigint NOT NULL,
    actor text NOT NULL,
    command_id uuid NOT NULL,
    idx integer NOT NULL,
    cnt integer NOT NULL,
    causation_id uuid,
    depth integer NOT NULL,
    trace_parent text,
    data bytea,
    data_hash bytea,
    hash bytea NOT NULL
);

CREATE TABLE cdaprod_mesh.snapshots (
    fingerprint text NOT NULL,
    epoch bigint NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    "time" bigint NOT NULL,
    data bytea NOT NULL
);

INSERT INTO cdaprod_mesh.commands VALUES ('user:ann', 'first-key', '\x010203', 4, 4, '\x7b7d', 639079632000000000);

INSERT INTO cdaprod_mesh.head VALUES (true, 1, '01a22fc3-a6fc-7efa-846f-bb0f0d745385', 2, 6, '\xe3bffb4915c299030e7cb97a4ce82211a1fa197759b3bf7c25d6274be1c275ae', 639079632000000006, 0);

INSERT INTO cdaprod_mesh.kv VALUES ('relay', '5');

INSERT INTO cdaprod_mesh.log VALUES (1, 1, 'm/ns/echo', 1, '01a22fc3-a712-7ab7-8ada-177af8271359', 'cdaprod.mesh.test.set.v1', 639079632000000001, 'user:ann', '01a22fc3-a712-7e78-aea3-3a67d42e1f6a', 0, 3, NULL, 0, NULL, '\x7b226e223a312c2274657874223a22c3a4c3b6c3bc20e282ac227d', NULL, '\xde7f8df1e701b393445a6d7b69e134cfeead34c6af0b849ad6132cbec9c10c02');
INSERT INTO cdaprod_mesh.log VALUES (3, 1, 'm/ns/echo/i/1', 1, '01a22fc3-a712-7eea-b33f-44e95b2c4cc6', 'cdaprod.mesh.test.set.v1', 639079632000000003, 'user:ann', '01a22fc3-a712-7e78-aea3-3a67d42e1f6a', 2, 3, NULL, 0, NULL, '\x7b226e223a332c2274657874223a22c3a4c3b6c3bc20e282ac227d', NULL, '\xfc6b5948509f451af1012f690045eb870314e24138a0e68eb0db56aea9922224');
INSERT INTO cdaprod_mesh.log VALUES (4, 1, 'm/ns/echo/status', 2, '01a22fc3-a757-76bb-a2a2-da75c7543bde', 'cdaprod.mesh.test.set.v1', 639079632000000004, 'user:ann', '01a22fc3-a757-7703-b091-df40f47b31fd', 0, 2, NULL, 0, NULL, '\x7b226e223a342c2274657874223a22c3a4c3b6c3bc20e282ac227d', NULL, '\x9ac568d05401cb029555ca227ade5bd41efaec79ea900f198a7c453013b2abf2');
INSERT INTO cdaprod_mesh.log VALUES (5, 1, 'm/ns/other', 1, '01a22fc3-a757-73d5-9da3-0b3fa1b0cac7', 'cdaprod.mesh.test.cleared.v1', 639079632000000005, 'user:ann', '01a22fc3-a757-7703-b091-df40f47b31fd', 1, 2, '01a22fc3-a757-76bb-a2a2-da75c7543bde', 1, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '\x7b226e223a352c2274657874223a22c3a4c3b6c3bc20e282ac227d', NULL, '\xbaff811291d138a66ad0951cac2f5fabf4808cd96f91771a1bd77be91de5e6a2');
INSERT INTO cdaprod_mesh.log VALUES (2, 1, 'm/ns/echo/status', 1, '01a22fc3-a712-704b-a35f-93df6055be0d', 'cdaprod.mesh.test.cleared.v1', 639079632000000002, 'user:ann', '01a22fc3-a712-7e78-aea3-3a67d42e1f6a', 1, 3, '01a22fc3-a712-7ab7-8ada-177af8271359', 1, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', NULL, '\xbc07f6906ee5eedc6faf6c4c4dff64173139b85fbab20fa3175e3b8b7f08326a', '\x6c9fcfd2a9a2a95c7242113c85c776a8e366bd335c59d8a2f1ea0df01e2da51b');
INSERT INTO cdaprod_mesh.log VALUES (6, 2, 'm/ns/third', 1, '01a22fc3-a775-7e6f-a0d0-cf139582a301', 'cdaprod.mesh.test.set.v1', 639079632000000006, 'user:ann', '01a22fc3-a775-7735-850b-96e9c19b38bc', 0, 1, NULL, 0, NULL, '\x7b226e223a362c2274657874223a22c3a4c3b6c3bc20e282ac227d', NULL, '\xe3bffb4915c299030e7cb97a4ce82211a1fa197759b3bf7c25d6274be1c275ae');

INSERT INTO cdaprod_mesh.snapshots VALUES ('fold-1', 1, 5, '\xbaff811291d138a66ad0951cac2f5fabf4808cd96f91771a1bd77be91de5e6a2', 639079632000000005, '\x010203');

ALTER TABLE ONLY cdaprod_mesh.commands
    ADD CONSTRAINT commands_pkey PRIMARY KEY (actor, key);

ALTER TABLE ONLY cdaprod_mesh.head
    ADD CONSTRAINT head_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY cdaprod_mesh.kv
    ADD CONSTRAINT kv_pkey PRIMARY KEY (key);

ALTER TABLE ONLY cdaprod_mesh.log
    ADD CONSTRAINT log_pkey PRIMARY KEY (sequence);

ALTER TABLE ONLY cdaprod_mesh.snapshots
    ADD CONSTRAINT snapshots_pkey PRIMARY KEY (fingerprint);

CREATE INDEX commands_time ON cdaprod_mesh.commands USING btree ("time");

CREATE UNIQUE INDEX log_stream ON cdaprod_mesh.log USING btree (stream, stream_version);
