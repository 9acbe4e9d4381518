-- Who exchanges with us, and how they prove it.
CREATE TABLE tenant (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    title       text NOT NULL,
    uscc        text NOT NULL DEFAULT '',
    division    text NOT NULL CHECK (division ~ '^[0-9]{6}$'),
    wrapped_key bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE credential (
    id            text PRIMARY KEY,
    tenant_id     integer NOT NULL REFERENCES tenant,
    role          text NOT NULL CHECK (role IN ('partner', 'operator', 'official')),
    secret_hash   bytea NOT NULL,
    sealed_secret bytea NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz
);

CREATE TABLE nonce (
    credential_id text NOT NULL,
    nonce         text NOT NULL,
    seen_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (credential_id, nonce)
);

CREATE TABLE signing_key (
    kid            bytea PRIMARY KEY,
    purpose        text NOT NULL CHECK (purpose IN ('qr', 'receipt')),
    algorithm      text NOT NULL CHECK (algorithm IN ('EdDSA', 'ES256')),
    jwk            jsonb NOT NULL,
    sealed_private bytea NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    retired_at     timestamptz
);
CREATE UNIQUE INDEX signing_key_active ON signing_key (purpose) WHERE retired_at IS NULL;

-- What came in, and what we answered. `answer` is replayed byte for byte.
CREATE TABLE submission (
    id           uuid PRIMARY KEY,
    tenant_id    integer NOT NULL,
    division     text NOT NULL,
    channel      text NOT NULL,
    connector    text,
    mapping      text NOT NULL,
    kind         text NOT NULL,
    content_type text NOT NULL,
    filename     text,
    received_at  timestamptz NOT NULL,
    raw_hash     bytea NOT NULL,
    raw          bytea NOT NULL,
    rows_in      integer NOT NULL,
    accepted     integer NOT NULL,
    rejected     integer NOT NULL,
    status       smallint NOT NULL,
    answer       bytea NOT NULL,
    CHECK (rows_in = accepted + rejected)
);

CREATE TABLE idempotency (
    tenant_id     integer NOT NULL,
    key           text NOT NULL,
    request_hash  bytea NOT NULL,
    submission_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, key)
);

-- The current version of every canonical record. Columns in clear carry no personal data.
CREATE TABLE record (
    tenant_id     integer NOT NULL,
    kind          text NOT NULL,
    key           text NOT NULL,
    division      text NOT NULL,
    schema        text NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    state         text NOT NULL,
    content_hash  bytea NOT NULL,
    body          bytea NOT NULL,
    submission_id uuid NOT NULL,
    ordinal       integer NOT NULL,
    stored_at     timestamptz NOT NULL,
    issued_at     timestamptz NOT NULL,
    code          text,
    qr_text       text,
    subkind       text NOT NULL,
    agency_name   text NOT NULL,
    agency_uscc   text NOT NULL,
    depart_on     date,
    return_on     date,
    headcount     integer NOT NULL,
    people        bigint[] NOT NULL,
    PRIMARY KEY (tenant_id, kind, key)
);
CREATE UNIQUE INDEX record_code ON record (code) WHERE code IS NOT NULL;
CREATE INDEX record_content_hash ON record (content_hash);
CREATE INDEX record_roster_state ON record (state, stored_at) WHERE kind = 'roster';
CREATE INDEX record_people ON record USING gin (people);

-- Versions that an amendment replaced.
CREATE TABLE record_version (
    tenant_id     integer NOT NULL,
    kind          text NOT NULL,
    key           text NOT NULL,
    version       integer NOT NULL,
    division      text NOT NULL,
    schema        text NOT NULL,
    state         text NOT NULL,
    content_hash  bytea NOT NULL,
    body          bytea NOT NULL,
    submission_id uuid NOT NULL,
    ordinal       integer NOT NULL,
    stored_at     timestamptz NOT NULL,
    qr_text       text,
    replaced_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, kind, key, version)
);

CREATE TABLE dead_letter (
    submission_id uuid NOT NULL,
    ordinal       integer NOT NULL,
    tenant_id     integer NOT NULL,
    division      text NOT NULL,
    kind          text NOT NULL,
    locator       text NOT NULL,
    source        bytea NOT NULL,
    findings      jsonb NOT NULL,
    stored_at     timestamptz NOT NULL,
    PRIMARY KEY (submission_id, ordinal)
);

