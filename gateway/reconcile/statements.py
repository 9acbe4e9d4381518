"""The SQL of reconciliation, in one readable place; what its queries give has types in `rows`.

Their rows lie in the temporary table `snapshot_row`, one kind at a time, ours in `record`; comparing them is one hash
join where the data is, whose memory is bounded by `work_mem`.
"""

from __future__ import annotations

from sqlalchemy import text

# -- staging: on one connection, with which everything goes ----------------------------------------------------------

TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
UNLOCK = "SELECT pg_advisory_unlock_all()"
PATIENCE = "SET statement_timeout = 0"
PATIENCE_HERE = "SET LOCAL statement_timeout = 0"
MEMORY = "SET work_mem = '{mib}MB'"
PLAIN = "SET jit = off"  # compiling costs more than it saves here
STAGE = """
    CREATE TEMPORARY TABLE snapshot_row (
        key          text NOT NULL,
        page         integer NOT NULL,
        ordinal      integer NOT NULL,
        revision     bigint NOT NULL,
        content_hash bytea,
        division     text,
        day          date,
        subkind      text,
        findings     text,
        copies       integer NOT NULL DEFAULT 1,
        differ       boolean NOT NULL DEFAULT false
    )
"""
COPY_ROWS = """
    COPY snapshot_row (key, page, ordinal, revision, content_hash, division, day, subkind, findings) FROM STDIN
"""
EMPTY = "TRUNCATE snapshot_row"
PERIOD = "SELECT min(day) AS since, max(day) AS until FROM snapshot_row"
ANALYSE = "ANALYZE snapshot_row"
ADD_PAGE = text("""
    INSERT INTO snapshot_page (reconciliation_id, kind, number, raw, content_type, filename)
    VALUES (:id, :kind, :number, :raw, :content_type, :filename)
""")

# -- comparing -------------------------------------------------------------------------------------------------------

