-- The trade's forms of a division as they stood when they were published: never changed afterwards. Whoever publishes the
-- same days once more makes the next version.
CREATE TABLE statistics_publication (
    id           uuid PRIMARY KEY,
    division     text NOT NULL,
    first_day    date NOT NULL,
    last_day     date NOT NULL,
    version      integer NOT NULL,
    forms        jsonb NOT NULL,
    published_by text NOT NULL,
    published_at timestamptz NOT NULL,
    UNIQUE (division, first_day, last_day, version)
);
-- What an agency says itself of a year: how many groups it expects, its own figures, its money.
CREATE TABLE statistics_report (
    tenant_id     integer NOT NULL REFERENCES tenant,
    year          integer NOT NULL,
    division      text NOT NULL,
    figures       jsonb NOT NULL,
    handed_in_by  text NOT NULL,
    handed_in_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, year)
);
GRANT SELECT, INSERT ON statistics_publication TO yizhan_writer;
GRANT SELECT, INSERT, UPDATE ON statistics_report TO yizhan_writer;
GRANT SELECT ON statistics_publication, statistics_report TO yizhan_reader;

ALTER TABLE statistics_publication ENABLE ROW LEVEL SECURITY;
CREATE POLICY writes ON statistics_publication TO yizhan_writer USING (true) WITH CHECK (true);
CREATE POLICY reads ON statistics_publication FOR SELECT TO yizhan_reader USING (
    division LIKE NULLIF(current_setting('yizhan.division', true), ''));
ALTER TABLE statistics_report ENABLE ROW LEVEL SECURITY;
CREATE POLICY writes ON statistics_report TO yizhan_writer USING (true) WITH CHECK (true);
CREATE POLICY reads ON statistics_report FOR SELECT TO yizhan_reader USING (
    tenant_id = NULLIF(current_setting('yizhan.tenant', true), '')::integer
    OR tenant_id = ANY (NULLIF(current_setting('yizhan.agencies', true), '')::integer[])
    OR division LIKE NULLIF(current_setting('yizhan.division', true), ''));
CALL keep_sandbox_apart('statistics_publication', 'statistics_report');
