"""The SQL of the audit log."""

from __future__ import annotations

from sqlalchemy import text

ADD = text("""
    INSERT INTO audit (actor, action, object, detail) VALUES (:actor, :action, :object, CAST(:detail AS jsonb))
""")
