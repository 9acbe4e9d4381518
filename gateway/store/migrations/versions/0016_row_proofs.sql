-- Keyed hashes over the columns that the public is shown (trust/row_proofs.py); NULL where nothing is shown, and of before.
ALTER TABLE record ADD COLUMN proof bytea;
ALTER TABLE document ADD COLUMN proof bytea;
GRANT SELECT (proof) ON record, document TO yizhan_public;

-- The key of the transparency log.
ALTER TABLE signing_key DROP CONSTRAINT signing_key_purpose_check,
    ADD CONSTRAINT signing_key_purpose_check CHECK (purpose IN ('qr', 'receipt', 'log'));