FORGET_REPEATED = "DROP TABLE IF EXISTS repeated"
FIND_REPEATED = """
    CREATE TEMPORARY TABLE repeated AS
    SELECT key, count(*)::integer AS copies, count(DISTINCT coalesce(content_hash, '')) > 1 AS differ
    FROM snapshot_row JOIN (SELECT key FROM snapshot_row GROUP BY key HAVING count(*) > 1) several USING (key)
    GROUP BY key
"""
# Of several copies the newest that can be read stands for the key, of equally new ones the last.
DROP_COPIES = """
    DELETE FROM snapshot_row USING (
        SELECT s.ctid AS place,
               row_number() OVER (PARTITION BY key ORDER BY s.findings IS NULL DESC, s.revision DESC, s.page DESC,
                                  s.ordinal DESC) AS nth
        FROM snapshot_row s JOIN repeated USING (key)
    ) copy
    WHERE snapshot_row.ctid = copy.place AND nth > 1
"""
MARK_COPIED = """
    UPDATE snapshot_row SET copies = repeated.copies, differ = repeated.differ
    FROM repeated WHERE snapshot_row.key = repeated.key
"""
# What a portal has taken it may show a day later, like everything; after that a person looks.
_MAY_SHOW_LATER = "(confirmed_as IS NULL OR stored_at > now() - interval '1 day')"
# Ours is what the other side has sent, in its own name or in that of the agencies it speaks for.
# What changed here after the moment that their snapshot speaks of may or may not be in it: it is left to the next run.
# `since` and `until` bound what of ours they should have, by the day (in China) on which it was first accepted; what
# they do list is found whenever that was.
_OURS = f"""
    SELECT *, coalesce(accepted_on >= CAST(:since AS date), true)
              AND coalesce(accepted_on <= CAST(:until AS date), true) AS is_within
    FROM (
        SELECT key, coalesce(base_revision, revision) AS revision, unconfirmed, confirmed_as, content_hash, division,
               subkind, code, stored_at, coalesce(effective_on, depart_on) AS day,
               (issued_at AT TIME ZONE 'Asia/Shanghai')::date AS accepted_on, {_MAY_SHOW_LATER} AS may_show_later
        FROM record WHERE tenant_id = ANY(:owners) AND sender_id = :tenant_id AND kind = :kind
    ) record
"""  # noqa: S608 - built from constants
_CLASS = """
    CASE
        WHEN t.findings IS NOT NULL THEN 'unreadable'
        WHEN t.differ THEN 'duplicate'
        WHEN o.key IS NULL THEN 'missing_here'
        WHEN t.key IS NULL AND o.unconfirmed AND o.revision = 0 AND o.may_show_later THEN 'unpushed'
        WHEN t.key IS NULL THEN 'missing_there'
        WHEN t.content_hash IS NULL OR o.content_hash = t.content_hash THEN
            CASE WHEN t.copies > 1 THEN 'duplicate' WHEN :must_be_coded AND o.code IS NULL THEN 'uncoded' END
        WHEN o.unconfirmed AND t.revision >= o.confirmed_as THEN 'outdated_here'
        WHEN o.unconfirmed AND t.revision < o.confirmed_as AND NOT o.may_show_later THEN 'older_there'
        WHEN o.unconfirmed AND t.revision < o.confirmed_as THEN 'unpushed'
        WHEN o.unconfirmed AND t.revision <= o.revision THEN 'unpushed'
        WHEN o.unconfirmed THEN 'diverged'
        WHEN t.revision > o.revision THEN 'outdated_here'
        WHEN t.revision < o.revision THEN 'older_there'
        WHEN :is_unnumbered_newer AND o.revision = 0 THEN 'outdated_here'
        ELSE 'diverged'
    END
"""
# One number of two agencies that a sender speaks for is one line of its list.
COMPARE = text(f"""
    INSERT INTO discrepancy (reconciliation_id, tenant_id, division, kind, key, class, day, subkind, copies,
                             our_revision, their_revision, our_hash, their_hash, page, ordinal, fields, repair,
                             state, since)
    SELECT DISTINCT ON (key)
           :id, :tenant_id, coalesce(our_division, their_division, :division), :kind, key, class, day, subkind, copies,
           our_revision, their_revision, our_hash, their_hash, page, ordinal, fields,
           CASE WHEN are_equal_copies THEN 'none' ELSE CAST(:repairs AS jsonb) ->> class END,
           CASE WHEN are_equal_copies THEN 'reported' ELSE 'open' END,
           (SELECT started_at FROM reconciliation WHERE id = :id)
    FROM (SELECT *, class = 'duplicate' AND NOT differ AS are_equal_copies FROM (
        SELECT coalesce(o.key, t.key) AS key, {_CLASS} AS class, o.division AS our_division,
               t.division AS their_division, coalesce(o.day, t.day) AS day, coalesce(o.subkind, t.subkind) AS subkind,
               coalesce(t.copies, 0) AS copies, t.differ,
               o.revision AS our_revision, t.revision AS their_revision, o.content_hash AS our_hash,
               t.content_hash AS their_hash, t.page, t.ordinal, CAST(t.findings AS jsonb) AS fields
        FROM ({_OURS}) o
        FULL JOIN snapshot_row t ON t.key = o.key
        WHERE (o.stored_at IS NULL OR o.stored_at < :as_of) AND (t.key IS NOT NULL OR o.is_within)
    ) compared WHERE class IS NOT NULL) found
""")  # noqa: S608 - built from constants
MOVED = text(f"SELECT count(*) FROM ({_OURS}) o WHERE stored_at >= :as_of AND is_within")  # noqa: S608 - built from constants

