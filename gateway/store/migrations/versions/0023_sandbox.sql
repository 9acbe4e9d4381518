-- What partners try out lies in no division. Only the pattern of the whole country would match it.
ALTER TABLE tenant
    DROP CONSTRAINT tenant_division_check,
    ADD CONSTRAINT tenant_division_check CHECK (division ~ '^[0-9]{6}$' OR division = 'TEST');
CREATE PROCEDURE keep_sandbox_apart(VARIADIC names text[]) LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('CREATE POLICY sandbox ON %I AS RESTRICTIVE FOR SELECT TO yizhan_reader USING (
            division <> ''TEST'' OR current_setting(''yizhan.division'', true) IS DISTINCT FROM ''%%'')', name);
    END LOOP;
END $$;
REVOKE EXECUTE ON PROCEDURE keep_sandbox_apart FROM PUBLIC;
DO $$
DECLARE names text[];
BEGIN
    SELECT array_agg(tablename::text) INTO names FROM pg_policies
    WHERE schemaname = current_schema() AND policyname = 'reads' AND qual LIKE '%(division %';
    CALL keep_sandbox_apart(VARIADIC names);
END $$;
DROP POLICY reads ON credential;
CREATE POLICY reads ON credential FOR SELECT TO yizhan_reader USING (
    tenant_id = NULLIF(current_setting('yizhan.tenant', true), '')::integer
    OR EXISTS (SELECT FROM tenant t WHERE t.id = tenant_id
               AND (t.division <> 'TEST' OR current_setting('yizhan.division', true) <> '%')
               AND t.division LIKE NULLIF(current_setting('yizhan.division', true), '')));
GRANT SELECT (id, division) ON tenant TO yizhan_public;
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
