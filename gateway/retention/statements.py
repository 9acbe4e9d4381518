"""The SQL of purges and holds; what empties rows lies in `store.emptying`."""

from __future__ import annotations

from sqlalchemy import text

_RUN = "SELECT id, division, state, due_before, begun_by, begun_at, done_at FROM retention_run"
BEGIN = text("""
    INSERT INTO retention_run (id, division, state, due_before, begun_by, begun_at)
    VALUES (:id, :division, :state, :due_before, :by, :at)
    ON CONFLICT (division) WHERE state = 'running' DO NOTHING
""")
RUNNING = text(f"{_RUN} WHERE division = :division AND state = 'running'")
FINISH = text("UPDATE retention_run SET state = :state, done_at = :at WHERE id = :id AND state = ANY(:before)")
RUN = text(f"{_RUN} WHERE id = :id AND division LIKE :division")
RUNS = text(f"{_RUN} WHERE division LIKE :division ORDER BY begun_at DESC LIMIT :limit")
COUNT = text("""
    INSERT INTO retention_count (run_id, subject, division, rows) VALUES (:run_id, :subject, :division, :rows)
    ON CONFLICT (run_id, subject, division) DO UPDATE SET rows = retention_count.rows + excluded.rows
""")
COUNTS = text("SELECT subject, division, rows FROM retention_count WHERE run_id = :id ORDER BY subject, division")

HAS = text("""
    SELECT EXISTS (SELECT FROM record WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key)
        OR EXISTS (SELECT FROM dead_letter WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key)
""")
PLACE = text("""
    INSERT INTO retention_hold (id, tenant_id, division, kind, key, reason, placed_by, placed_at)
    VALUES (:id, :tenant_id, :division, :kind, :key, :reason, :by, :at)
""")
LIFT = text("""
    UPDATE retention_hold SET lifted_by = :by, lifted_at = :at
    WHERE id = :id AND division LIKE :division AND lifted_at IS NULL
    RETURNING division
""")
IN_FORCE = text("""
    SELECT tenant_id, kind, key FROM retention_hold
    WHERE lifted_at IS NULL AND tenant_id = ANY(CAST(:tenant_ids AS int[]))
""")
HOLDS = text("""
    SELECT h.id, h.tenant_id, t.name AS partner, h.division, h.kind, h.key, h.reason, h.placed_by, h.placed_at,
           h.lifted_by, h.lifted_at
    FROM retention_hold h JOIN tenant t ON t.id = h.tenant_id
    WHERE h.division LIKE :division ORDER BY h.lifted_at IS NOT NULL, h.placed_at DESC LIMIT :limit
""")
