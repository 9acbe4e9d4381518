-- A credential may belong to one connector, whose doors (SOAP, SFTP, ...) it then opens. Its proofs are public keys.
ALTER TABLE credential ADD COLUMN connector text;

CREATE TABLE credential_proof (
    credential_id text NOT NULL REFERENCES credential,
    kind          text NOT NULL CHECK (kind IN ('ssh', 'x509')),
    fingerprint   bytea NOT NULL,
    material      bytea NOT NULL,
    added_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (credential_id, fingerprint)
);
CREATE INDEX credential_proof_fingerprint ON credential_proof (kind, fingerprint);

-- Large documents: the raw bytes lie in a blob, the submission is acknowledged at once (202) and counted at the end.
ALTER TABLE submission
    ADD COLUMN blob text,
    ADD COLUMN quarantined integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT submission_check,
    ADD CONSTRAINT every_row_has_a_fate CHECK (rows_in = accepted + rejected + quarantined);

CREATE TABLE batch (
    submission_id uuid PRIMARY KEY,
    tenant_id     integer NOT NULL,
    division      text NOT NULL,
    amend         boolean NOT NULL,
    state         text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'processing', 'done')),
    size_bytes    bigint NOT NULL,
    read_bytes    bigint NOT NULL DEFAULT 0,
    rows_cut      integer NOT NULL DEFAULT 0,
    failure       jsonb,
    receipt       text,
    finished_at   timestamptz
);
CREATE INDEX batch_open ON batch (submission_id) WHERE state <> 'done';

-- A chunk is cut from the document in order and processed in any; one that fails is cut into ten. `payload` is what
-- was read, sealed, until the chunk is done; `fates` is what became of each row (deflated NDJSON).
CREATE TABLE batch_chunk (
    submission_id uuid NOT NULL,
    first_ordinal integer NOT NULL,
    rows          integer NOT NULL,
    tenant_id     integer NOT NULL,
    division      text NOT NULL,
    tries         integer NOT NULL DEFAULT 0,
    payload       bytea,
    mapping       text,
    counts        jsonb,
    fates         bytea,
    PRIMARY KEY (submission_id, first_ordinal)
);
CREATE INDEX batch_chunk_waiting ON batch_chunk (tries, first_ordinal, submission_id) WHERE payload IS NOT NULL;

-- Written before a chunk is tried and outside its transaction, so that a worker that dies leaves a trace.
CREATE TABLE batch_attempt (
    submission_id uuid NOT NULL,
    first_ordinal integer NOT NULL,
    attempts      integer NOT NULL,
    PRIMARY KEY (submission_id, first_ordinal)
);

-- A batch that is done is an event too.
ALTER TABLE change DROP CONSTRAINT change_event_check,
    ADD CONSTRAINT change_event_check CHECK (event IN ('created', 'amended', 'state', 'document', 'done'));

-- Upload sessions: a large document in parts, each durable on its own.
CREATE TABLE upload (
    id            uuid PRIMARY KEY,
    tenant_id     integer NOT NULL,
    division      text NOT NULL,
    request_hash  bytea NOT NULL,
    request       jsonb NOT NULL,
    size_bytes    bigint NOT NULL,
    sha256        bytea NOT NULL,
    part_bytes    integer NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    submission_id uuid,
    UNIQUE (tenant_id, request_hash)
);
CREATE TABLE upload_part (
    upload_id  uuid NOT NULL REFERENCES upload ON DELETE CASCADE,
    number     integer NOT NULL,
    sha256     bytea NOT NULL,
    size_bytes integer NOT NULL,
    PRIMARY KEY (upload_id, number)
);

-- Dead letters can be edited, replayed and parked. `key` is the business number as far as it could be read.
ALTER TABLE dead_letter
    ADD COLUMN key text,
    ADD COLUMN state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'parked', 'resolved')),
    ADD COLUMN attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN edited bytea,
    ADD COLUMN replayed_by uuid;
CREATE INDEX dead_letter_open ON dead_letter (tenant_id, submission_id, ordinal) WHERE state <> 'resolved';

-- Where changes are delivered. `position` is how far this target's deliveries have been made from the change feed.
CREATE TABLE target (
    id             uuid PRIMARY KEY,
    tenant_id      integer NOT NULL,
    division       text NOT NULL,
    scope_tenant   integer,
    scope_division text,
    format         text NOT NULL,
    url            text,
    events         text[] NOT NULL,
    keys           bytea NOT NULL,
    position       bigint NOT NULL,
    state          text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'gone')),
    failures       integer NOT NULL DEFAULT 0,
    open_until     timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE delivery (
    target_id   uuid NOT NULL REFERENCES target,
    position    bigint NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL DEFAULT now(),
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
    last_status integer,
    last_error  text,
    settled_at  timestamptz,
    PRIMARY KEY (target_id, position)
);
CREATE INDEX delivery_due ON delivery (due_at) WHERE state = 'waiting';

-- How far a partner's stream has been read. Moved by compare-and-set on `revision`.
CREATE TABLE watermark (
    connector text NOT NULL,
    stream    text NOT NULL,
    value     jsonb NOT NULL,
    revision  bigint NOT NULL DEFAULT 1,
    moved_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connector, stream)
);

ALTER TABLE batch_chunk ALTER payload SET STORAGE EXTERNAL, ALTER fates SET STORAGE EXTERNAL;

GRANT SELECT, INSERT, DELETE ON credential_proof, upload_part TO yizhan_writer;
GRANT UPDATE (sha256) ON upload_part TO yizhan_writer;
GRANT SELECT, INSERT, UPDATE ON batch, batch_chunk, batch_attempt, upload, target, delivery, watermark TO yizhan_writer;
GRANT DELETE ON batch_chunk, batch_attempt, upload, delivery TO yizhan_writer;
GRANT UPDATE (rows_in, accepted, rejected, quarantined) ON submission TO yizhan_writer;
GRANT UPDATE (state, attempts, edited, replayed_by) ON dead_letter TO yizhan_writer;
GRANT SELECT ON batch, batch_chunk, upload, upload_part, target, delivery TO yizhan_reader;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['batch', 'batch_chunk', 'upload', 'target'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY writes ON %I TO yizhan_writer USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY reads ON %I FOR SELECT TO yizhan_reader USING (
            tenant_id = NULLIF(current_setting(''yizhan.tenant'', true), '''')::integer
            OR division LIKE NULLIF(current_setting(''yizhan.division'', true), ''''))', name);
    END LOOP;
END $$;
ALTER TABLE upload_part ENABLE ROW LEVEL SECURITY;
CREATE POLICY writes ON upload_part TO yizhan_writer USING (true) WITH CHECK (true);
CREATE POLICY reads ON upload_part FOR SELECT TO yizhan_reader USING (
    EXISTS (SELECT FROM upload WHERE upload.id = upload_id));
ALTER TABLE delivery ENABLE ROW LEVEL SECURITY;
CREATE POLICY writes ON delivery TO yizhan_writer USING (true) WITH CHECK (true);
CREATE POLICY reads ON delivery FOR SELECT TO yizhan_reader USING (
    EXISTS (SELECT FROM target WHERE target.id = target_id));
