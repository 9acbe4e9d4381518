"""Emptying what need be kept no longer: rows by the batch, beside all else, each under a lock that nobody waits for.

Rows stay, with their numbers, codes, states, hashes and answers; what names persons in them is gone. Only letters of
what did not pass go whole, and what a closed account was signed in with. Beside `resealing` and `reindexing` nothing
else writes into the tables of several rooms.
"""

# ruff: noqa: S608 - every statement is built from constants

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.store.database import SANDBOX

Row = Mapping[str, Any]
_MOST_COUNTED = 1_000_000


class Subject(StrEnum):
    """What is emptied, in this order: a document as it was sent goes when nothing that came with it is kept."""

    CONTRACT = "contract"
    ROSTER = "roster"
    GUIDE = "guide"
    LEADER = "leader"
    FIELD_CHECK = "field_check"
    MATERIAL = "material"
    PERSON = "person"
    ONLINE_DRAFT = "online_draft"
    DEAD_LETTER = "dead_letter"
    SUBMISSION = "submission"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due: of a subject, of before a day, in the divisions under a pattern."""

    subject: Subject
    before: date
    division: str

    def values(self) -> dict[str, Any]:
        return {"subject": self.subject.value, "before": self.before, "division": self.division}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where a subject lies, which rows of it (as `r`) are old enough, what names one, what holds one back, where it is.

    What partners try out names nobody, and is begun anew by themselves.
    """

    table: str
    is_old: str
    columns: str
    ref: str
    is_held: str
    division: str = "r.division"

    def rows(self, *, held: bool) -> str:
        wanted = self.is_held if held else f"NOT {self.is_held}"
        seen = f"{self.division} LIKE :division AND {self.division} <> '{SANDBOX}'"
        return f"FROM {self.table} r WHERE {self.is_old} AND {seen} AND {wanted}"


