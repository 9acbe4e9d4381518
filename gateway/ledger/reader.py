"""Questions to the store. Every answer is read under the caller's scope; row-level security does the filtering."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.ledger import statements as sql
from gateway.ledger.changes import number_changes
from gateway.ledger.rows import (
    ChangeRow,
    DocumentRow,
    EarlierBody,
    EarlierVersion,
    HandedIn,
    ListedRecord,
    RawRow,
    RecordRow,
    RejectedRow,
    ShelvedRow,
    SubmissionRow,
)
from gateway.ledger.submission import Submission
from gateway.ledger.wanted import MOST_COUNTED, Sent, Wanted
from gateway.store.database import Database, Scope
from gateway.store.typed import Found, fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """At most `limit` records, behind the one that was stored then, from that place of that submission."""

    limit: int
    stored_at: datetime | None = None
    submission_id: UUID | None = None
    ordinal: int | None = None


_A_PAGE = 1000
_EARLIER_AT_ONCE = 100


class Reader:
    """The only way to read what is stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_codes(self, scope: Scope, codes: Sequence[str]) -> Sequence[RecordRow]:
        """Current records with these codes."""
        return await self._all(scope, RecordRow, sql.BY_CODES, codes=list(codes))

    async def by_keys(self, scope: Scope, kind: str, keys: Sequence[str]) -> Sequence[RecordRow]:
        """Current records with these business numbers (contracts) or group numbers (rosters)."""
        return await self._all(scope, RecordRow, sql.BY_KEYS, kind=kind, keys=list(keys))

    async def by_hashes(self, scope: Scope, kind: str, hashes: Sequence[bytes]) -> Sequence[RecordRow]:
        """Current records with this content, by SHA-256 of their canonical JSON."""
        return await self._all(scope, RecordRow, sql.BY_HASHES, kind=kind, hashes=list(hashes))

    async def by_people(self, scope: Scope, kind: str, blind: Sequence[int], page: Page) -> Sequence[RecordRow]:
        """Records of a kind that name one of these people, by blind index of document numbers; the oldest first."""
        return await self._all(scope, RecordRow, sql.BY_PEOPLE, kind=kind, people=list(blind), **asdict(page))

    async def every_of_people(self, scope: Scope, kind: str, blind: Sequence[int]) -> AsyncIterator[RecordRow]:
        """The same without a bound, page by page."""
        page = Page(limit=_A_PAGE)
        while rows := await self.by_people(scope, kind, blind, page):
            for row in rows:
                yield row
            last = rows[-1]
            page = replace(page, stored_at=last.stored_at, submission_id=last.submission_id, ordinal=last.ordinal)

    async def by_printed_numbers(self, scope: Scope, numbers: Sequence[str]) -> Sequence[RecordRow]:
        """Current contracts by the numbers printed on them."""
        return await self._all(scope, RecordRow, sql.BY_PRINTED_NUMBERS, numbers=list(numbers))

    async def by_state(self, scope: Scope, kind: str, state: str, page: Page) -> Sequence[RecordRow]:
        """Records in a state, such as the rosters that wait for their audit; the oldest first."""
        return await self._all(scope, RecordRow, sql.BY_STATE[kind], state=state, **asdict(page))

    async def listed(self, scope: Scope, wanted: Wanted, limit: int, offset: int = 0) -> Sequence[ListedRecord]:
        """The records of a list from one place on, without their bodies."""
        page = {"limit": limit, "offset": offset}
        return await self._all(scope, ListedRecord, sql.LISTED[wanted.order], **wanted.criteria(), **page)

    async def count(self, scope: Scope, wanted: Wanted) -> int:
        """How many records a list has; of more than `MOST_COUNTED` one more than that."""
        async with self._database.reading(scope) as connection:
            where = wanted.criteria() | {"most": MOST_COUNTED + 1}
            return (await connection.execute(sql.COUNT_LISTED, where)).scalar_one()

    async def earlier_bodies(
        self, scope: Scope, tenant_id: int, kind: str, key: str, *, limit: int, before: int | None = None
    ) -> Sequence[EarlierBody]:
        """The last versions (before one) that amendments replaced with what they held, sealed; the newest first."""
        where = {"tenant_id": tenant_id, "kind": kind, "key": key, "limit": limit, "before": before}
        return await self._all(scope, EarlierBody, sql.EARLIER_BODIES, **where)

    async def every_earlier_body(self, record: RecordRow) -> AsyncIterator[EarlierBody]:
        """All of them of a record in sight, the newest first, also where it lay in another division then."""
        its_own, before = Scope(tenant_id=record.tenant_id), None
        name = record.tenant_id, record.kind, record.key
        while rows := await self.earlier_bodies(its_own, *name, limit=_EARLIER_AT_ONCE, before=before):
            for row in rows:
                yield row
            before = rows[-1].version

    async def versions(self, scope: Scope, tenant_id: int, kind: str, key: str) -> Sequence[EarlierVersion]:
        """The versions that amendments replaced, oldest first."""
        return await self._all(scope, EarlierVersion, sql.VERSIONS, tenant_id=tenant_id, kind=kind, key=key)

    async def submission(self, scope: Scope, submission_id: UUID) -> SubmissionRow | None:
        return await self._first(scope, SubmissionRow, sql.SUBMISSION, id=submission_id)

    async def handed_in(
        self, scope: Scope, tenant_id: int, sought: Sent, limit: int, *, before: UUID | None = None
    ) -> Sequence[HandedIn]:
        """What a sender has handed in before a submission of its own, the newest first."""
        where = {"kind": sought.kind, "channel": sought.channel and sought.channel.value, "before": before}
        return await self._all(scope, HandedIn, sql.HANDED_IN, tenant_id=tenant_id, limit=limit, **where)

    async def raw(self, scope: Scope, submission_id: UUID) -> RawRow | None:
        """The sealed bytes of a submission, as they came in."""
        return await self._first(scope, RawRow, sql.RAW, id=submission_id)

    async def dead_letters(
        self, scope: Scope, submission_id: UUID, after: int = 0, limit: int = 20_000
    ) -> Sequence[RejectedRow]:
        """Records of a submission that did not pass, by ordinal, from the one behind `after`."""
        return await self._all(scope, RejectedRow, sql.REJECTED, id=submission_id, after=after, limit=limit)

    async def changes(self, scope: Scope, after: int, limit: int) -> tuple[Sequence[ChangeRow], int]:
        """Events after a position, and the high-water mark: nothing new ever appears at or below it.

        Raises Refused (CHANGES-001) for a position that was never given, or is of before a restore and not known any
        more.
        """
        # The mark is read first: events committed in between are above it and come with the next call.
        mark = await number_changes(self._database)
        async with self._database.reading(scope) as connection:
            last = await connection.scalar(sql.LAST_BEFORE, {"after": after})
            if after > (last := mark if last is None else last):
                raise Refused(problems.POSITION_UNKNOWN, resume_after=last)
            found = await fetch(connection, sql.CHANGES_AFTER, {"after": after, "limit": limit}, ChangeRow)
        rows = [row for row in found if row.position <= mark]
        return rows, rows[-1].position if len(rows) == limit else mark

    async def document(self, scope: Scope, record: RecordRow, sha256: bytes | None = None) -> DocumentRow | None:
        """The newest document of a record, or the one of that hash, sealed."""
        of = {"tenant_id": record.tenant_id, "kind": record.kind, "key": record.key}
        return await self._first(scope, DocumentRow, sql.DOCUMENT, **of, sha256=sha256)

    async def documents(
        self, scope: Scope, record: RecordRow, limit: int, sha256: bytes | None = None
    ) -> Sequence[ShelvedRow]:
        """The documents of a record, or the one of that hash, without their content, the oldest first."""
        of = {"tenant_id": record.tenant_id, "kind": record.kind, "key": record.key, "sha256": sha256}
        return await self._all(scope, ShelvedRow, sql.DOCUMENTS, **of, limit=limit)

    async def _all(self, scope: Scope, into: type[Found], statement: Executable, **parameters: Any) -> Sequence[Found]:
        async with self._database.reading(scope) as connection:
            return await fetch(connection, statement, parameters, into)

    async def _first(self, scope: Scope, into: type[Found], statement: Executable, **parameters: Any) -> Found | None:
        rows = await self._all(scope, into, statement, **parameters)
        return rows[0] if rows else None


async def is_known_request(connection: AsyncConnection, submission: Submission) -> bool:
    """Whether the very request of a submission was stored before."""
    where = {"tenant_id": submission.tenant.id, "key": submission.key}
    return (await connection.exec_driver_sql(sql.IS_CLAIMED, where)).scalar_one()
