-- The root that certifies the seals of this installation. There is one; its key is wrapped by the master key.
CREATE TABLE seal_root (
    id             smallint PRIMARY KEY CHECK (id = 1),
    certificate    bytea NOT NULL,
    sealed_private bytea NOT NULL,
    made_at        timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE (sealed_private) ON seal_root TO yizhan_writer;

-- Seals of agencies and authorities: `tenant_id` is whose it is, `division` where that lies.
CREATE TABLE seal (
    id             uuid PRIMARY KEY,
    tenant_id      integer NOT NULL REFERENCES tenant,
    division       text NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('audit', 'report')),
    name           text NOT NULL,
    state          text NOT NULL CHECK (state IN ('applied', 'issued', 'rejected', 'revoked', 'expired', 'renewed')),
    applied_by     text NOT NULL,
    applied_at     timestamptz NOT NULL,
    decided_by     text,
    decided_at     timestamptz,
    ended_by       text,
    ended_at       timestamptz,
    reason         text,
    valid_from     timestamptz,
    valid_until    timestamptz,
    picture        bytea,
    certificate    bytea,
    fingerprint    bytea UNIQUE,
    sealed_private bytea,
    renews         uuid REFERENCES seal,
    CHECK ((certificate IS NULL) = (state IN ('applied', 'rejected'))),
    CHECK (num_nulls(certificate, fingerprint, sealed_private, picture, valid_from, valid_until) IN (0, 6))
);
CREATE UNIQUE INDEX seal_waiting ON seal (tenant_id, kind) WHERE state = 'applied';
CREATE UNIQUE INDEX seal_in_force ON seal (tenant_id, kind) WHERE state = 'issued';
CREATE INDEX seal_ends ON seal (valid_until) WHERE state = 'issued';
GRANT SELECT, INSERT ON seal TO yizhan_writer;
GRANT UPDATE (state, decided_by, decided_at, ended_by, ended_at, reason, valid_from, valid_until, picture, certificate,
    fingerprint, sealed_private, renews) ON seal TO yizhan_writer;
GRANT SELECT (id, tenant_id, division, kind, name, state, applied_by, applied_at, decided_by, decided_at, ended_by,
    ended_at, reason, valid_from, valid_until, picture, certificate, fingerprint, renews) ON seal TO yizhan_reader;

-- What a seal was used for: `document` is the SHA-256 of what it stands for or on, `object` the number of the roster.
CREATE TABLE seal_use (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seal_id   uuid NOT NULL REFERENCES seal,
    tenant_id integer NOT NULL,
    division  text NOT NULL,
    purpose   text NOT NULL CHECK (purpose IN ('audited', 'returned', 'document')),
    object    text NOT NULL,
    document  bytea NOT NULL,
    used_by   text NOT NULL,
    used_at   timestamptz NOT NULL
);
CREATE INDEX seal_use_of ON seal_use (seal_id, id);
GRANT SELECT, INSERT ON seal_use TO yizhan_writer;
GRANT SELECT ON seal_use TO yizhan_reader;

-- Which authority has audited or returned a version of a roster, and under which seal; none where it had none.
CREATE TABLE roster_decision (
    tenant_id    integer NOT NULL,
    division     text NOT NULL,
    key          text NOT NULL,
    version      integer NOT NULL,
    state        text NOT NULL CHECK (state IN ('audited', 'returned')),
    authority_id integer NOT NULL REFERENCES tenant,
    seal_id      uuid REFERENCES seal,
    decided_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key, version, state)
);
GRANT SELECT, INSERT ON roster_decision TO yizhan_writer;
GRANT SELECT ON roster_decision TO yizhan_reader;

-- Rosters as they were printed and sealed, each once; `blob` is sealed under the agency's data key.
CREATE TABLE sealed_roster (
    code        text PRIMARY KEY,
    tenant_id   integer NOT NULL,
    division    text NOT NULL,
    key         text NOT NULL,
    version     integer NOT NULL,
    state       text NOT NULL,
    report_seal uuid REFERENCES seal,
    audit_seal  uuid REFERENCES seal,
    sha256      bytea NOT NULL UNIQUE,
    blob        bytea NOT NULL,
    made_by     text NOT NULL,
    made_at     timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (tenant_id, key, version, state, report_seal, audit_seal)
);
GRANT SELECT, INSERT, UPDATE (blob) ON sealed_roster TO yizhan_writer;
GRANT SELECT ON sealed_roster TO yizhan_reader;
GRANT SELECT (code, tenant_id, key, version, state, sha256, report_seal, audit_seal, made_at) ON sealed_roster
    TO yizhan_public;
GRANT SELECT (id, kind, name, state, valid_from, valid_until) ON seal TO yizhan_public;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['seal', 'seal_use', 'roster_decision', 'sealed_roster'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY writes ON %I TO yizhan_writer USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY reads ON %I FOR SELECT TO yizhan_reader USING (
            tenant_id = NULLIF(current_setting(''yizhan.tenant'', true), '''')::integer
            OR tenant_id = ANY (NULLIF(current_setting(''yizhan.agencies'', true), '''')::integer[])
            OR division LIKE NULLIF(current_setting(''yizhan.division'', true), ''''))', name);
    END LOOP;
END $$;
CALL keep_sandbox_apart('seal', 'seal_use', 'roster_decision', 'sealed_roster');

-- Whoever holds a printed roster may ask what became of it, by its code: facts without personal data, as of contracts.
CREATE POLICY verifies ON sealed_roster FOR SELECT TO yizhan_public USING (true);
CREATE POLICY verifies ON seal FOR SELECT TO yizhan_public USING (true);
CREATE POLICY verifies_rosters ON record FOR SELECT TO yizhan_public USING (kind = 'roster');
