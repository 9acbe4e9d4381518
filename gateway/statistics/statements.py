"""The SQL of statistics."""

from __future__ import annotations

from functools import cache

from sqlalchemy import TextClause, text

from gateway.statistics.rows import FiguresOfRecord
from gateway.store.arrays import Arrays

# ruff: noqa: S608 - every statement is built from constants

_KINDS = "('contract', 'roster')"

# -- filling -----------------------------------------------------------------------------------------------------------

_MARK = "SELECT position, rebuilt_tenant, rebuilt_kind, rebuilt_key, moved_at FROM statistics_mark"
MARK = text(_MARK)
TAKE_MARK = text(f"{_MARK} FOR UPDATE SKIP LOCKED")
WAIT_FOR_MARK = text(f"{_MARK} FOR UPDATE")
MOVE_MARK = text("UPDATE statistics_mark SET position = :position, moved_at = now()")
MOVE_REBUILT = text("""
    UPDATE statistics_mark SET rebuilt_tenant = :tenant_id, rebuilt_kind = :kind, rebuilt_key = :key
""")
CHANGED = text("""
    SELECT position, tenant_id, kind, key FROM change WHERE position > :after ORDER BY position LIMIT :limit
""")
_CURRENT = f"""
    SELECT r.tenant_id, r.kind, r.key, r.division, r.agency_uscc, r.subkind, r.state, r.version, r.depart_on,
           r.return_on, r.headcount, r.issued_at, r.body, coalesce(s.channel, '') AS channel
    FROM record r
    LEFT JOIN record_version v ON v.tenant_id = r.tenant_id AND v.kind = r.kind AND v.key = r.key AND v.version = 1
    LEFT JOIN submission s ON s.id = coalesce(v.submission_id, r.submission_id)
    WHERE r.kind IN {_KINDS}
"""
CURRENT = f"""
    {_CURRENT} AND (r.tenant_id, r.kind, r.key) IN (
        SELECT * FROM unnest(%(tenant_id)b::int[], %(kind)b::text[], %(key)b::text[]))
"""
WALK = text(f"""
    {_CURRENT} AND (r.tenant_id, r.kind, r.key) > (:tenant_id, :kind, :key)
    ORDER BY r.tenant_id, r.kind, r.key LIMIT :limit
""")
FIGURES = Arrays.of(FiguresOfRecord)
_KEY = ("tenant_id", "kind", "key")
_STORED = ", ".join(f"f.{name}" for name in FIGURES.columns)
KNOWN = f"""
    SELECT {_STORED} FROM statistics_record f
    JOIN unnest(%(tenant_id)b::int[], %(kind)b::text[], %(key)b::text[]) AS wanted (tenant_id, kind, key)
        USING (tenant_id, kind, key)
"""
_DIMENSIONS = "tenant_id, division, agency, day, kind, subkind, part, origin, destination, channel, timeliness"
MEASURES = ("records", "groups", "travellers", "traveller_days", "corrections", "voids", "returned")


def _shares(rows: str, sign: int) -> str:
    """What rows of records add to the days, or take away."""
    return f"""
        SELECT p.tenant_id, p.division, p.agency, f.first_day AS day, f.kind, f.subkind, p.part, f.origin,
            p.destination, f.channel, f.timeliness, {sign} AS records, {sign} * f.is_counted::int AS groups,
            {sign} * f.is_counted::int * f.travellers AS travellers,
            {sign} * f.is_counted::int * f.travellers::bigint * f.days AS traveller_days,
            {sign} * f.corrections AS corrections, {sign} * (f.state = 'void')::int AS voids,
            {sign} * (f.state = 'returned')::int AS returned
        FROM {rows} f CROSS JOIN LATERAL (
            SELECT f.tenant_id, f.division, '' AS agency, 'organised' AS part, '' AS destination
            UNION ALL SELECT f.tenant_id, f.division, '', 'received', '' WHERE f.is_receiver
            UNION ALL SELECT 0, '', receiver, 'received', '' FROM unnest(f.receivers) AS receiver
            UNION ALL SELECT f.tenant_id, f.division, '', 'visited', place FROM unnest(f.destinations) AS place
        ) p
    """


def _summed(shares: str) -> str:
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in MEASURES)
    return f"SELECT {_DIMENSIONS}, {sums} FROM ({shares}) shares GROUP BY {_DIMENSIONS}"