_HELD = """
    EXISTS (SELECT FROM retention_hold h WHERE h.tenant_id = r.tenant_id AND h.lifted_at IS NULL AND ({of_row}))
"""
_ONE_IS_HELD = _HELD.format(of_row="h.key IS NULL OR (h.kind = r.kind AND h.key = r.key)")
# The midnight of a day is that in China.
_CAME = "r.{column} < CAST(CAST(:before AS date) AS timestamp) AT TIME ZONE 'Asia/Shanghai'"
_TRIPS = _Source(
    table="record",
    is_old=f"""
        r.kind = :subject AND r.kind IN ('contract', 'roster') AND r.purged_at IS NULL
        AND coalesce(r.return_on, r.depart_on) < :before AND {_CAME.format(column="stored_at")}
    """,
    columns="r.tenant_id, r.kind, r.key, r.version, r.division",
    ref="r.tenant_id || '/' || r.kind || '/' || r.key",
    is_held=_ONE_IS_HELD,
)
STRUCK_OFF = ("refused", "cancelled")
"""States of guides and leaders in which a portal has them on file no more."""
# A change of ours that its portal has yet to show, or a version that somebody has yet to choose, is still under way.
_STRUCK_OFF = _Source(
    table="record",
    is_old=f"""
        r.kind = :subject AND r.kind IN ('guide', 'leader') AND r.state IN {STRUCK_OFF}
        AND r.purged_at IS NULL AND NOT r.unconfirmed AND {_CAME.format(column="stored_at")}
        AND NOT EXISTS (SELECT FROM conflict c WHERE c.tenant_id = r.tenant_id AND c.kind = r.kind AND c.key = r.key
                        AND c.decision IS NULL)
    """,
    columns=_TRIPS.columns,
    ref=_TRIPS.ref,
    is_held=_ONE_IS_HELD,
)
# The holds are those of the agency that was checked.
_CHECKS = _Source(
    table="field_check",
    is_old=f":subject = 'field_check' AND r.body <> '' AND {_CAME.format(column='stored_at')}",
    columns="r.id, r.division",
    ref="r.id::text",
    is_held="""
        EXISTS (SELECT FROM retention_hold h WHERE h.tenant_id = r.about AND h.lifted_at IS NULL
                AND (h.key IS NULL OR (h.kind = r.kind AND (h.key = r.code OR EXISTS (
                    SELECT FROM record k WHERE k.tenant_id = h.tenant_id AND k.kind = h.kind AND k.key = h.key
                      AND k.code = r.code)))))
    """,
)
# A material lies beside the filing of the agency or of a portal, whichever had the last word when it was handed in.
_MATERIALS = _Source(
    table="document",
    is_old="""
        :subject = 'material' AND r.kind = 'filing' AND r.blob <> '' AND EXISTS (
            SELECT FROM record f WHERE f.kind = 'filing' AND f.key = r.key
              AND (f.tenant_id = r.tenant_id
                   OR f.agency_uscc = (SELECT t.uscc FROM tenant t WHERE t.id = r.tenant_id AND t.uscc <> ''))
              AND f.state IN ('approved', 'refused', 'withdrawn')
              AND f.stored_at < CAST(CAST(:before AS date) AS timestamp) AT TIME ZONE 'Asia/Shanghai')
    """,
    columns="r.tenant_id, r.kind, r.key, r.sha256, r.division",
    ref="r.tenant_id || '/' || r.kind || '/' || r.key || '/' || encode(r.sha256, 'hex')",
    is_held="""
        EXISTS (SELECT FROM retention_hold h WHERE h.tenant_id IN (r.tenant_id, r.sender_id) AND h.lifted_at IS NULL
                AND (h.key IS NULL OR (h.kind = r.kind AND h.key = r.key)))
    """,
)
_OFFICE = "(SELECT t.division FROM tenant t WHERE t.id = r.tenant_id)"
_PEOPLE = _Source(
    table="person",
    is_old=f":subject = 'person' AND r.state = 'closed' AND r.contact <> '' AND {_CAME.format(column='closed_at')}",
    columns=f"r.id, {_OFFICE} AS division",
    ref="r.id::text",
    is_held=_HELD.format(of_row="h.key IS NULL"),
    division=_OFFICE,
)
# One that was concluded is kept with the contract that it became.
_DRAFTS = _Source(
    table="online_contract",
    is_old=f"""
        :subject = 'online_draft' AND r.state = 'draft' AND r.code IS NULL AND {_CAME.format(column="changed_at")}
        AND NOT EXISTS (SELECT FROM record k WHERE k.tenant_id = r.tenant_id AND k.kind = 'contract' AND k.key = r.key)
    """,
    columns="r.id, r.division",
    ref="r.id::text",
    is_held=_HELD.format(of_row="h.key IS NULL OR (h.kind = 'contract' AND h.key = r.key)"),
)
_LETTERS = _Source(
    table="dead_letter",
    is_old=f":subject = 'dead_letter' AND {_CAME.format(column='stored_at')}",
    columns="r.submission_id, r.ordinal, r.division",
    ref="r.submission_id || '/' || r.ordinal",
    is_held=_ONE_IS_HELD,
)
_SENT = _Source(
    table="submission",
    is_old=f"""
        :subject = 'submission' AND r.purged_at IS NULL AND {_CAME.format(column="received_at")}
        AND NOT EXISTS (SELECT FROM record k WHERE k.submission_id = r.id AND k.purged_at IS NULL)
        AND NOT EXISTS (SELECT FROM record_version v JOIN record k USING (tenant_id, kind, key)
                        WHERE v.submission_id = r.id AND k.purged_at IS NULL)
        AND NOT EXISTS (SELECT FROM dead_letter d WHERE d.submission_id = r.id)
        AND NOT EXISTS (SELECT FROM batch b WHERE b.submission_id = r.id AND b.state <> 'done')
    """,
    columns="r.id, r.division",
    ref="r.id::text",
    is_held=_HELD.format(of_row="h.key IS NULL"),
)
_SOURCES: Mapping[Subject, _Source] = {
    Subject.CONTRACT: _TRIPS,
    Subject.ROSTER: _TRIPS,
    Subject.GUIDE: _STRUCK_OFF,
    Subject.LEADER: _STRUCK_OFF,
    Subject.FIELD_CHECK: _CHECKS,
    Subject.MATERIAL: _MATERIALS,
    Subject.PERSON: _PEOPLE,
    Subject.ONLINE_DRAFT: _DRAFTS,
    Subject.DEAD_LETTER: _LETTERS,
    Subject.SUBMISSION: _SENT,
}
_COUNT = {
    (subject, held): text(f"""
        SELECT division, count(*) AS rows
        FROM (SELECT {source.division} AS division {source.rows(held=held)} LIMIT {_MOST_COUNTED}) AS due
        GROUP BY division ORDER BY division
    """)
    for subject, source in _SOURCES.items()
    for held in (False, True)
}
_TAKE = {
    subject: text(f"""
        SELECT {source.columns} {source.rows(held=False)} AND {source.ref} <> ALL (CAST(:passed AS text[]))
          AND (CAST(:only AS text[]) IS NULL OR {source.ref} = ANY (CAST(:only AS text[])))
        LIMIT :limit FOR UPDATE OF r SKIP LOCKED
    """)
    for subject, source in _SOURCES.items()
}
_OF_RECORDS = """
    (tenant_id, kind, key) IN (SELECT * FROM unnest(CAST(:tenant_ids AS int[]), CAST(:kinds AS text[]),
                                                    CAST(:keys AS text[])))
"""
_VERSIONS = text(f"SELECT tenant_id, kind, key, version FROM record_version WHERE {_OF_RECORDS}")
_EMPTY_RECORDS = tuple(
    text(f"{statement} WHERE {_OF_RECORDS}{more}")
    for statement, more in (
        ("UPDATE record SET body = '', people = '{}', purged_at = now()", ""),
        ("UPDATE record_version SET body = ''", ""),
        ("UPDATE document SET blob = '', name = ''", ""),
        ("UPDATE conflict SET theirs = NULL", " AND decision IS NOT NULL"),
    )
)
_EMPTY_PRINTED = text("""
    UPDATE sealed_roster SET blob = '' WHERE (tenant_id, key) IN (
        SELECT tenant_id, key FROM unnest(CAST(:tenant_ids AS int[]), CAST(:kinds AS text[]), CAST(:keys AS text[]))
            AS emptied (tenant_id, kind, key) WHERE kind = 'roster')
""")
# What was made here is kept as long as the contract that it became.
_EMPTY_MADE_HERE = tuple(
    text(f"""
        {statement} IN (
            SELECT id FROM online_contract WHERE (tenant_id, key) IN (
                SELECT tenant_id, key
                FROM unnest(CAST(:tenant_ids AS int[]), CAST(:kinds AS text[]), CAST(:keys AS text[]))
                    AS emptied (tenant_id, kind, key) WHERE kind = 'contract'))
    """)
    for statement in (
        "UPDATE signing SET sealed = '', drawing = NULL WHERE contract_id",
        "UPDATE online_contract SET body = '', document = '' WHERE id",
    )
)
_DISCARD_DRAFTS = text("""
    UPDATE online_contract SET body = '', document = '', state = 'discarded', revision = revision + 1
    WHERE id = ANY(CAST(:ids AS uuid[])) AND state = 'draft'
""")
_REMOVE_LETTERS = text("""
    DELETE FROM dead_letter WHERE (submission_id, ordinal) IN (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:ordinals AS int[])))
""")
# A file that was sent twice lies there once: it goes with the last submission that names it.
_NAME_BLOBS = text("""
    INSERT INTO retention_blob (name)
    SELECT DISTINCT s.blob FROM submission s
    WHERE s.id = ANY(CAST(:ids AS uuid[])) AND s.blob IS NOT NULL AND NOT EXISTS (
        SELECT FROM submission other
        WHERE other.tenant_id = s.tenant_id AND other.raw_hash = s.raw_hash AND other.blob = s.blob
          AND other.purged_at IS NULL AND other.id <> ALL(CAST(:ids AS uuid[])))
    ON CONFLICT DO NOTHING
""")
_EMPTY_SUBMISSIONS = text("""
    UPDATE submission SET raw = '', filename = NULL, purged_at = now() WHERE id = ANY(CAST(:ids AS uuid[]))
""")
_EMPTY_CHECKS = (
    text("UPDATE field_check SET body = '' WHERE id = ANY(CAST(:ids AS uuid[]))"),
    text("UPDATE field_check_photo SET blob = '' WHERE check_id = ANY(CAST(:ids AS uuid[]))"),
)
_EMPTY_MATERIALS = text("""
    UPDATE document SET blob = '', name = '' WHERE (tenant_id, kind, key, sha256) IN (
        SELECT * FROM unnest(CAST(:tenant_ids AS int[]), CAST(:kinds AS text[]), CAST(:keys AS text[]),
                             CAST(:sha256s AS bytea[])))
""")
_EMPTY_PEOPLE = (
    text("UPDATE person SET contact = '', password = NULL, totp = NULL WHERE id = ANY(CAST(:ids AS integer[]))"),
    *(
        text(f"DELETE FROM {table} WHERE person_id = ANY(CAST(:ids AS integer[]))")
        for table in ("person_passkey", "person_recovery", "person_link", "person_session", "person_challenge")
    ),
)
BLOBS = text("SELECT name FROM retention_blob ORDER BY name LIMIT 1000")
FORGET_BLOBS = text("DELETE FROM retention_blob WHERE name = ANY(:names)")


