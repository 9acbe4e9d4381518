"""The SQL of portals: what must be known of a record before it goes out, and how far streams have been read."""

from __future__ import annotations

from sqlalchemy import text

# ruff: noqa: S608 - every statement is built from constants

_IS_DISPUTED = """
    EXISTS (SELECT FROM conflict c WHERE c.tenant_id = r.tenant_id AND c.kind = r.kind AND c.key = r.key
            AND c.decision IS NULL) AS is_disputed
"""
OUTGOING = text(f"""
    SELECT r.tenant_id, r.division, r.kind, r.key, r.version, r.body, r.content_hash, r.unconfirmed, r.confirmed_as,
           coalesce(r.base_revision, r.revision) AS base, {_IS_DISPUTED}
    FROM record r WHERE r.tenant_id = :tenant_id AND r.kind = :kind AND r.key = :key
""")
EARLIER = text("""
    SELECT r.tenant_id, r.division, r.kind, r.key, v.version, v.body, v.content_hash, true AS unconfirmed,
           CAST(NULL AS bigint) AS confirmed_as, CAST(NULL AS bigint) AS base, false AS is_disputed
    FROM record_version v JOIN record r USING (tenant_id, kind, key)
    WHERE v.tenant_id = :tenant_id AND v.kind = :kind AND v.key = :key AND v.version = :version
""")
# Walks the partner's feed back to the change: for one record that a person decided about, not for every delivery.
POSITION = text("""
    SELECT position FROM change
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key AND version = :version
      AND event IN ('created', 'amended')
    ORDER BY position DESC LIMIT 1
""")
STANDING = text("""
    SELECT version, confirmed_as, coalesce(base_revision, revision) AS base FROM record
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key
""")
MAY_HAVE_ARRIVED = text("""
    SELECT EXISTS (
        SELECT FROM delivery d JOIN target t ON t.id = d.target_id JOIN change c ON c.position = d.position
        WHERE t.connector = :connector AND d.state = 'waiting' AND d.attempts > 0
          AND c.tenant_id = :tenant_id AND c.kind = :kind AND c.key = :key AND c.version < :version)
""")
HOLD = text("""
    SELECT key, content_hash FROM record
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = ANY(:keys) ORDER BY key COLLATE "C" FOR UPDATE
""")

# -- how far streams have been read ------------------------------------------------------------------------------------

MARK = text("SELECT value, revision FROM watermark WHERE connector = :connector AND stream = :stream")
HOLD_MARK = text(f"{MARK} FOR UPDATE")
BEGIN_MARK = text("""
    INSERT INTO watermark (connector, stream, value) VALUES (:connector, :stream, CAST(:value AS jsonb))
    ON CONFLICT DO NOTHING RETURNING revision
""")
MOVE_MARK = text("""
    UPDATE watermark SET value = CAST(:value AS jsonb), revision = revision + 1, moved_at = now()
    WHERE connector = :connector AND stream = :stream AND revision = :revision RETURNING revision
""")
