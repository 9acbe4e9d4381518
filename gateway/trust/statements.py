"""The SQL of the signing keys."""

from __future__ import annotations

from sqlalchemy import text

ALL_KEYS = text("""
    SELECT kid, purpose, algorithm, jwk, sealed_private, created_at, retired_at, withdrawn_since
    FROM signing_key ORDER BY created_at, kid
""")
ANY_SEALED_KEY = text("SELECT kid, sealed_private FROM signing_key LIMIT 1")
IS_IN_USE = text("SELECT EXISTS (SELECT FROM signing_key) OR EXISTS (SELECT FROM tenant)")
INSERT_KEY = text("""
    INSERT INTO signing_key (kid, purpose, algorithm, jwk, sealed_private)
    VALUES (:kid, :purpose, :algorithm, CAST(:jwk AS jsonb), :sealed_private)
    ON CONFLICT DO NOTHING
""")
RETIRE_KEY = text("UPDATE signing_key SET retired_at = now() WHERE purpose = :purpose AND retired_at IS NULL")
WITHDRAW_KEY = text("""
    UPDATE signing_key SET withdrawn_since = :since, retired_at = coalesce(retired_at, now())
    WHERE kid = :kid RETURNING purpose, algorithm
""")
REWRAP_SIGNING_KEY = text(
    "UPDATE signing_key SET sealed_private = :wrapped WHERE kid = :kid AND sealed_private = :before"
)
ACTIVE_KEYS = text("SELECT purpose, algorithm FROM signing_key WHERE retired_at IS NULL ORDER BY purpose")
