-- When the personal content of a row was removed because it need be kept no longer; NULL while it is there.
ALTER TABLE record ADD COLUMN purged_at timestamptz;
ALTER TABLE submission ADD COLUMN purged_at timestamptz;
CREATE INDEX record_returns ON record ((coalesce(return_on, depart_on)))
    WHERE purged_at IS NULL AND kind IN ('contract', 'roster');
CREATE INDEX record_came_with ON record (submission_id);
CREATE INDEX record_version_came_with ON record_version (submission_id);
CREATE INDEX submission_kept ON submission (received_at) WHERE purged_at IS NULL;
GRANT UPDATE (purged_at) ON submission TO yizhan_writer;
GRANT DELETE ON dead_letter TO yizhan_writer;
GRANT SELECT (purged_at) ON record TO yizhan_public;

-- What is kept whatever its age, for a case: all that an agency has, or the one record of `kind` and `key`.
CREATE TABLE retention_hold (
    id        uuid PRIMARY KEY,
    tenant_id integer NOT NULL REFERENCES tenant,
    division  text NOT NULL,
    kind      text,
    key       text,
    reason    text NOT NULL,
    placed_by text NOT NULL,
    placed_at timestamptz NOT NULL,
    lifted_by text,
    lifted_at timestamptz,
    CHECK ((kind IS NULL) = (key IS NULL)),
    CHECK ((lifted_by IS NULL) = (lifted_at IS NULL))
);
CREATE INDEX retention_hold_of ON retention_hold (tenant_id) WHERE lifted_at IS NULL;
GRANT SELECT, INSERT, UPDATE (lifted_by, lifted_at) ON retention_hold TO yizhan_writer;
GRANT SELECT ON retention_hold TO yizhan_reader;

-- A purge over the divisions under a pattern, and how many rows it has emptied of what, in which division.
CREATE TABLE retention_run (
    id         uuid PRIMARY KEY,
    division   text NOT NULL,
    state      text NOT NULL CHECK (state IN ('running', 'done')),
    due_before date NOT NULL,
    begun_by   text NOT NULL,
    begun_at   timestamptz NOT NULL,
    done_at    timestamptz,
    CHECK ((done_at IS NULL) = (state = 'running'))
);
CREATE UNIQUE INDEX retention_run_running ON retention_run (division) WHERE state = 'running';
GRANT SELECT, INSERT, UPDATE (state, done_at) ON retention_run TO yizhan_writer;
CREATE TABLE retention_count (
    run_id   uuid NOT NULL REFERENCES retention_run,
    subject  text NOT NULL,
    division text NOT NULL,
    rows     bigint NOT NULL,
    PRIMARY KEY (run_id, subject, division)
);
GRANT SELECT, INSERT, UPDATE (rows) ON retention_count TO yizhan_writer;
-- Large documents whose file is yet to be removed: named in the transaction that empties the last submission of it.
CREATE TABLE retention_blob (
    name text PRIMARY KEY
);
GRANT SELECT, INSERT, DELETE ON retention_blob TO yizhan_writer;

ALTER TABLE retention_hold ENABLE ROW LEVEL SECURITY;
CREATE POLICY writes ON retention_hold TO yizhan_writer USING (true) WITH CHECK (true);
CREATE POLICY reads ON retention_hold FOR SELECT TO yizhan_reader USING (
    division LIKE NULLIF(current_setting('yizhan.division', true), ''));
