"""The SQL of operations."""

from __future__ import annotations

from sqlalchemy import text

# Each counted as far as `most`, so that a queue that has run full costs no more than a long one. What waits is found by
# the partial indexes that its workers use. The age of a delivery is that of its change.
QUEUES = text("""
    SELECT 'documents' AS queue, count(*) AS depth, min(since) AS since FROM (
        SELECT s.received_at AS since FROM batch b JOIN submission s ON s.id = b.submission_id
        WHERE b.state <> 'done' ORDER BY b.submission_id LIMIT :most) q
    UNION ALL SELECT 'uploads', count(*), min(created_at) FROM (
        SELECT created_at FROM upload WHERE submission_id IS NULL ORDER BY id LIMIT :most) q
    UNION ALL SELECT 'changes', count(*), min(at) FROM (
        SELECT at FROM change_arrival ORDER BY arrival LIMIT :most) q
    UNION ALL SELECT 'leaves', count(*), NULL FROM (SELECT FROM log_pending LIMIT :most) q
    UNION ALL SELECT kind, count(*), (SELECT at FROM change WHERE position = min(q.position)) FROM (
        SELECT CASE t.format WHEN 'portal' THEN 'portal' ELSE 'webhook' END AS kind, d.position
        FROM delivery d JOIN target t ON t.id = d.target_id
        WHERE d.state = 'waiting' AND t.state <> 'gone' ORDER BY d.due_at LIMIT :most) q
    GROUP BY kind
    UNION ALL SELECT 'dead_letters', count(*), min(stored_at) FROM (
        SELECT stored_at FROM dead_letter WHERE state = 'open' LIMIT :most) q
    UNION ALL SELECT 'conflicts', count(*), min(opened_at) FROM (
        SELECT opened_at FROM conflict WHERE decision IS NULL LIMIT :most) q
    UNION ALL SELECT 'alerts', count(*), min(first_at) FROM (
        SELECT first_at FROM alert WHERE closed_at IS NULL LIMIT :most) q
    UNION ALL SELECT kind || 's', count(*), min(stored_at) FROM (
        SELECT kind, stored_at FROM record
        WHERE (kind, state) IN (('roster', 'submitted'), ('pledge', 'waiting')) LIMIT :most) q
    GROUP BY kind
""")
# Targets to which something does not get through, the deepest first; their addresses are for whoever they belong to.
HELD_UP = text("""
    SELECT t.id, a.name AS partner, t.connector, t.format, t.url, t.state, t.failures, t.open_until,
        (SELECT count(*) FROM (SELECT FROM delivery d WHERE d.target_id = t.id AND d.state = 'waiting' LIMIT :most) q)
            AS waiting,
        (SELECT count(*) FROM (SELECT FROM delivery d WHERE d.target_id = t.id AND d.state = 'dead' LIMIT :most) q)
            AS dead
    FROM target t JOIN tenant a ON a.id = t.tenant_id
    WHERE t.state = 'paused' OR (t.state = 'active' AND t.failures > 0)
    ORDER BY t.failures DESC, t.id LIMIT :limit
""")
STREAMS = text("""
    SELECT connector, max(moved_at) AS moved_at, count(*) AS streams FROM watermark
    GROUP BY connector ORDER BY moved_at, connector
""")
CALENDAR_UNTIL = text("SELECT max(day) FROM calendar_day")
IS_OURS = text("SELECT pg_try_advisory_xact_lock(hashtextextended('operations', 0))")
LAST_TRAFFIC = text("SELECT max(at) FROM traffic_sample")
PUT_QUEUE = text("""
    INSERT INTO queue_sample (at, queue, depth, oldest_seconds) VALUES (:at, :queue, :depth, :oldest_seconds)
    ON CONFLICT DO NOTHING
""")
# Submissions are found by their numbers, which grow with time. What is too large to be read at once counts when it is
# finished: its rows have no fate before.
PUT_TRAFFIC = text("""
    INSERT INTO traffic_sample (at, channel, submissions, accepted, rejected)
    SELECT greatest(date_bin(:every, at, CAST(:since AS timestamptz)), :since), channel, count(*), sum(accepted),
           sum(rejected + quarantined)
    FROM (
        SELECT received_at AS at, channel, accepted, rejected, quarantined FROM submission s
        WHERE id >= :least_id AND id < :most_id AND NOT EXISTS (SELECT FROM batch WHERE submission_id = s.id)
        UNION ALL
        SELECT finished_at, channel, accepted, rejected, quarantined
        FROM batch JOIN submission ON id = submission_id WHERE finished_at >= :since AND finished_at < :until
    ) q
    GROUP BY 1, 2 ON CONFLICT DO NOTHING
""")
FORGET = (
    text("DELETE FROM queue_sample WHERE at < :before"),
    text("DELETE FROM traffic_sample WHERE at < :before"),
)
DEPTHS = text("""
    SELECT at, queue, depth, oldest_seconds FROM queue_sample WHERE at >= :since ORDER BY at, queue
""")
TRAFFIC = text("""
    SELECT date_trunc('hour', at) AS at, channel, CAST(sum(submissions) AS bigint) AS submissions,
        CAST(sum(accepted) AS bigint) AS accepted, CAST(sum(rejected) AS bigint) AS rejected
    FROM traffic_sample WHERE at >= :since GROUP BY 1, 2 ORDER BY 1, 2
""")
