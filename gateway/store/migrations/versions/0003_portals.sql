-- What portals keep: from which day it is in force, the portal's own version number, and whether we have changed it
-- here without the portal having confirmed it. `confirmed_as` is the version number the portal gave our change, and
-- `base_revision` the one it gave an earlier change of ours that the present one goes on top of; without one, `revision`.
ALTER TABLE record
    ADD COLUMN effective_on date,
    ADD COLUMN revision bigint NOT NULL DEFAULT 0,
    ADD COLUMN unconfirmed boolean NOT NULL DEFAULT false,
    ADD COLUMN confirmed_as bigint,
    ADD COLUMN base_revision bigint;
CREATE INDEX record_unconfirmed ON record (tenant_id, kind, key) WHERE unconfirmed;
CREATE INDEX record_filed ON record (kind, tenant_id) WHERE kind IN ('agency', 'leader');

-- Changed on both sides: a person decides. `theirs` is what the portal shows, sealed; ours is the record as it stands.
CREATE TABLE conflict (
    id             uuid PRIMARY KEY,
    tenant_id      integer NOT NULL,
    division       text NOT NULL,
    connector      text,
    kind           text NOT NULL,
    key            text NOT NULL,
    our_version    integer NOT NULL,
    their_revision bigint NOT NULL,
    theirs         bytea,
    submission_id  uuid,
    reason         text NOT NULL,
    opened_at      timestamptz NOT NULL DEFAULT now(),
    decision       text CHECK (decision IN ('keep_ours', 'keep_theirs')),
    decided_by     text,
    decided_at     timestamptz
);
CREATE UNIQUE INDEX conflict_open ON conflict (tenant_id, kind, key) WHERE decision IS NULL;

-- What somebody should look at. One row a matter: while it is open it is counted, not repeated.
CREATE TABLE alert (
    id         uuid PRIMARY KEY,
    tenant_id  integer NOT NULL,
    division   text NOT NULL,
    connector  text NOT NULL,
    code       text NOT NULL,
    subject    text NOT NULL,
    detail     jsonb NOT NULL,
    times      integer NOT NULL DEFAULT 1,
    first_at   timestamptz NOT NULL DEFAULT now(),
    last_at    timestamptz NOT NULL DEFAULT now(),
    closed_at  timestamptz,
    closed_by  text
);
CREATE UNIQUE INDEX alert_open ON alert (tenant_id, connector, code, subject) WHERE closed_at IS NULL;

-- A target that is a portal is reached through its connector.
ALTER TABLE target ADD COLUMN connector text;

GRANT SELECT, INSERT, UPDATE ON conflict, alert TO yizhan_writer;
GRANT SELECT ON conflict, alert TO yizhan_reader;

-- Rows of a table with tenant and division, as readers see them: a partner its own, an authority its division's.
CREATE PROCEDURE protect_rows(VARIADIC names text[]) LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY writes ON %I TO yizhan_writer USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY reads ON %I FOR SELECT TO yizhan_reader USING (
            tenant_id = NULLIF(current_setting(''yizhan.tenant'', true), '''')::integer
            OR division LIKE NULLIF(current_setting(''yizhan.division'', true), ''''))', name);
    END LOOP;
END $$;
REVOKE EXECUTE ON PROCEDURE protect_rows FROM PUBLIC;
CALL protect_rows('conflict', 'alert');
