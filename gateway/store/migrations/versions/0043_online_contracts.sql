-- Contracts that an agency without a system makes here. `body` is what is being filled in, sealed under the agency's data
-- key; `document` is the PDF that signers are shown, sealed too, and `shown_hash` the content hash of the record that it
-- shows. Who finishes what all have signed holds it until `finishing_until`. Once it is concluded the record of that number in the ledger is the contract, and this says how it is signed.
CREATE TABLE online_contract (
    id               uuid PRIMARY KEY,
    tenant_id        integer NOT NULL REFERENCES tenant,
    division         text NOT NULL,
    template_code    text NOT NULL,
    template_version integer NOT NULL,
    state            text NOT NULL,
    revision         integer NOT NULL DEFAULT 1,
    key              text NOT NULL,
    code             text,
    body             bytea NOT NULL,
    document         bytea NOT NULL DEFAULT '',
    pages            integer,
    shown_hash       bytea,
    finishing_until  timestamptz,
    made_by          text NOT NULL,
    made_at          timestamptz NOT NULL,
    changed_at       timestamptz NOT NULL,
    reason           text,
    FOREIGN KEY (template_code, template_version) REFERENCES template (code, version),
    UNIQUE (tenant_id, key)
);
ALTER TABLE online_contract ALTER document SET STORAGE EXTERNAL;
CREATE INDEX online_contract_newest ON online_contract (tenant_id, changed_at DESC, id DESC);
-- One invitation of one signer. Of link, one-time code and opened page only hashes are kept; `sealed` is who signs, and
-- `drawing` the strokes of a signature, both sealed.
CREATE TABLE signing (
    id            uuid PRIMARY KEY,
    contract_id   uuid NOT NULL REFERENCES online_contract,
    tenant_id     integer NOT NULL,
    division      text NOT NULL,
    purpose       text NOT NULL CHECK (purpose IN ('sign', 'cancel')),
    signer        integer NOT NULL,
    state         text NOT NULL,
    sealed        bytea NOT NULL,
    token_hash    bytea NOT NULL UNIQUE,
    opened_hash   bytea,
    code_hash     bytea,
    code_until    timestamptz,
    codes_sent    integer NOT NULL DEFAULT 0,
    code_sent_at  timestamptz,
    tries         integer NOT NULL DEFAULT 0,
    document_hash bytea,
    drawing       bytea,
    invited_at    timestamptz NOT NULL,
    until         timestamptz NOT NULL,
    done_at       timestamptz
);
CREATE UNIQUE INDEX signing_open ON signing (contract_id, purpose, signer) WHERE state IN ('invited', 'done');
GRANT SELECT, INSERT, UPDATE ON online_contract, signing TO yizhan_writer;
GRANT SELECT ON online_contract, signing TO yizhan_reader;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['online_contract', 'signing'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY writes ON %I TO yizhan_writer USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY reads ON %I FOR SELECT TO yizhan_reader USING (
            tenant_id = NULLIF(current_setting(''yizhan.tenant'', true), '''')::integer)', name);
    END LOOP;
END $$;
ALTER TABLE seal_use DROP CONSTRAINT seal_use_purpose_check;
ALTER TABLE seal_use ADD CONSTRAINT seal_use_purpose_check
    CHECK (purpose IN ('audited', 'returned', 'document', 'contract'));