RECORDS = frozenset({Subject.CONTRACT, Subject.ROSTER, Subject.GUIDE, Subject.LEADER})
"""Those that are records of a kind; the others lie in tables of their own."""
_EMPTY: Mapping[Subject, Sequence[TextClause]] = {
    **dict.fromkeys(RECORDS, (*_EMPTY_RECORDS, _EMPTY_PRINTED, *_EMPTY_MADE_HERE)),
    Subject.FIELD_CHECK: _EMPTY_CHECKS,
    Subject.MATERIAL: (_EMPTY_MATERIALS,),
    Subject.PERSON: _EMPTY_PEOPLE,
    Subject.ONLINE_DRAFT: (_DISCARD_DRAFTS,),
    Subject.DEAD_LETTER: (_REMOVE_LETTERS,),
    Subject.SUBMISSION: (_NAME_BLOBS, _EMPTY_SUBMISSIONS),
}


async def counted(connection: AsyncConnection, due: Due, *, held: bool) -> dict[str, int]:
    """How many rows are due by division, or would be but for a hold; of very many not all are counted."""
    rows = (await connection.execute(_COUNT[due.subject, held], due.values())).all()
    return {row.division: row.rows for row in rows}


async def take(
    connection: AsyncConnection, due: Due, limit: int, *, passed: Sequence[str] = (), only: Sequence[str] | None = None
) -> list[Row]:
    """Some rows that are due, locked, `only` of those named where some are; none that somebody else holds, and none of
    those that were `passed` over.
    """
    bounds = {"limit": limit, "passed": list(passed), "only": None if only is None else list(only)}
    found = await connection.execute(_TAKE[due.subject], due.values() | bounds)
    return [dict(row._mapping) for row in found.all()]


async def versions_of(connection: AsyncConnection, rows: Sequence[Row]) -> list[Row]:
    """The earlier versions of some records."""
    return [dict(row._mapping) for row in (await connection.execute(_VERSIONS, _named(rows))).all()]


async def empty(connection: AsyncConnection, subject: Subject, rows: Sequence[Row]) -> None:
    """Empty rows that were taken."""
    if subject in RECORDS:
        where = _named(rows)
    elif subject is Subject.MATERIAL:
        where = _named(rows) | {"sha256s": [bytes(row["sha256"]) for row in rows]}
    elif subject is Subject.DEAD_LETTER:
        where = {"ids": [row["submission_id"] for row in rows], "ordinals": [row["ordinal"] for row in rows]}
    else:
        where = {"ids": [row["id"] for row in rows]}
    for statement in _EMPTY[subject]:
        await connection.execute(statement, where)


def _named(rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {f"{name}s": [row[name] for row in rows] for name in ("tenant_id", "kind", "key")}
