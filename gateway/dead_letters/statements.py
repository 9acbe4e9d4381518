"""The SQL of dead letters; what its queries give has types in `rows`."""

from __future__ import annotations

from sqlalchemy import text

_LETTERS = """
    SELECT d.submission_id, d.ordinal, d.tenant_id, d.kind, d.locator, d.key, d.source, d.edited, d.findings,
           d.attempts, d.stored_at, d.replayed_by, s.connector, s.mapping, s.received_at, s.content_type,
           CASE WHEN d.state <> 'resolved' AND d.key IS NOT NULL AND EXISTS (
               SELECT FROM record r WHERE r.kind = d.kind AND r.key = d.key AND r.stored_at > d.stored_at
                 AND r.tenant_id IN (SELECT d.tenant_id UNION ALL
                                     SELECT agency_id FROM representation WHERE sender_id = d.tenant_id)
           ) THEN 'resolved' ELSE d.state END AS state
    FROM dead_letter d JOIN submission s ON s.id = d.submission_id
"""
LETTERS = text(f"""
    SELECT * FROM ({_LETTERS}
        WHERE (d.submission_id, d.ordinal) > (CAST(:after_id AS uuid), CAST(:after_ordinal AS integer))
          AND (CAST(:submission_id AS uuid) IS NULL OR d.submission_id = :submission_id)
          AND (CAST(:ordinal AS integer) IS NULL OR d.ordinal = :ordinal)
          AND (CAST(:connector AS text) IS NULL OR s.connector = :connector)
          AND (CAST(:kind AS text) IS NULL OR d.kind = :kind)
          AND (CAST(:code AS text) IS NULL OR d.findings @> jsonb_build_array(jsonb_build_object('code', :code)))
    ) letters
    WHERE CAST(:state AS text) IS NULL OR state = :state
    ORDER BY submission_id, ordinal LIMIT :limit
""")  # noqa: S608 - built from constants
UNEXPLAINED = text(f"""
    SELECT connector, count(*) FROM ({_LETTERS}
        WHERE d.stored_at > :since AND d.division <> 'TEST' AND s.connector = ANY(:connectors)
    ) letters
    WHERE state <> 'resolved' GROUP BY connector
""")  # noqa: S608 - built from constants
