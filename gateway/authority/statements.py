"""The SQL of the authority's desk and of pledges."""

from __future__ import annotations

from sqlalchemy import text

from gateway.authority.qualification_steps import UNDECIDED

# ruff: noqa: S608 - every statement is built from constants

# Null where no portal keeps the tenant's records.
PORTAL_TAKES = text("""
    SELECT bool_or(:event = ANY(events)) FROM target
    WHERE tenant_id = :tenant_id AND format = 'portal' AND state <> 'gone'
""")
WAITING = text("""
    SELECT key, division, agency_name, agency_uscc, due_on, stored_at, version, count(*) OVER () AS every
    FROM record WHERE kind = 'pledge' AND state = 'waiting' AND (CAST(:before AS date) IS NULL OR due_on < :before)
      AND (CAST(:after_day AS text) IS NULL
           OR (coalesce(due_on, 'infinity'), key, agency_uscc)
              > (CAST(CAST(:after_day AS text) AS date), :after_key, :after_agency))
    ORDER BY due_on, key, agency_uscc LIMIT :limit
""")
TO_REMIND = text("""
    SELECT r.tenant_id, r.sender_id, r.division, r.kind, r.key, r.version, r.state, r.code, r.due_on,
        coalesce(soon.what, :overdue) AS what
    FROM record r LEFT JOIN unnest(CAST(:days AS date[]), CAST(:whats AS text[])) AS soon (due_on, what) USING (due_on)
    WHERE r.kind = 'pledge' AND r.state = 'waiting' AND (r.due_on < :today OR soon.what IS NOT NULL)
      AND NOT EXISTS (SELECT FROM pledge_reminder p WHERE p.tenant_id = r.tenant_id AND p.key = r.key
                      AND p.what = coalesce(soon.what, :overdue) AND p.due_on = r.due_on)
    ORDER BY r.due_on, r.key LIMIT :limit
""")
REMIND = text("""
    INSERT INTO pledge_reminder (tenant_id, key, what, due_on) VALUES (:tenant_id, :key, :what, :due_on)
    ON CONFLICT DO NOTHING RETURNING what
""")
# What waits is named in the text, as the partial indexes name it.
_UNDECIDED = ", ".join(f"'{state}'" for state in UNDECIDED)
# Counts for the menu, each bounded: nobody reads that 31,417 letters wait, and counting them all would cost every page.
# A letter whose number has been stored since waits for nobody, though nothing has told it so yet.
COUNTED = text(f"""
    SELECT
        (SELECT count(*) FROM (
            SELECT FROM record WHERE kind = 'roster' AND state = 'submitted' LIMIT :most) q) AS rosters,
        (SELECT count(*) FROM (SELECT FROM alert WHERE closed_at IS NULL LIMIT :most) q) AS alerts,
        (SELECT count(*) FROM (
            SELECT FROM dead_letter d WHERE d.state = 'open' AND NOT (d.key IS NOT NULL AND EXISTS (
                SELECT FROM record r WHERE r.kind = d.kind AND r.key = d.key AND r.stored_at > d.stored_at
                  AND r.tenant_id IN (SELECT d.tenant_id UNION ALL
                                      SELECT agency_id FROM representation WHERE sender_id = d.tenant_id)
            )) LIMIT :most) q) AS dead_letters,
        (SELECT count(*) FROM (
            SELECT FROM record WHERE kind = 'pledge' AND state = 'waiting' LIMIT :most) q) AS pledges,
        (SELECT count(*) FROM (
            SELECT FROM record WHERE kind = 'filing' AND state IN ({_UNDECIDED}) LIMIT :most) q) AS filings,
        (SELECT count(*) FROM (
            SELECT FROM record WHERE kind = 'guide' AND state = 'confirmed' LIMIT :most) q) AS guides,
        (SELECT count(*) FROM (
            SELECT FROM record WHERE kind = 'guide' AND state = 'declined' LIMIT :most) q) AS declined,
        (SELECT count(*) FROM (
            SELECT FROM record WHERE kind = 'leader' AND state = 'applied' LIMIT :most) q) AS leaders,
        (SELECT count(*) FROM (
            SELECT FROM template WHERE state IN ('uploaded', 'in_work') LIMIT :most) q) AS templates_to_make,
        (SELECT count(*) FROM (
            SELECT FROM template WHERE state = 'for_review' LIMIT :most) q) AS templates_to_review,
        (SELECT min(stored_at) FROM record WHERE kind = 'pledge' AND state = 'waiting') AS oldest_pledge,
        (SELECT min(stored_at) FROM record WHERE kind = 'filing' AND state IN ({_UNDECIDED})) AS oldest_filing,
        (SELECT min(due_on) FROM record WHERE kind = 'pledge' AND state = 'waiting') AS pledge_due,
        (SELECT min(due_on) FROM record WHERE kind = 'filing' AND state IN ({_UNDECIDED})) AS filing_due,
        (SELECT min(stored_at) FROM record WHERE kind = 'guide' AND state = 'confirmed') AS oldest_guide,
        (SELECT min(stored_at) FROM record WHERE kind = 'guide' AND state = 'declined') AS oldest_declined,
        (SELECT min(stored_at) FROM record WHERE kind = 'leader' AND state = 'applied') AS oldest_leader,
        (SELECT stored_at FROM record WHERE kind = 'roster' AND state = 'submitted'
         ORDER BY stored_at LIMIT 1) AS oldest_roster,
        (SELECT min(first_at) FROM alert WHERE closed_at IS NULL) AS oldest_alert
""")
# All that does not agree with another side, in one list: what is changed on both sides; what the last run of each kind
# of a connector leaves to a person, unless a conflict is open about the record; and connectors that stand still, each
# once. `name` tells them apart, and orders what is known since the same moment.
_FOUND = """
    WITH last AS (
        SELECT DISTINCT ON (tenant_id, connector, kind) id, tenant_id, connector, kind
        FROM reconciliation, unnest(kinds) AS kind
        WHERE source = 'portal' AND state IN ('clean', 'differs')
        ORDER BY tenant_id, connector, kind, id DESC
    ), trouble AS (
        SELECT tenant_id, division, connector, code, first_at AS since FROM alert
        WHERE closed_at IS NULL AND code = ANY(CAST(:codes AS text[]))
        UNION ALL
        SELECT tenant_id, division, connector, 'circuit', failing_since FROM target
        WHERE format = 'portal' AND state = 'active' AND open_until IS NOT NULL AND failing_since IS NOT NULL
    ), found AS (
        SELECT 'conflict' AS about, 'conflict/' || c.id AS name, c.tenant_id, c.division, c.connector, c.kind, c.key,
               c.opened_at AS since, CASE WHEN c.theirs IS NULL THEN 'portal' ELSE 'official' END AS turn,
               CAST(NULL AS text[]) AS codes
        FROM conflict c JOIN record r USING (tenant_id, kind, key) WHERE c.decision IS NULL
        UNION ALL
        SELECT 'discrepancy', 'discrepancy/' || d.reconciliation_id || '/' || d.kind || '/' || d.key, d.tenant_id,
               d.division, last.connector, d.kind, d.key, d.since,
               CASE d.class WHEN 'unreadable' THEN 'operator' ELSE 'official' END, NULL
        FROM last JOIN discrepancy d ON d.reconciliation_id = last.id AND d.kind = last.kind
        WHERE d.state = 'open' AND d.repair = 'approve'
          AND NOT EXISTS (SELECT FROM conflict c WHERE c.tenant_id = d.tenant_id AND c.kind = d.kind AND c.key = d.key
                          AND c.decision IS NULL)
        UNION ALL
        SELECT 'standstill', 'standstill/' || tenant_id || '/' || connector, tenant_id, min(division), connector, '',
               '', min(since), CASE WHEN bool_and(code = 'circuit') THEN 'portal' ELSE 'operator' END,
               array_agg(DISTINCT code)
        FROM trouble GROUP BY tenant_id, connector
    ), wanted AS (
        SELECT * FROM found
        WHERE (CAST(:about AS text) IS NULL OR about = :about)
          AND (CAST(:connector AS text) IS NULL OR connector = :connector)
          AND (CAST(:kind AS text) IS NULL OR kind = :kind) AND (CAST(:turn AS text) IS NULL OR turn = :turn)
          AND (CAST(:division AS text) IS NULL OR division LIKE :division)
    )
"""
DIFFERENCES = text(f"""
    {_FOUND}
    SELECT about, name, tenant_id, division, connector, kind, key, since, turn, codes FROM wanted
    WHERE (CAST(:after_since AS timestamptz) IS NULL OR (since, name) > (:after_since, :after_name))
    ORDER BY since, name LIMIT :limit OFFSET :offset
""")
DIFFERENCES_COUNTED = text(f"""
    {_FOUND}
    SELECT count(*) AS every, count(*) FILTER (WHERE about = 'discrepancy') AS discrepancies, min(since) AS oldest
    FROM (SELECT about, since FROM wanted ORDER BY since LIMIT :most) q
""")
# The newest of each kind, so many at most.
FILED_WITH = text("""
    SELECT tenant_id, kind, key, version, state, subkind, agency_uscc, division, stored_at, due_on, body FROM (
        SELECT r.*, row_number() OVER (PARTITION BY kind ORDER BY stored_at DESC, key) AS place
        FROM record r WHERE agency_uscc = :uscc AND kind = ANY(:kinds)
          AND kind IN ('agency', 'branch', 'outlet', 'filing', 'guide', 'leader', 'pledge')
    ) found WHERE place <= :limit ORDER BY kind, place
""")
APPLICANTS = text("""
    SELECT count(*) FROM (
        SELECT FROM record WHERE kind = 'guide' AND state = 'applied' AND agency_uscc = :uscc LIMIT :most) q
""")
