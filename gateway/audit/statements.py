"""The SQL of the audit log."""

from __future__ import annotations

from sqlalchemy import text

ADD = text("""
    INSERT INTO audit (at, actor, action, object, detail, tenant_id, division, salt)
    VALUES (:at, :actor, :action, :object, CAST(:detail AS jsonb), :tenant_id, :division, :salt)
    RETURNING position
""")
# An actor is a partner or one of its credentials: `acme` is also `acme/yz0123`.
_MEETS = """
    (CAST(:actor AS text) IS NULL OR actor = :actor OR starts_with(actor, :actor || '/'))
      AND (CAST(:object AS text) IS NULL OR object = :object)
      AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)
      AND (CAST(:until AS timestamptz) IS NULL OR at < :until)
"""
_ENTRY = "SELECT position, at, actor, action, object, division, detail FROM audit"
LISTED = text(f"{_ENTRY} WHERE position > :after AND {_MEETS} ORDER BY position LIMIT :limit")
# Who looks at the log mostly wants what has just happened; 0 stands before the newest.
NEWEST = text(f"""
    {_ENTRY} WHERE (:after = 0 OR position < :after) AND {_MEETS} ORDER BY position DESC LIMIT :limit
""")
