-- What inspectors found on the road. `body` and photographs are sealed under the data key of the inspector's authority,
-- whose they are; `about` is the agency's account. `id` is made by whoever sends it, so that a check that is sent again is the same.
CREATE TABLE field_check (
    id         uuid PRIMARY KEY,
    tenant_id  integer NOT NULL,
    division   text NOT NULL,
    about      integer NOT NULL,
    code       text NOT NULL,
    kind       text NOT NULL,
    version    integer NOT NULL,
    state      text NOT NULL,
    outcome    text NOT NULL CHECK (outcome IN ('consistent', 'deviating', 'unverifiable')),
    body       bytea NOT NULL,
    hash       bytea NOT NULL,
    photos     integer NOT NULL,
    made_by    text NOT NULL,
    checked_at timestamptz NOT NULL,
    stored_at  timestamptz NOT NULL
);
CREATE INDEX field_check_code ON field_check (about, code, stored_at);
CREATE INDEX field_check_newest ON field_check (stored_at, id);
CREATE TABLE field_check_photo (
    check_id   uuid NOT NULL REFERENCES field_check,
    number     integer NOT NULL,
    tenant_id  integer NOT NULL,
    division   text NOT NULL,
    media_type text NOT NULL,
    blob       bytea NOT NULL,
    PRIMARY KEY (check_id, number)
);
ALTER TABLE field_check_photo ALTER blob SET STORAGE EXTERNAL;
GRANT SELECT, INSERT ON field_check, field_check_photo TO yizhan_writer;
GRANT UPDATE (body) ON field_check TO yizhan_writer;
GRANT UPDATE (blob) ON field_check_photo TO yizhan_writer;
GRANT SELECT ON field_check, field_check_photo TO yizhan_reader;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['field_check', 'field_check_photo'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY writes ON %I TO yizhan_writer USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY reads ON %I FOR SELECT TO yizhan_reader USING (
            tenant_id = NULLIF(current_setting(''yizhan.tenant'', true), '''')::integer
            OR division LIKE NULLIF(current_setting(''yizhan.division'', true), ''''))', name);
    END LOOP;
END $$;
CALL keep_sandbox_apart('field_check', 'field_check_photo');
