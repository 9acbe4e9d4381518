"""The SQL of inspections: the rows that the log attests, as they are now. Nothing is written."""

from __future__ import annotations

from sqlalchemy import text

# ruff: noqa: S608 - every statement is built from constants

AS_OF_NOW = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
_COUNTS = "rows_in, accepted, rejected, quarantined"
SUBMISSIONS = f"""
    SELECT id, tenant_id, division, channel, connector, mapping, kind, content_type, filename, raw_hash, status, blob,
           {_COUNTS}, received_at, answer, raw
    FROM submission WHERE id = ANY (%(refs)s::text[]::uuid[])
"""
FINALS = f"""
    SELECT s.id, b.receipt, {_COUNTS} FROM submission s JOIN batch b ON b.submission_id = s.id
    WHERE s.id = ANY (%(refs)s::text[]::uuid[]) AND b.receipt IS NOT NULL
"""
_KEPT = """
    r.tenant_id, r.sender_id, r.kind, r.key, r.version, r.division, r.schema, r.state, r.content_hash, r.submission_id,
    r.ordinal, r.qr_text, r.stored_at, r.body
"""
_WANTED = """
    JOIN unnest(%(tenant_ids)s::int[], %(kinds)s::text[], %(keys)s::text[], %(versions)s::int[])
        AS wanted (tenant_id, kind, key, version) USING (tenant_id, kind, key, version)
"""
RECORDS = f"""
    SELECT {_KEPT}, code, subkind, agency_name, agency_uscc, depart_on, return_on, headcount, people::text AS people,
           effective_on, revision, unconfirmed, contract_no, issued_at, state_reason
    FROM record r {_WANTED}
"""
VERSIONS = f"SELECT {_KEPT} FROM record_version r {_WANTED}"
# Leaves that wait for their place come after all that have one.
LAST_LEAVES = """
    SELECT DISTINCT ON (ref) n AS place, kind, ref, entry, rest, false AS is_superseded FROM (
        SELECT false AS is_pending, place AS n, kind, ref, entry, rest FROM log_leaf
        WHERE kind = %(kind)s AND ref = ANY (%(refs)s::text[])
        UNION ALL
        SELECT true, id * 1000000 + nth, %(kind)s, substr(name, length(%(kind)s) + 2),
               substr(digests, 1, 32), substr(digests, 33)
        FROM log_waiting WHERE name = ANY (SELECT %(kind)s || ' ' || unnest(%(refs)s::text[]))
    ) AS leaves
    ORDER BY ref, is_pending DESC, n DESC
"""
AUDITED = """
    SELECT position, at, actor, action, object, detail, tenant_id, division, salt
    FROM audit WHERE position = ANY (%(refs)s::text[]::bigint[])
"""
_NOWHERE = """
    NOT EXISTS (SELECT FROM log_leaf l WHERE l.kind = '{kind}' AND l.ref = {ref})
    AND NOT EXISTS (SELECT FROM log_waiting p WHERE p.name = '{kind} ' || {ref})
"""
# Rows that are younger than the log and not in it. A few of them tell enough.
UNATTESTED = text(f"""
    WITH began AS (SELECT min(created_at) AS at FROM signing_key WHERE purpose = 'log')
    (SELECT 'receipt' AS kind, s.id::text AS ref FROM submission s, began
     WHERE s.received_at >= began.at AND {_NOWHERE.format(kind="receipt", ref="s.id::text")} LIMIT 100)
    UNION ALL
    (SELECT 'record', r.tenant_id || '/' || r.kind || '/' || r.key || '/' || r.version FROM record r, began
     WHERE r.stored_at >= began.at
       AND {_NOWHERE.format(kind="record", ref="r.tenant_id || '/' || r.kind || '/' || r.key || '/' || r.version")}
     LIMIT 100)
    UNION ALL
    (SELECT 'audit', a.position::text FROM audit a, began
     WHERE (a.at >= began.at
            OR a.position > (SELECT min(ref::bigint) FROM log_leaf WHERE log_leaf.kind = 'audit'))
       AND {_NOWHERE.format(kind="audit", ref="a.position::text")} LIMIT 100)
    UNION ALL
    (SELECT 'key', encode(k.kid, 'hex') FROM signing_key k, began
     WHERE k.created_at >= began.at AND {_NOWHERE.format(kind="key", ref="encode(k.kid, 'hex')")} LIMIT 100)
""")
