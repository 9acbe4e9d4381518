-- What is counted of each contract and roster: a row a record, nothing of a person in it. It is derived from the record
-- and stays when the record's content is removed at the end of its time.
CREATE TABLE statistics_record (
    tenant_id    integer NOT NULL,
    kind         text NOT NULL,
    key          text NOT NULL,
    division     text NOT NULL,
    agency_uscc  text NOT NULL,
    subkind      text NOT NULL,
    state        text NOT NULL,
    corrections  integer NOT NULL,
    is_counted   boolean NOT NULL,
    first_day    date NOT NULL,
    days         integer NOT NULL,
    travellers   integer NOT NULL,
    origin       text NOT NULL,
    destinations text[] NOT NULL,
    receivers    text[] NOT NULL,
    is_receiver  boolean NOT NULL,
    channel      text NOT NULL,
    timeliness   text NOT NULL CHECK (timeliness IN ('in_time', 'late', 'after', 'unknown')),
    group_no     text NOT NULL,
    PRIMARY KEY (tenant_id, kind, key)
);
CREATE INDEX statistics_record_day ON statistics_record (kind, first_day);
CREATE INDEX statistics_record_group ON statistics_record (tenant_id, group_no, kind) WHERE is_counted;

-- The same summed up by day, kept by the transaction that writes a row of a record. A group stands here once as
-- `organised`, once for each that `received` it and once for each place that it `visited`. `agency` is the licence number
-- of another agency that received it, whose row is nobody's (`tenant_id` 0) until that number is some account's.
CREATE TABLE statistics_day (
    tenant_id      integer NOT NULL,
    division       text NOT NULL,
    agency         text NOT NULL,
    day            date NOT NULL,
    kind           text NOT NULL,
    subkind        text NOT NULL,
    part           text NOT NULL CHECK (part IN ('organised', 'received', 'visited')),
    origin         text NOT NULL,
    destination    text NOT NULL,
    channel        text NOT NULL,
    timeliness     text NOT NULL,
    records        bigint NOT NULL,
    groups         bigint NOT NULL,
    travellers     bigint NOT NULL,
    traveller_days bigint NOT NULL,
    corrections    bigint NOT NULL,
    voids          bigint NOT NULL,
    returned       bigint NOT NULL,
    PRIMARY KEY (day, tenant_id, kind, part, subkind, origin, destination, channel, timeliness, agency, division)
) PARTITION BY LIST (kind);
-- A question is about one kind and one part: it reads no rows of the others.
DO $$
DECLARE kind text; part text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['contract', 'roster'] LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF statistics_day FOR VALUES IN (%L) PARTITION BY LIST (part)',
                       'statistics_day_' || kind, kind);
        FOREACH part IN ARRAY ARRAY['organised', 'received', 'visited'] LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES IN (%L)',
                           'statistics_day_' || kind || '_' || part, 'statistics_day_' || kind, part);
        END LOOP;
    END LOOP;
END $$;
CREATE INDEX statistics_day_empty ON statistics_day (day) WHERE records = 0;
CREATE INDEX statistics_day_of ON statistics_day (tenant_id, day);

-- How far the change feed is counted, and how far a rebuild has come while one is under way.
CREATE TABLE statistics_mark (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL,
    rebuilt_tenant integer,
    rebuilt_kind   text,
    rebuilt_key    text,
    moved_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO statistics_mark (position) VALUES (0);

GRANT SELECT, INSERT, UPDATE, DELETE ON statistics_record, statistics_day TO yizhan_writer;
GRANT SELECT, UPDATE ON statistics_mark TO yizhan_writer;
GRANT SELECT ON statistics_record, statistics_day, statistics_mark TO yizhan_reader;
GRANT SELECT (license_no) ON tenant TO yizhan_reader;

ALTER TABLE statistics_record ENABLE ROW LEVEL SECURITY;
CREATE POLICY writes ON statistics_record TO yizhan_writer USING (true) WITH CHECK (true);
CREATE POLICY reads ON statistics_record FOR SELECT TO yizhan_reader USING (
    tenant_id = NULLIF(current_setting('yizhan.tenant', true), '')::integer
    OR tenant_id = ANY (NULLIF(current_setting('yizhan.agencies', true), '')::integer[])
    OR division LIKE NULLIF(current_setting('yizhan.division', true), ''));
ALTER TABLE statistics_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY writes ON statistics_day TO yizhan_writer USING (true) WITH CHECK (true);
CREATE POLICY reads ON statistics_day FOR SELECT TO yizhan_reader USING (
    tenant_id = NULLIF(current_setting('yizhan.tenant', true), '')::integer
    OR tenant_id = ANY (NULLIF(current_setting('yizhan.agencies', true), '')::integer[])
    OR division LIKE NULLIF(current_setting('yizhan.division', true), '')
    OR (agency <> '' AND agency IN (
        SELECT upper(translate(t.license_no, '- ', '')) FROM tenant t
        WHERE t.license_no <> '' AND t.division <> 'TEST' AND (
            t.id = NULLIF(current_setting('yizhan.tenant', true), '')::integer
            OR t.id = ANY (NULLIF(current_setting('yizhan.agencies', true), '')::integer[])
            OR t.division LIKE NULLIF(current_setting('yizhan.division', true), '')))));
CALL keep_sandbox_apart('statistics_record', 'statistics_day');