CREATE TABLE document (
    tenant_id   integer NOT NULL,
    kind        text NOT NULL,
    key         text NOT NULL,
    sha256      bytea NOT NULL,
    division    text NOT NULL,
    size_bytes  integer NOT NULL,
    blob        bytea NOT NULL,
    stored_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, kind, key, sha256)
);

-- The outbox: one row an event, numbered without gaps in commit order. `change_clock` is taken last in a
-- transaction and held until its commit, so nothing new ever appears at or below a position already seen.
CREATE TABLE change_clock (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL
);
INSERT INTO change_clock (position) VALUES (0);

CREATE TABLE change (
    position  bigint PRIMARY KEY,
    tenant_id integer NOT NULL,
    division  text NOT NULL,
    kind      text NOT NULL,
    key       text NOT NULL,
    event     text NOT NULL CHECK (event IN ('created', 'amended', 'state', 'document')),
    version   integer NOT NULL,
    state     text NOT NULL,
    code      text,
    at        timestamptz NOT NULL
);
CREATE INDEX change_tenant ON change (tenant_id, position);

CREATE TABLE audit (
    position   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    actor      text NOT NULL,
    action     text NOT NULL,
    object     text NOT NULL,
    detail     jsonb NOT NULL DEFAULT '{}'
);

-- Sealed and signed bytes do not compress: keep them out of pglz, and in the row while they are small.
ALTER TABLE submission ALTER raw SET STORAGE EXTERNAL, ALTER answer SET STORAGE MAIN;
ALTER TABLE record ALTER body SET STORAGE EXTERNAL, ALTER qr_text SET STORAGE EXTERNAL;
ALTER TABLE record_version ALTER body SET STORAGE EXTERNAL;
ALTER TABLE dead_letter ALTER source SET STORAGE EXTERNAL;
ALTER TABLE document ALTER blob SET STORAGE EXTERNAL;
ALTER TABLE submission SET (toast_tuple_target = 8160);
ALTER TABLE record SET (toast_tuple_target = 8160);

-- Roles: none owns a table, none bypasses row-level security.
DO $$
DECLARE wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['yizhan_writer', 'yizhan_reader', 'yizhan_public'] LOOP
        IF to_regrole(wanted) IS NULL THEN  -- whoever set the server up may have made them, as logins
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
        EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
    END LOOP;
END $$;

GRANT SELECT, INSERT ON tenant, credential, submission, idempotency, record_version, dead_letter, document,
    change, audit, signing_key TO yizhan_writer;
GRANT SELECT, INSERT, DELETE ON nonce TO yizhan_writer;
GRANT SELECT, INSERT, UPDATE ON record TO yizhan_writer;
GRANT SELECT, UPDATE ON change_clock TO yizhan_writer;
GRANT UPDATE (revoked_at) ON credential TO yizhan_writer;
GRANT UPDATE (retired_at) ON signing_key TO yizhan_writer;
GRANT SELECT ON submission, record, record_version, dead_letter, document, change, change_clock TO yizhan_reader;
GRANT SELECT (code, tenant_id, kind, key, schema, version, state, content_hash, issued_at, stored_at, qr_text, subkind,
    agency_name, agency_uscc, depart_on, return_on, headcount, division) ON record TO yizhan_public;
GRANT SELECT (tenant_id, kind, key, sha256, stored_at) ON document TO yizhan_public;

-- The writer serves many tenants in one transaction. Everything that answers a question runs under the reader,
-- which sees one tenant (yizhan.tenant) or the divisions under one official (yizhan.division, a LIKE pattern).
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['submission', 'record', 'record_version', 'dead_letter', 'document', 'change'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY writes ON %I TO yizhan_writer USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY reads ON %I FOR SELECT TO yizhan_reader USING (
            tenant_id = NULLIF(current_setting(''yizhan.tenant'', true), '''')::integer
            OR division LIKE NULLIF(current_setting(''yizhan.division'', true), ''''))', name);
    END LOOP;
END $$;
CREATE POLICY verifies ON record FOR SELECT TO yizhan_public USING (code IS NOT NULL);
CREATE POLICY verifies ON document FOR SELECT TO yizhan_public USING (kind = 'contract');
