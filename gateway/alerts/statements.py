"""The SQL of alerts."""

from __future__ import annotations

from sqlalchemy import text

RAISE = text("""
    INSERT INTO alert (id, tenant_id, division, connector, code, subject, detail)
    VALUES (:id, :tenant_id, :division, :connector, :code, :subject, CAST(:detail AS jsonb))
    ON CONFLICT (tenant_id, connector, code, subject) WHERE closed_at IS NULL
    DO UPDATE SET times = alert.times + 1, last_at = now(), detail = excluded.detail
""")
CLOSE = text("UPDATE alert SET closed_at = now(), closed_by = :by WHERE id = :id AND closed_at IS NULL")
SETTLE = text("""
    UPDATE alert SET closed_at = now()
    WHERE tenant_id = :tenant_id AND connector = :connector AND code = :code AND subject = :subject
      AND closed_at IS NULL
""")
HAS_JUST_CLOSED = text("""
    SELECT EXISTS (SELECT FROM alert WHERE closed_by = :by AND closed_at > now() - interval '10 minutes')
""")
SETTLE_OTHERS = text("""
    UPDATE alert SET closed_at = now()
    WHERE tenant_id = :tenant_id AND connector = :connector AND code = :code AND subject <> ALL(:subjects)
      AND closed_at IS NULL
""")
SETTLE_EVERYWHERE = text("""
    UPDATE alert SET closed_at = now() WHERE code = :code AND connector <> ALL(:but) AND closed_at IS NULL
""")
OPEN = text("""
    SELECT id, tenant_id, division, connector, code, subject, detail, times, first_at, last_at
    FROM alert WHERE closed_at IS NULL AND (CAST(:id AS uuid) IS NULL OR id = :id)
      AND (CAST(:code AS text) IS NULL OR code = :code)
      AND (CAST(:connector AS text) IS NULL OR connector = :connector)
      AND (CAST(:after AS uuid) IS NULL OR id > :after)
    ORDER BY id LIMIT :limit
""")
