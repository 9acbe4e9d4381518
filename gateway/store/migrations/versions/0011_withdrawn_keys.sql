-- A key that leaked: what it has signed from that moment on is not ours.
ALTER TABLE signing_key ADD COLUMN withdrawn_since timestamptz;
GRANT UPDATE (withdrawn_since) ON signing_key TO yizhan_writer;

-- The public verifier looks among earlier versions for what such a key has signed before: hashes and moments alone.
GRANT SELECT (tenant_id, kind, key, content_hash, stored_at) ON record_version TO yizhan_public;
CREATE POLICY verifies ON record_version FOR SELECT TO yizhan_public USING (kind = 'contract');
