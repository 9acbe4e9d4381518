-- One comparison of what another side holds with what is stored here. `report` is a compact JWS. A partner's own list
-- (source 'partner') has no connector. `repeats` is the run whose repair this one checks.
CREATE TABLE reconciliation (
    id          uuid PRIMARY KEY,
    tenant_id   integer NOT NULL,
    division    text NOT NULL,
    source      text NOT NULL CHECK (source IN ('portal', 'partner')),
    connector   text,
    kinds       text[] NOT NULL,
    repeats     uuid,
    state       text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'clean', 'differs', 'failed')),
    counts      jsonb NOT NULL DEFAULT '{}',
    started_at  timestamptz NOT NULL,
    finished_at timestamptz,
    failure     text,
    report      text,
    CHECK ((source = 'portal') = (connector IS NOT NULL))
);
CREATE INDEX reconciliation_series ON reconciliation (tenant_id, connector, id);

-- How many each side holds, by one dimension at a time, and by all three where they differ.
CREATE TABLE control_total (
    reconciliation_id uuid NOT NULL REFERENCES reconciliation,
    kind              text NOT NULL,
    dimension         text NOT NULL CHECK (dimension IN ('all', 'division', 'day', 'subkind', 'cell')),
    division          text,
    day               date,
    subkind           text,
    ours              bigint NOT NULL,
    theirs            bigint NOT NULL,
    coded             bigint NOT NULL
);
CREATE INDEX control_total_run ON control_total (reconciliation_id, kind, dimension);

-- What is not the same on both sides. A record that cannot be read and has no key is called `?page/ordinal`. `fields`
-- says which fields differ, personal values masked; of an unreadable record, why. `page` and `ordinal` find theirs.
CREATE TABLE discrepancy (
    reconciliation_id uuid NOT NULL REFERENCES reconciliation,
    tenant_id         integer NOT NULL,
    division          text NOT NULL,
    kind              text NOT NULL,
    key               text NOT NULL,
    class             text NOT NULL,
    day               date,
    subkind           text,
    copies            integer NOT NULL,
    our_revision      bigint,
    their_revision    bigint,
    our_hash          bytea,
    their_hash        bytea,
    page              integer,
    ordinal           integer,
    fields            jsonb,
    repair            text NOT NULL CHECK (repair IN ('pull', 'push', 'approve', 'none')),
    state             text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'repaired', 'ignored', 'reported')),
    decision          text CHECK (decision IN ('keep_theirs', 'keep_ours', 'ignore')),
    decided_by        text,
    decided_at        timestamptz,
    problem           text,
    PRIMARY KEY (reconciliation_id, kind, key)
);

-- The pages of a snapshot that a repair may still need, sealed, as the other side gave them.
CREATE TABLE snapshot_page (
    reconciliation_id uuid NOT NULL REFERENCES reconciliation,
    kind              text NOT NULL,
    number            integer NOT NULL,
    raw               bytea NOT NULL,
    content_type      text NOT NULL,
    filename          text,
    PRIMARY KEY (reconciliation_id, kind, number)
);
ALTER TABLE snapshot_page ALTER raw SET STORAGE EXTERNAL;

GRANT SELECT, INSERT, UPDATE ON reconciliation, discrepancy TO yizhan_writer;
GRANT SELECT, INSERT ON control_total, snapshot_page TO yizhan_writer;
GRANT DELETE ON control_total, discrepancy, snapshot_page TO yizhan_writer;
GRANT SELECT ON reconciliation, control_total, discrepancy TO yizhan_reader;

CALL protect_rows('reconciliation', 'discrepancy');
ALTER TABLE control_total ENABLE ROW LEVEL SECURITY;
CREATE POLICY writes ON control_total TO yizhan_writer USING (true) WITH CHECK (true);
CREATE POLICY reads ON control_total FOR SELECT TO yizhan_reader USING (
    EXISTS (SELECT FROM reconciliation WHERE reconciliation.id = reconciliation_id));

-- A snapshot's rows are staged in a temporary table, which goes with its connection.
DO $$ BEGIN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO yizhan_writer', current_database());
END $$;