# Each side is counted once by all three dimensions; the rest is sums over those counts, 0 where neither has any.
_SUM = ", ".join(f"coalesce(sum({side}), 0)::bigint" for side in ("ours", "theirs", "coded"))
TOTALS = text(f"""
    WITH counted AS (
        SELECT division, CASE WHEN :by_acceptance THEN accepted_on ELSE day END AS day, subkind,
               count(*) AS ours, 0 AS theirs, count(code) AS coded
        FROM ({_OURS}) o WHERE is_within GROUP BY 1, 2, 3
        UNION ALL
        SELECT division, day, subkind, 0, count(*), 0 FROM snapshot_row GROUP BY 1, 2, 3
    ), summed AS (
        SELECT CASE GROUPING(division, day, subkind)
                   WHEN 7 THEN 'all' WHEN 3 THEN 'division' WHEN 5 THEN 'day' WHEN 6 THEN 'subkind' ELSE 'cell'
               END AS dimension,
               division, day, subkind, {_SUM}
        FROM counted GROUP BY GROUPING SETS ((), (division), (day), (subkind), (division, day, subkind))
        HAVING GROUPING(division, day, subkind) <> 0 OR sum(ours) <> sum(theirs)
    ), numbered AS (
        SELECT *, row_number() OVER (PARTITION BY dimension ORDER BY day DESC NULLS LAST, division, subkind) AS nth
        FROM summed AS s (dimension, division, day, subkind, ours, theirs, coded)
    )
    INSERT INTO control_total (reconciliation_id, kind, dimension, division, day, subkind, ours, theirs, coded)
    SELECT :id, :kind, dimension, division, day, subkind, ours, theirs, coded
    FROM numbered WHERE nth <= :most
""")  # noqa: S608 - built from constants
# A sender's own totals, by the day on which it sent them, against what was accepted and coded.
SENT_TOTALS = text("""
    WITH sent AS (
        SELECT day, kind, sum(count)::bigint AS theirs
        FROM jsonb_to_recordset(CAST(:sent AS jsonb)) AS line (day date, kind text, count bigint) GROUP BY 1, 2
    ), stored AS (
        SELECT day, kind, count(*) AS ours, count(code) AS coded
        FROM (SELECT kind, code, (issued_at AT TIME ZONE 'Asia/Shanghai')::date AS day FROM record
              WHERE tenant_id = ANY(:owners) AND sender_id = :tenant_id AND kind = ANY(:kinds)
                AND stored_at < :started_at) accepted
        WHERE day BETWEEN (SELECT min(day) FROM sent) AND (SELECT max(day) FROM sent)
        GROUP BY 1, 2
    ), both_sides AS (
        SELECT kind, day, coalesce(ours, 0) AS ours, coalesce(theirs, 0) AS theirs, coalesce(coded, 0) AS coded
        FROM sent FULL JOIN stored USING (day, kind)
    )
    INSERT INTO control_total (reconciliation_id, kind, dimension, day, ours, theirs, coded)
    SELECT :id, kind, CASE GROUPING(day) WHEN 1 THEN 'all' ELSE 'day' END, day,
           sum(ours)::bigint, sum(theirs)::bigint, sum(coded)::bigint
    FROM both_sides GROUP BY GROUPING SETS ((kind), (kind, day))
""")
# Of each kind what the last run before has found.
_FOUND_BEFORE = """
    unnest(CAST(:kinds AS text[])) AS compared (kind) CROSS JOIN LATERAL (
        SELECT id FROM reconciliation
        WHERE tenant_id = :tenant_id AND connector IS NOT DISTINCT FROM :connector AND source = :source
          AND compared.kind = ANY(kinds) AND state IN ('clean', 'differs') AND id < :id
        ORDER BY id DESC LIMIT 1
    ) before JOIN discrepancy p ON p.reconciliation_id = before.id AND p.kind = compared.kind
"""
# What was found before and not ended is known since then.
KNOWN_BEFORE = text(f"""
    UPDATE discrepancy d SET since = p.since FROM {_FOUND_BEFORE}
    WHERE d.reconciliation_id = :id AND p.kind = d.kind AND p.key = d.key AND p.state IN ('open', 'approved')
""")  # noqa: S608 - built from constants
# What a person decided about exactly this difference in the last run of its kind stays decided.
CARRY_OVER = text(f"""
    UPDATE discrepancy d SET state = 'ignored', decision = p.decision, decided_by = p.decided_by,
                             decided_at = p.decided_at
    FROM {_FOUND_BEFORE}
    WHERE d.reconciliation_id = :id AND d.state = ANY(:before) AND p.kind = d.kind AND p.key = d.key
      AND p.class = d.class AND p.their_hash IS NOT DISTINCT FROM d.their_hash
      AND (p.decision = 'ignore' AND p.our_hash IS NOT DISTINCT FROM d.our_hash
           OR p.decision = 'keep_theirs' AND p.class = 'duplicate' AND d.our_hash = d.their_hash)
""")  # noqa: S608 - built from constants