_ADDED = ", ".join(f"{name} = statistics_day.{name} + excluded.{name}" for name in MEASURES)
_REPLACED = ", ".join(f"{name} = excluded.{name}" for name in FIGURES.columns if name not in _KEY)
# A row of a record and the sums that it is in change together: the old figures are taken out, the new ones added.
PUT = f"""
    WITH incoming AS MATERIALIZED (
        SELECT {FIGURES.names} FROM unnest({FIGURES.unnest()}) AS i ({FIGURES.names})
    ), before AS MATERIALIZED (
        SELECT f.* FROM statistics_record f JOIN incoming USING (tenant_id, kind, key)
    ), put AS (
        INSERT INTO statistics_record ({FIGURES.names})
        SELECT {FIGURES.names.replace("destinations", "destinations::text[]").replace("receivers", "receivers::text[]")}
        FROM incoming ON CONFLICT (tenant_id, kind, key) DO UPDATE SET {_REPLACED}
        RETURNING *
    )
    INSERT INTO statistics_day ({_DIMENSIONS}, {", ".join(MEASURES)})
    SELECT {_DIMENSIONS}, {", ".join(MEASURES)}
    FROM ({_summed(_shares("before", -1) + " UNION ALL " + _shares("put", 1))}) change
    WHERE {" OR ".join(f"{name} <> 0" for name in MEASURES)}
    ON CONFLICT ({_DIMENSIONS}) DO UPDATE SET {_ADDED}
"""
FORGET_EMPTY = text("DELETE FROM statistics_day WHERE records = 0")
TAKE_TIME = text("SET LOCAL statement_timeout = 0")
FORGET_GONE = text("""
    DELETE FROM statistics_record f WHERE NOT EXISTS (
        SELECT FROM record r WHERE r.tenant_id = f.tenant_id AND r.kind = f.kind AND r.key = f.key)
""")
FORGET_DAYS = text("DELETE FROM statistics_day")
SUM_UP = text(f"""
    INSERT INTO statistics_day ({_DIMENSIONS}, {", ".join(MEASURES)}) {_summed(_shares("statistics_record", 1))}
""")

# -- reading -----------------------------------------------------------------------------------------------------------

_OUTPUT = ("day", "month", "division", "subkind", "origin", "destination", "channel", "timeliness")
_LEVEL = "CASE WHEN place ~ '^[0-9]{{6}}$' THEN rpad(left(place, {digits}), 6, '0') ELSE place END"
_PLAIN = ("subkind", "origin", "destination", "channel", "timeliness")
_GROUPED = {
    "day": ("day", "day"),
    "month": ("month", "to_char(day, 'YYYY-MM')"),
    "province": ("division", _LEVEL.format(digits=2)),
    "city": ("division", _LEVEL.format(digits=4)),
    "county": ("division", _LEVEL.format(digits=6)),
    "agency": ("agency", "owner"),
    **{name: (name, name) for name in _PLAIN},
}
# A row of another agency's is whose licence number it bears, and lies where that agency lies. Not the sandbox's: what
# is tried out there may bear any number.
_OWNERS = """
    SELECT DISTINCT ON (licence) id, division, licence FROM (
        SELECT id, division, upper(translate(license_no, '- ', '')) AS licence FROM tenant
        WHERE license_no <> '' AND division <> 'TEST') numbered
    ORDER BY licence, id
"""
_SUMS = ", ".join(f"CAST(coalesce(sum({name}), 0) AS bigint) AS {name}" for name in MEASURES)


@cache
def figures(by: tuple[str, ...]) -> TextClause:
    """The sums by some groupings. Each statement is made once.

    What is summed up first is joined with accounts afterwards: there are many rows of days, and few sums.
    """
    named = dict(_GROUPED[each] for each in by)
    days = {"day": "day", "month": "CAST(date_trunc('month', day) AS date) AS day"}
    kept = [name for name in _PLAIN if name in named]
    kept += [days["day" if "day" in named else "month"]] if named.keys() & days.keys() else []
    columns = [f"{named[name]} AS {name}" for name in (*_OUTPUT, "agency") if name in named]
    grouped = ", ".join(name for name in (*_OUTPUT, "agency") if name in named)
    shown = [f"s.{name}" if name in named else f"CAST(NULL AS {_type_of(name)}) AS {name}" for name in _OUTPUT]
    agency = "CAST(NULL AS int) AS agency, CAST(NULL AS text) AS uscc, CAST(NULL AS text) AS agency_name"
    if "agency" in named:
        agency = "s.agency, t.uscc, t.title AS agency_name"
    return text(f"""
        WITH summed AS MATERIALIZED (
            SELECT {", ".join(["tenant_id", "division", "agency AS licence", *kept, _SUMS])} FROM statistics_day
            WHERE day BETWEEN :first AND :last AND kind = :kind AND part = :part
              AND (CAST(:subkinds AS text[]) IS NULL OR subkind = ANY(CAST(:subkinds AS text[])))
              AND (CAST(:agency AS int) IS NULL OR tenant_id IN (0, :agency))
            GROUP BY {_numbers(3 + len(kept))}
        ), owned AS (
            SELECT summed.*, coalesce(o.id, nullif(tenant_id, 0)) AS owner,
                coalesce(o.division, summed.division) AS place
            FROM summed LEFT JOIN ({_OWNERS}) o ON summed.licence <> '' AND o.licence = summed.licence
        ), sums AS (
            SELECT {", ".join([*columns, _SUMS])} FROM owned
            WHERE (CAST(:division AS text) IS NULL OR place LIKE :division)
              AND (CAST(:agency AS int) IS NULL OR owner = :agency)
            {f"GROUP BY {_numbers(len(columns))}" if columns else ""}
        )
        SELECT {", ".join(shown)}, {agency}, {", ".join(f"s.{name}" for name in MEASURES)}
        FROM sums s {"LEFT JOIN tenant t ON t.id = s.agency" if "agency" in named else ""}
        {f"ORDER BY {grouped}" if grouped else ""}
    """)


