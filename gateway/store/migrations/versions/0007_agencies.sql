-- A record belongs to the agency that it speaks of: `tenant_id` of a record is that agency's account, `sender_id` the
-- account of whoever sent its present version. What is not sent for somebody else belongs to its sender.
ALTER TABLE tenant
    ADD COLUMN license_no text NOT NULL DEFAULT '',
    ADD COLUMN speaks_for text CHECK (speaks_for ~ '^[0-9]{6}$');
CREATE UNIQUE INDEX tenant_uscc ON tenant (uscc) WHERE uscc <> '';

-- Who else may speak for an agency: a vendor for many, an agency through several vendors.
CREATE TABLE representation (
    sender_id integer NOT NULL REFERENCES tenant,
    agency_id integer NOT NULL REFERENCES tenant,
    since     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sender_id, agency_id),
    CHECK (sender_id <> agency_id)
);
GRANT SELECT, INSERT, DELETE ON representation TO yizhan_writer;
GRANT SELECT ON representation TO yizhan_reader;
GRANT UPDATE (name, title, division, wrapped_key, license_no, speaks_for) ON tenant TO yizhan_writer;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['record', 'record_version', 'document', 'change'] LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN sender_id integer', name);
        EXECUTE format('UPDATE %I SET sender_id = tenant_id', name);
        EXECUTE format('ALTER TABLE %I ALTER sender_id SET NOT NULL', name);
        EXECUTE format('DROP POLICY reads ON %I', name);
        EXECUTE format('CREATE POLICY reads ON %I FOR SELECT TO yizhan_reader USING (
            tenant_id = NULLIF(current_setting(''yizhan.tenant'', true), '''')::integer
            OR sender_id = NULLIF(current_setting(''yizhan.tenant'', true), '''')::integer
            OR tenant_id = ANY (NULLIF(current_setting(''yizhan.agencies'', true), '''')::integer[])
            OR division LIKE NULLIF(current_setting(''yizhan.division'', true), ''''))', name);
    END LOOP;
END $$;

-- The number printed on a contract is its agency's, and used once; that of a void contract may be used again.
ALTER TABLE record ADD COLUMN contract_no text;
CREATE UNIQUE INDEX record_contract_no ON record (tenant_id, contract_no) WHERE state <> 'void';
