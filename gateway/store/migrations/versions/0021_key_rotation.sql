-- Since when the data keys of a tenant are as they are: processes look for what has changed.
ALTER TABLE tenant ADD COLUMN keys_changed_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE tenant ADD COLUMN keys_phase text CHECK (keys_phase IN ('announced', 'switched'));
CREATE INDEX tenant_keys_changed ON tenant (keys_changed_at);
GRANT UPDATE (keys_changed_at, keys_phase) ON tenant TO yizhan_writer;

-- What is wrapped by the master key, or sealed by a data key, can be sealed anew.
GRANT UPDATE (sealed_secret) ON credential TO yizhan_writer;
GRANT UPDATE (sealed_private) ON signing_key TO yizhan_writer;
GRANT UPDATE (raw, filename) ON submission TO yizhan_writer;
GRANT UPDATE (source) ON dead_letter TO yizhan_writer;
GRANT UPDATE (body) ON record_version TO yizhan_writer;
GRANT UPDATE (blob) ON document TO yizhan_writer;
GRANT UPDATE (raw) ON snapshot_page TO yizhan_writer;
