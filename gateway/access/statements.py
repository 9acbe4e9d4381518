"""The SQL of partners, their credentials and what proves them."""

from __future__ import annotations

from sqlalchemy import text

# ruff: noqa: S608 - every statement is built from constants

INSERT_TENANT = text("""
    INSERT INTO tenant (name, title, uscc, division, wrapped_key)
    VALUES (:name, :title, :uscc, :division, :wrapped_key)
    ON CONFLICT DO NOTHING
""")
_TENANT = "t.id, t.name, t.title, t.uscc, t.license_no, t.division, t.speaks_for, t.wrapped_key"
TENANT = text(f"SELECT {_TENANT} FROM tenant t WHERE name = :name")
TENANT_BY_ID = text(f"SELECT {_TENANT} FROM tenant t WHERE id = :id")
TENANT_BY_USCC = text(f"SELECT {_TENANT} FROM tenant t WHERE uscc = :uscc")
_REKEYED = f"{_TENANT}, t.keys_changed_at, t.keys_phase"
REKEYED = text(f"SELECT {_REKEYED} FROM tenant t WHERE t.keys_changed_at > :since")
LOCK_TENANT = text(f"SELECT {_REKEYED} FROM tenant t WHERE t.name = :name FOR UPDATE")
SET_DATA_KEYS = text("""
    UPDATE tenant SET wrapped_key = :wrapped_key, keys_phase = :phase, keys_changed_at = now() WHERE id = :id
""")
WRAPPED_KEYS = text("SELECT name, wrapped_key AS wrapped FROM tenant ORDER BY id")
REWRAP_KEY = text("UPDATE tenant SET wrapped_key = :wrapped WHERE name = :name AND wrapped_key = :before")
WRAPPED_SECRETS = text("SELECT id AS name, sealed_secret AS wrapped FROM credential ORDER BY id")
REWRAP_SECRET = text("UPDATE credential SET sealed_secret = :wrapped WHERE id = :name AND sealed_secret = :before")
ENTITLE = text("""
    UPDATE tenant SET license_no = coalesce(nullif(:license_no, ''), license_no),
        speaks_for = coalesce(nullif(:speaks_for, ''), speaks_for)
    WHERE name = :name
""")
RENAME_TENANT = text("""
    UPDATE tenant SET name = :name, title = :title, division = :division, wrapped_key = :wrapped_key WHERE id = :id
""")
REPRESENT = text("""
    INSERT INTO representation (sender_id, agency_id) VALUES (:sender_id, :agency_id) ON CONFLICT DO NOTHING
""")
NO_LONGER_REPRESENT = text("""
    DELETE FROM representation r USING tenant t
    WHERE r.agency_id = t.id AND r.sender_id = :sender_id AND t.uscc = :uscc
    RETURNING t.division
""")
REPRESENTED = text(f"""
    SELECT {_TENANT} FROM representation r JOIN tenant t ON t.id = r.agency_id
    WHERE r.sender_id = :sender_id ORDER BY t.title, t.id
""")
# With a division, all its agencies that have an account.
SPOKEN_FOR = text(f"""
    SELECT {_TENANT} FROM tenant t
    WHERE t.id <> :id AND (t.id IN (SELECT agency_id FROM representation WHERE sender_id = :id)
                           OR (t.uscc <> '' AND t.division LIKE CAST(:division AS text)))
""")
INSERT_CREDENTIAL = text("""
    INSERT INTO credential (id, tenant_id, role, connector, secret_hash, sealed_secret, expires_at)
    VALUES (:id, :tenant_id, :role, :connector, :secret_hash, :sealed_secret, :expires_at)
""")
_LIVE = "c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > now())"
CREDENTIAL = text(f"""
    SELECT c.role, c.connector, c.secret_hash, c.sealed_secret, {_TENANT}
    FROM credential c JOIN tenant t ON t.id = c.tenant_id
    WHERE c.id = :id AND {_LIVE}
""")
IS_BOUND_TO = text(f"""
    SELECT EXISTS (SELECT FROM credential c WHERE c.tenant_id = :tenant_id AND c.connector = ANY(:connectors)
                   AND {_LIVE})
""")
BOUND = text(f"SELECT id FROM credential c WHERE connector = :connector AND {_LIVE} ORDER BY created_at, id")
EVERY_TENANT = text(f"SELECT {_TENANT} FROM tenant t ORDER BY id")
OPERATORS = text(f"""
    SELECT DISTINCT {_TENANT} FROM credential c JOIN tenant t ON t.id = c.tenant_id
    WHERE c.role = 'operator' AND {_LIVE}
""")
REVOKE = text("UPDATE credential SET revoked_at = now() WHERE id = :id AND revoked_at IS NULL RETURNING id")
LISTED = text("""
    SELECT c.id, t.name AS partner, c.role, c.connector, c.created_at, c.expires_at, c.last_used_at, c.revoked_at
    FROM credential c JOIN tenant t ON t.id = c.tenant_id
    WHERE (CAST(:tenant_id AS integer) IS NULL OR c.tenant_id = :tenant_id)
    ORDER BY t.name, c.created_at, c.id
""")
# A credential is replaced while the old one lives on for a while; whoever is quicker has replaced it.
LOCK_LIVE = text(f"""
    SELECT c.id, c.tenant_id, c.role, c.connector, c.created_at, c.expires_at FROM credential c
    WHERE c.id = :id AND {_LIVE} FOR UPDATE
""")
END_BY = text("UPDATE credential SET expires_at = :until WHERE id = :id")
COPY_PROOFS = text("""
    INSERT INTO credential_proof (credential_id, kind, fingerprint, material)
    SELECT :after, kind, fingerprint, material FROM credential_proof WHERE credential_id = :before
""")
# Partners in sight, and how their credentials stand: that they have one is why they are partners.
_PARTNERS = f"""
    SELECT t.id, t.name, t.title, t.uscc, t.division, count(*) FILTER (WHERE {_LIVE}) AS live, count(*) AS every,
        max(c.last_used_at) AS last_used_at, min(c.expires_at) FILTER (WHERE {_LIVE}) AS first_expiry,
        coalesce(array_agg(DISTINCT c.connector) FILTER (WHERE c.connector IS NOT NULL AND {_LIVE}), '{{}}')
            AS connectors
    FROM credential c JOIN tenant t ON t.id = c.tenant_id
    WHERE (CAST(:name AS text) IS NULL OR t.name = :name)
      AND (CAST(:like AS text) IS NULL OR t.name ILIKE :like OR t.title ILIKE :like OR t.uscc = :exactly)
    GROUP BY t.id, t.name, t.title, t.uscc, t.division
    HAVING (CAST(:state AS text) IS NULL
            OR (:state = 'expiring' AND min(c.expires_at) FILTER (WHERE {_LIVE}) < :soon)
            OR (:state = 'unused' AND max(c.last_used_at) IS NULL)
            OR (:state = 'ended' AND count(*) FILTER (WHERE {_LIVE}) = 0))
"""
PARTNERS = text(f"{_PARTNERS} ORDER BY t.title, t.id LIMIT :limit OFFSET :offset")
COUNT_PARTNERS = text(f"SELECT count(*) FROM (SELECT FROM ({_PARTNERS}) every LIMIT :most) q")
USED = text("""
    UPDATE credential SET last_used_at = now()
    WHERE id = ANY(:ids) AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
""")
KNOWN = text("""
    SELECT c.id, t.name || '/' || c.id AS name, CASE WHEN c.revoked_at IS NOT NULL THEN 'revoked'
        WHEN c.expires_at <= now() THEN 'expired' ELSE 'live' END AS state, t.id AS tenant_id, t.division
    FROM credential c JOIN tenant t ON t.id = c.tenant_id WHERE c.id = ANY(:ids)
""")
ADD_PROOF = text("""
    INSERT INTO credential_proof (credential_id, kind, fingerprint, material)
    VALUES (:credential_id, :kind, :fingerprint, :material)
    ON CONFLICT DO NOTHING
""")
PROOFS = text("SELECT material FROM credential_proof WHERE credential_id = :credential_id AND kind = :kind")
PROVED = text(f"""
    SELECT p.credential_id FROM credential_proof p JOIN credential c ON c.id = p.credential_id
    WHERE p.kind = :kind AND p.fingerprint = :fingerprint AND {_LIVE}
    ORDER BY p.added_at LIMIT 1
""")

