"""The SQL of the audit log."""

from __future__ import annotations

from sqlalchemy import text

ADD = text("""
    INSERT INTO audit (at, actor, action, object, detail, tenant_id, division, salt)
    VALUES (:at, :actor, :action, :object, CAST(:detail AS jsonb), :tenant_id, :division, :salt)
    RETURNING position
""")
# An actor is a partner or one of its credentials: `acme` is also `acme/yz0123`.
LISTED = text("""
    SELECT position, at, actor, action, object, division, detail
    FROM audit
    WHERE position > :after
      AND (CAST(:actor AS text) IS NULL OR actor = :actor OR starts_with(actor, :actor || '/'))
      AND (CAST(:object AS text) IS NULL OR object = :object)
      AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)
      AND (CAST(:until AS timestamptz) IS NULL OR at < :until)
    ORDER BY position LIMIT :limit
""")