def _type_of(name: str) -> str:
    return "date" if name == "day" else "text"


def _numbers(count: int) -> str:
    """The first columns, by their numbers."""
    return ", ".join(str(at + 1) for at in range(count))


AGENCIES = text("""
    SELECT id, uscc, title, division FROM tenant
    WHERE uscc <> '' AND ((division LIKE :scope AND division <> 'TEST') OR id = ANY(CAST(:own AS int[])))
      AND (CAST(:division AS text) IS NULL OR division LIKE :division)
    ORDER BY uscc
""")

# -- yearly reports, rates, publications -------------------------------------------------------------------------------

HAND_IN = text("""
    INSERT INTO statistics_report (tenant_id, year, division, figures, handed_in_by, handed_in_at)
    VALUES (:tenant_id, :year, :division, CAST(:figures AS jsonb), :by, :at)
    ON CONFLICT (tenant_id, year) DO UPDATE SET division = excluded.division, figures = excluded.figures,
        handed_in_by = excluded.handed_in_by, handed_in_at = excluded.handed_in_at
""")
REPORTS = text(
    "SELECT tenant_id, year, figures, handed_in_at FROM statistics_report WHERE year = :year ORDER BY tenant_id"
)
# A contract and the roster of its group belong together whenever within a year the two leave. One pass over the rows,
# so that it takes as long whatever the planner knows of them.
MATCHED = text("""
    SELECT tenant_id AS agency, count(*) FILTER (WHERE contracted) AS contracted,
        count(*) FILTER (WHERE contracted AND NOT has_roster) AS contracts_alone,
        count(*) FILTER (WHERE rostered AND NOT has_contract) AS rosters_alone
    FROM (
        SELECT tenant_id, bool_or(is_wanted AND kind = 'contract') AS contracted,
            bool_or(is_wanted AND kind = 'roster') AS rostered, bool_or(kind = 'contract') AS has_contract,
            bool_or(kind = 'roster') AS has_roster
        FROM (
            SELECT tenant_id, group_no, kind, first_day BETWEEN :first AND :last
                AND (CAST(:division AS text) IS NULL OR division LIKE :division) AS is_wanted
            FROM statistics_record WHERE is_counted AND group_no <> ''
              AND first_day BETWEEN CAST(:first AS date) - 366 AND CAST(:last AS date) + 366
        ) near GROUP BY tenant_id, group_no
    ) groups GROUP BY tenant_id ORDER BY tenant_id
""")
LAST_GROUPS = text("""
    SELECT tenant_id AS agency, max(day) AS last_day FROM statistics_day
    WHERE kind = 'roster' AND part = 'organised' AND groups > 0 AND day <= :until GROUP BY tenant_id
""")
TAKE_PUBLISHING = text("SELECT pg_advisory_xact_lock(hashtextextended('statistics_publication', 0))")
PUBLISH = text("""
    INSERT INTO statistics_publication (id, division, first_day, last_day, version, forms, published_by, published_at)
    SELECT :id, :division, :first, :last, coalesce(max(version), 0) + 1, CAST(:forms AS jsonb), :by, :at
    FROM statistics_publication WHERE division = :division AND first_day = :first AND last_day = :last
""")
PUBLICATIONS = text("""
    SELECT id, division, first_day, last_day, version, forms, published_by, published_at FROM statistics_publication
    WHERE (CAST(:id AS uuid) IS NULL OR id = :id) ORDER BY published_at DESC, id LIMIT :limit
""")
