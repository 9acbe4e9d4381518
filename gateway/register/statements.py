"""The SQL of the register and of the calendar."""

from __future__ import annotations

from sqlalchemy import text

# ruff: noqa: S608 - every statement is built from constants

_KEPT = """
    SELECT r.tenant_id, r.kind, r.key, r.state, r.division, r.body FROM record r
    WHERE r.kind IN ('agency', 'leader') AND r.tenant_id IN (
        SELECT tenant_id FROM credential WHERE connector = ANY(:portals) AND revoked_at IS NULL)
      AND r.division <> 'TEST'
"""
ALL_KEPT = text(_KEPT)
CHANGED = text(f"""
    {_KEPT} AND (r.tenant_id, r.kind, r.key) IN (
        SELECT tenant_id, kind, key FROM change
        WHERE position > :after AND position <= :upto AND kind IN ('agency', 'leader'))
""")

DIGEST = text("SELECT md5(string_agg(day::text || is_working::text, ',' ORDER BY day)) FROM calendar_day")
# One row: thousands of them, read at every start, would cost more than all else that is read there.
CALENDAR = text("""
    SELECT coalesce(array_agg(day), '{}') AS known,
           coalesce(array_agg(day ORDER BY day) FILTER (WHERE is_working), '{}') AS working
    FROM calendar_day
""")
PUT_DAYS = text("""
    INSERT INTO calendar_day (day, is_working, name, source) VALUES (:day, :is_working, :name, :source)
    ON CONFLICT (day) DO UPDATE SET is_working = excluded.is_working, name = excluded.name, source = excluded.source
""")
