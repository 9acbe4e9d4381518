-- What partners try out lies in no division: no authority's pattern, which is of six characters, ever matches it.
ALTER TABLE tenant
    DROP CONSTRAINT tenant_division_check,
    ADD CONSTRAINT tenant_division_check CHECK (division ~ '^[0-9]{6}$' OR division = 'TEST');
UPDATE target SET scope_division = '______' WHERE scope_division = '%';
ALTER TABLE signing_key
    DROP CONSTRAINT signing_key_purpose_check,
    ADD CONSTRAINT signing_key_purpose_check CHECK (purpose IN ('qr', 'receipt', 'log', 'test'));
GRANT UPDATE (tenant_id) ON credential TO yizhan_writer;

-- What is to go wrong with the next requests of a sandbox, at its partner's wish.
CREATE TABLE sandbox_fault (
    tenant_id  integer NOT NULL REFERENCES tenant,
    fault      text NOT NULL,
    times_left integer NOT NULL CHECK (times_left >= 0),
    times_done integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, fault)
);
GRANT SELECT, INSERT, UPDATE ON sandbox_fault TO yizhan_writer;

-- How often a request of a sandbox was sent again and got its original answer: nothing else of that is kept.
CREATE TABLE sandbox_replay (
    tenant_id integer NOT NULL REFERENCES tenant,
    channel   text NOT NULL,
    kind      text NOT NULL,
    times     integer NOT NULL,
    PRIMARY KEY (tenant_id, channel, kind)
);
GRANT SELECT, INSERT, UPDATE ON sandbox_replay TO yizhan_writer;
