"""The SQL of partners, their credentials and what proves them."""

from __future__ import annotations

from sqlalchemy import text

INSERT_TENANT = text("""
    INSERT INTO tenant (name, title, uscc, division, wrapped_key)
    VALUES (:name, :title, :uscc, :division, :wrapped_key)
    ON CONFLICT (name) DO NOTHING
""")
TENANT = text("SELECT id, name, title, uscc, division, wrapped_key FROM tenant WHERE name = :name")
TENANT_BY_ID = text("SELECT id, name, title, uscc, division, wrapped_key FROM tenant WHERE id = :id")
INSERT_CREDENTIAL = text("""
    INSERT INTO credential (id, tenant_id, role, connector, secret_hash, sealed_secret)
    VALUES (:id, :tenant_id, :role, :connector, :secret_hash, :sealed_secret)
""")
CREDENTIAL = text("""
    SELECT c.role, c.connector, c.secret_hash, c.sealed_secret,
           t.id, t.name, t.title, t.uscc, t.division, t.wrapped_key
    FROM credential c JOIN tenant t ON t.id = c.tenant_id
    WHERE c.id = :id AND c.revoked_at IS NULL
""")
BOUND = text("SELECT id FROM credential WHERE connector = :connector AND revoked_at IS NULL ORDER BY created_at, id")
REVOKE = text("UPDATE credential SET revoked_at = now() WHERE id = :id AND revoked_at IS NULL RETURNING id")
ADD_PROOF = text("""
    INSERT INTO credential_proof (credential_id, kind, fingerprint, material)
    VALUES (:credential_id, :kind, :fingerprint, :material)
    ON CONFLICT DO NOTHING
""")
PROOFS = text("SELECT material FROM credential_proof WHERE credential_id = :credential_id AND kind = :kind")
PROVED = text("""
    SELECT p.credential_id FROM credential_proof p JOIN credential c ON c.id = p.credential_id
    WHERE p.kind = :kind AND p.fingerprint = :fingerprint AND c.revoked_at IS NULL
    ORDER BY p.added_at LIMIT 1
""")

CLAIM_NONCES = text("""
    INSERT INTO nonce (credential_id, nonce)
    SELECT * FROM unnest(CAST(:credentials AS text[]), CAST(:nonces AS text[]))
    ON CONFLICT DO NOTHING
    RETURNING credential_id, nonce
""")
FORGET_NONCES = text("DELETE FROM nonce WHERE seen_at < now() - make_interval(secs => :seconds)")
