-- SM2 with SM3 (GB/T 32918) signs statements, receipts and requests beside Ed25519 and ES256.
ALTER TABLE signing_key
    DROP CONSTRAINT signing_key_algorithm_check,
    ADD CONSTRAINT signing_key_algorithm_check CHECK (algorithm IN ('EdDSA', 'ES256', 'SM2SM3'));
ALTER TABLE credential_proof
    DROP CONSTRAINT credential_proof_kind_check,
    ADD CONSTRAINT credential_proof_kind_check CHECK (kind IN ('ssh', 'x509', 'sm2'));