# -- which fields differ ---------------------------------------------------------------------------------------------

TO_EXPLAIN = text("""
    SELECT d.key, d.page, d.ordinal, d.class AS class_, r.schema, r.body, r.confirmed_as,
           r.base_revision
    FROM discrepancy d JOIN record r ON r.tenant_id = d.tenant_id AND r.kind = d.kind AND r.key = d.key
    WHERE d.reconciliation_id = :id AND d.kind = :kind AND d.class = ANY(:classes) AND r.content_hash = d.our_hash
      AND d.page IS NOT NULL AND d.our_hash <> d.their_hash
    ORDER BY d.page, d.ordinal LIMIT :most
""")
EXPLAIN = text("""
    UPDATE discrepancy SET fields = CAST(:fields AS jsonb), class = :class, repair = :repair
    WHERE reconciliation_id = :id AND kind = :kind AND key = :key
""")
PAGE = text("""
    SELECT raw, content_type, filename FROM snapshot_page
    WHERE reconciliation_id = :id AND kind = :kind AND number = :number
""")

# -- runs ------------------------------------------------------------------------------------------------------------

BEGIN = text("""
    INSERT INTO reconciliation (id, tenant_id, division, source, connector, kinds, repeats, started_at)
    VALUES (:id, :tenant_id, :division, :source, :connector, :kinds, :repeats, :started_at)
""")
LEFT_BEHIND = text("""
    SELECT id FROM reconciliation
    WHERE tenant_id = :tenant_id AND connector IS NOT DISTINCT FROM :connector AND state = 'running'
""")
FORGET = tuple(
    text(f"DELETE FROM {table} WHERE reconciliation_id = :id")  # noqa: S608 - built from constants
    for table in ("snapshot_page", "control_total", "discrepancy")
)
FAIL = text("""
    UPDATE reconciliation SET state = 'failed', finished_at = :at, failure = :failure
    WHERE id = :id AND state = ANY(:before)
""")
FINISH = text("""
    UPDATE reconciliation SET state = :state, counts = CAST(:counts AS jsonb), finished_at = :at, report = :report
    WHERE id = :id AND state = ANY(:before)
""")
KEEP_NEEDED_PAGES = text("""
    DELETE FROM snapshot_page p WHERE p.reconciliation_id = :id AND NOT EXISTS (
        SELECT FROM discrepancy d WHERE d.reconciliation_id = p.reconciliation_id AND d.kind = p.kind
          AND d.page = p.number AND d.repair IN ('pull', 'approve') AND d.state <> 'ignored')
""")
DROP_OLD_PAGES = text("""
    DELETE FROM snapshot_page WHERE reconciliation_id IN (
        SELECT id FROM reconciliation
        WHERE tenant_id = :tenant_id AND connector IS NOT DISTINCT FROM :connector AND state <> 'running'
        ORDER BY id DESC OFFSET :keep)
""")
BY_CLASS = text("""
    SELECT kind, class AS class_, count(*) AS found, count(*) FILTER (WHERE state IN ('open', 'approved')) AS waiting
    FROM discrepancy WHERE reconciliation_id = :id GROUP BY kind, class ORDER BY kind, class
""")
_RUN = """
    SELECT id, tenant_id, division, source, connector, kinds, repeats, state, counts, started_at, finished_at, failure,
           report
    FROM reconciliation
"""
RUN = text(f"{_RUN} WHERE id = :id")
RUNS = text(f"""
    {_RUN} WHERE (CAST(:connector AS text) IS NULL OR connector = :connector)
             AND (CAST(:before AS uuid) IS NULL OR id < :before)
    ORDER BY id DESC LIMIT :limit
""")
TOTALS_OF = text("""
    SELECT kind, dimension, division, day, subkind, ours, theirs, coded FROM control_total
    WHERE reconciliation_id = :id ORDER BY kind, dimension, day DESC NULLS LAST, division, subkind
""")
_DISCREPANCY = """
    SELECT reconciliation_id, tenant_id, division, kind, key, class AS class_, day, subkind, copies, our_revision,
           their_revision, our_hash, their_hash, page, ordinal, fields, repair, state, since, decision, decided_by,
           decided_at, problem,
           (SELECT id FROM conflict c WHERE c.tenant_id = discrepancy.tenant_id AND c.kind = discrepancy.kind
              AND c.key = discrepancy.key AND c.decision IS NULL) AS conflict
    FROM discrepancy
"""
DISCREPANCIES_AT = text(f"""
    {_DISCREPANCY} JOIN unnest(CAST(:runs AS uuid[]), CAST(:kinds AS text[]), CAST(:keys AS text[]))
        AS wanted (reconciliation_id, kind, key) USING (reconciliation_id, kind, key)
""")
DISCREPANCIES = text(f"""
    {_DISCREPANCY}
    WHERE reconciliation_id = :id AND (kind, key) > (:after_kind, :after_key)
      AND (kind, key) >= (:first_kind, :first_key)
      AND (CAST(:class AS text) IS NULL OR class = :class) AND (CAST(:state AS text) IS NULL OR state = :state)
    ORDER BY kind, key LIMIT :limit
""")
# What has been repaired after a run and another run has found again, the very same difference. Ours that still waits
# for the other side's word has been sent, which will show later.
FOUND_AGAIN = text(f"""
    SELECT count(*) FILTER (WHERE NOT waits) AS again,
           count(*) FILTER (WHERE waits AND state = 'open' AND repair = 'push') AS awaited
    FROM (
        SELECT d.state, d.repair, coalesce(r.unconfirmed AND {_MAY_SHOW_LATER}, false) AS waits
        FROM discrepancy p JOIN discrepancy d ON d.kind = p.kind AND d.key = p.key
        LEFT JOIN record r ON r.tenant_id = d.tenant_id AND r.kind = d.kind AND r.key = d.key
        WHERE p.reconciliation_id = :repaired AND p.state = 'repaired' AND d.reconciliation_id = :id
          AND d.our_hash IS NOT DISTINCT FROM p.our_hash AND d.their_hash IS NOT DISTINCT FROM p.their_hash
    ) found
""")  # noqa: S608 - built from constants
DIGESTED = text("""
    SELECT kind, key, class AS class_, our_revision, their_revision, our_hash, their_hash FROM discrepancy
    WHERE reconciliation_id = :id AND (kind, key) > (:after_kind, :after_key) ORDER BY kind, key LIMIT :limit
""")

