-- A key that leaked: what it has signed from that moment on is not ours.
ALTER TABLE signing_key ADD COLUMN withdrawn_since timestamptz;
GRANT UPDATE (withdrawn_since) ON signing_key TO yizhan_writer;