CLAIM_NONCES = text("""
    INSERT INTO nonce (credential_id, nonce)
    SELECT * FROM unnest(CAST(:credentials AS text[]), CAST(:nonces AS text[]))
    ON CONFLICT DO NOTHING
    RETURNING credential_id, nonce
""")
FORGET_NONCES = text("DELETE FROM nonce WHERE seen_at < now() - make_interval(secs => :seconds)")

# -- what a tenant has left with us ------------------------------------------------------------------------------------

KEPT_BYTES = text("SELECT kept_bytes FROM tenant_usage WHERE tenant_id = :tenant_id")
KEEP_BYTES = text("""
    INSERT INTO tenant_usage (tenant_id, kept_bytes) VALUES (:tenant_id, :size)
    ON CONFLICT (tenant_id) DO UPDATE SET kept_bytes = tenant_usage.kept_bytes + excluded.kept_bytes
""")
# Spaces of a sandbox are called `acme.test`, `acme.test~2` and so on; its credentials lie in the newest.
HOLD_SANDBOX = text("SELECT pg_advisory_xact_lock(hashtextextended('sandbox ' || :name, 0))")
NEWEST = text(f"SELECT {_TENANT} FROM tenant t WHERE split_part(name, '~', 1) = :name ORDER BY id DESC LIMIT 1")
MOVE_CREDENTIALS = text("""
    UPDATE credential SET tenant_id = :after
    WHERE revoked_at IS NULL AND tenant_id IN (SELECT id FROM tenant WHERE split_part(name, '~', 1) = :name)
""")