# -- repairing -------------------------------------------------------------------------------------------------------

# A matter has one place: the conflict that is open about it, else the latest run that has found it.
_LATER = """
    SELECT l.reconciliation_id FROM discrepancy l JOIN reconciliation later ON later.id = l.reconciliation_id
    WHERE later.tenant_id = run.tenant_id AND later.connector IS NOT DISTINCT FROM run.connector
      AND later.state IN ('clean', 'differs') AND l.kind = d.kind AND l.key = d.key AND later.id > d.reconciliation_id
    ORDER BY later.id DESC LIMIT 1
"""
LOCK = text(f"""
    SELECT d.division, d.class AS class_, d.repair, d.state, d.decided_at, r.version,
           r.content_hash IS NOT DISTINCT FROM d.our_hash
             AND coalesce(r.base_revision, r.revision) IS NOT DISTINCT FROM d.our_revision AS is_as_seen,
           (SELECT c.id FROM conflict c WHERE c.tenant_id = d.tenant_id AND c.kind = d.kind AND c.key = d.key
              AND c.decision IS NULL) AS conflict,
           ({_LATER}) AS later
    FROM discrepancy d JOIN reconciliation run ON run.id = d.reconciliation_id
    LEFT JOIN record r ON r.tenant_id = d.tenant_id AND r.kind = d.kind AND r.key = d.key
    WHERE d.reconciliation_id = :id AND d.kind = :kind AND d.key = :key FOR UPDATE OF d
""")  # noqa: S608 - built from constants
DECIDE = text("""
    UPDATE discrepancy SET state = :state, decision = :decision, decided_by = :by, decided_at = :at
    WHERE reconciliation_id = :id AND kind = :kind AND key = :key AND state = ANY(:before)
""")
# What an earlier run was told about the same record no longer holds.
WITHDRAW_EARLIER = text("""
    UPDATE discrepancy e SET state = 'open', problem = 'superseded'
    FROM reconciliation run JOIN reconciliation earlier
      ON earlier.tenant_id = run.tenant_id AND earlier.connector IS NOT DISTINCT FROM run.connector
    WHERE run.id = :id AND earlier.id < run.id AND e.reconciliation_id = earlier.id AND e.kind = :kind AND e.key = :key
      AND e.state = 'approved'
""")
# One of an earlier run waits for a repair that nobody asks for any more.
AWAITED_DECISION = text("""
    SELECT d.reconciliation_id FROM discrepancy d JOIN reconciliation run ON run.id = d.reconciliation_id
    WHERE d.tenant_id = :tenant_id AND d.kind = :kind AND d.key = :key AND d.state = 'approved' AND NOT EXISTS (
        SELECT FROM reconciliation later
        WHERE later.tenant_id = run.tenant_id AND later.connector IS NOT DISTINCT FROM run.connector
          AND later.state IN ('clean', 'differs') AND d.kind = ANY(later.kinds) AND later.id > run.id)
    ORDER BY d.reconciliation_id DESC LIMIT 1 FOR UPDATE OF d
""")
# Of one record; a partner's own list is its to repair.
SETTLE = text("""
    UPDATE discrepancy SET state = 'repaired', decision = :decision, decided_by = :by, decided_at = :at, problem = NULL
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key AND state = ANY(:before) AND repair <> 'none'
""")
_TO_PULL = """
    f.reconciliation_id = :id AND f.page IS NOT NULL
    AND (f.repair = 'pull' AND f.state = 'open' OR f.state = 'approved' AND f.decision = 'keep_theirs')
"""
PAGES_TO_PULL = text(f"SELECT DISTINCT kind, page FROM discrepancy f WHERE {_TO_PULL} ORDER BY kind, page")  # noqa: S608
TO_PULL = text(f"""
    SELECT key, their_hash, our_hash, coalesce(decision = 'keep_theirs', false) AS decided
    FROM discrepancy f WHERE {_TO_PULL} AND kind = :kind AND page = :number
""")  # noqa: S608 - built from constants
# Ours is theirs now: repaired. What a pull did not change waits for a person.
PULLED = text(f"""
    UPDATE discrepancy d SET
        state = CASE WHEN is_theirs THEN 'repaired' ELSE 'open' END,
        repair = CASE WHEN is_theirs THEN d.repair ELSE 'approve' END,
        problem = CASE WHEN is_theirs THEN NULL WHEN moved THEN 'moved' ELSE 'not_taken' END
    FROM (
        SELECT f.kind, f.key, coalesce(r.content_hash = f.their_hash, false) AS is_theirs,
               r.content_hash IS DISTINCT FROM f.our_hash AS moved
        FROM discrepancy f LEFT JOIN record r ON r.tenant_id = f.tenant_id AND r.kind = f.kind AND r.key = f.key
        WHERE f.kind = :kind AND f.page = :page AND {_TO_PULL}
    ) pulled
    WHERE d.reconciliation_id = :id AND d.kind = pulled.kind AND d.key = pulled.key AND d.state = ANY(:before)
""")  # noqa: S608 - built from constants
TO_PUSH = text("""
    SELECT key, decision, our_hash, coalesce(their_revision, 0) AS base FROM discrepancy
    WHERE reconciliation_id = :id AND kind = :kind
      AND (repair = 'push' AND state = 'open' OR state = 'approved' AND decision = 'keep_ours') AND key > :after
    ORDER BY key LIMIT :limit
""")
PUSHED = text("""
    UPDATE discrepancy SET
        state = CASE WHEN CAST(:problem AS text) IS NULL THEN 'repaired' ELSE 'open' END,
        repair = CASE WHEN CAST(:problem AS text) IS NULL THEN repair ELSE 'approve' END,
        problem = :problem
    WHERE reconciliation_id = :id AND kind = :kind AND key = :key AND state = ANY(:before)
""")
