"""Questions to the store. Every answer is read under the caller's scope; row-level security does the filtering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from gateway.store.database import Database, Scope

_RECORD = """
    SELECT r.tenant_id, r.kind, r.key, r.schema, r.version, r.state, r.content_hash, r.body, r.submission_id,
           r.stored_at, r.issued_at, r.code, r.qr_text, r.subkind, r.agency_name, r.agency_uscc, r.depart_on,
           r.return_on, r.headcount, r.division
    FROM record r
"""
_BY_CODES = text(f"{_RECORD} WHERE r.code = ANY(:codes) ORDER BY r.code")
_BY_KEYS = text(f"{_RECORD} WHERE r.kind = :kind AND r.key = ANY(:keys) ORDER BY r.key, r.tenant_id")
_BY_HASHES = text(f"{_RECORD} WHERE r.kind = :kind AND r.content_hash = ANY(:hashes) ORDER BY r.key, r.tenant_id")
_BY_PERSON = text(f"{_RECORD} WHERE r.people @> ARRAY[CAST(:person AS bigint)] ORDER BY r.stored_at DESC LIMIT 100")
_ROSTERS_BY_STATE = text(f"{_RECORD} WHERE r.kind = 'roster' AND r.state = :state ORDER BY r.stored_at DESC LIMIT 200")
_VERSIONS = text("""
    SELECT version, state, content_hash, submission_id, stored_at, replaced_at
    FROM record_version WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key ORDER BY version
""")
_SUBMISSION = text("""
    SELECT id, channel, connector, mapping, kind, content_type, filename, received_at, raw_hash, rows_in, accepted,
           rejected, quarantined, status, answer
    FROM submission WHERE id = :id
""")
_DEAD_LETTERS = text("""
    SELECT ordinal, tenant_id, locator, kind, source, findings, stored_at
    FROM dead_letter WHERE submission_id = :id AND ordinal > :after ORDER BY ordinal LIMIT :limit
""")
_RAW = text("SELECT tenant_id, raw, content_type, filename, connector, kind FROM submission WHERE id = :id")
_CHANGES = text("""
    SELECT position, kind, key, event, version, state, code, at
    FROM change WHERE position > :after ORDER BY position LIMIT :limit
""")
_HIGH_WATER = text("SELECT position FROM change_clock")
_DOCUMENT = text("""
    SELECT sha256, blob, size_bytes, stored_at FROM document
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key ORDER BY stored_at DESC LIMIT 1
""")


class Reader:
    """The only way to read what is stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_codes(self, scope: Scope, codes: Sequence[str]) -> Sequence[Any]:
        """Current records with these codes."""
        return await self._all(scope, _BY_CODES, codes=list(codes))

    async def by_keys(self, scope: Scope, kind: str, keys: Sequence[str]) -> Sequence[Any]:
        """Current records with these business numbers (contracts) or group numbers (rosters)."""
        return await self._all(scope, _BY_KEYS, kind=kind, keys=list(keys))

    async def by_hashes(self, scope: Scope, kind: str, hashes: Sequence[bytes]) -> Sequence[Any]:
        """Current records with this content, by SHA-256 of their canonical JSON."""
        return await self._all(scope, _BY_HASHES, kind=kind, hashes=list(hashes))

    async def by_person(self, scope: Scope, blind: int) -> Sequence[Any]:
        """Current records that name a person, by blind index of the document number; the newest hundred."""
        return await self._all(scope, _BY_PERSON, person=blind)

    async def rosters_by_state(self, scope: Scope, state: str) -> Sequence[Any]:
        """Rosters in a state, such as those that wait for their audit; the newest two hundred."""
        return await self._all(scope, _ROSTERS_BY_STATE, state=state)

    async def versions(self, scope: Scope, tenant_id: int, kind: str, key: str) -> Sequence[Any]:
        """The versions that amendments replaced, oldest first."""
        return await self._all(scope, _VERSIONS, tenant_id=tenant_id, kind=kind, key=key)

    async def submission(self, scope: Scope, submission_id: UUID) -> Any | None:
        return await self._first(scope, _SUBMISSION, id=submission_id)

    async def raw(self, scope: Scope, submission_id: UUID) -> Any | None:
        """The sealed bytes of a submission, as they came in."""
        return await self._first(scope, _RAW, id=submission_id)

    async def dead_letters(
        self, scope: Scope, submission_id: UUID, after: int = 0, limit: int = 20_000
    ) -> Sequence[Any]:
        """Records of a submission that did not pass, by ordinal, from the one behind `after`."""
        return await self._all(scope, _DEAD_LETTERS, id=submission_id, after=after, limit=limit)

    async def changes(self, scope: Scope, after: int, limit: int) -> tuple[Sequence[Any], int]:
        """Events after a position, and the high-water mark: nothing new ever appears at or below it."""
        async with self._database.reading(scope) as connection:
            # The mark is read first: events committed in between are above it and come with the next call.
            mark = (await connection.execute(_HIGH_WATER)).scalar_one()
            rows = (await connection.execute(_CHANGES, {"after": after, "limit": limit})).all()
        rows = [row for row in rows if row.position <= mark]
        return rows, rows[-1].position if len(rows) == limit else mark

    async def document(self, scope: Scope, tenant_id: int, kind: str, key: str) -> Any | None:
        """The newest document of a record, sealed."""
        return await self._first(scope, _DOCUMENT, tenant_id=tenant_id, kind=kind, key=key)

    async def _all(self, scope: Scope, statement: Any, **parameters: Any) -> Sequence[Any]:
        async with self._database.reading(scope) as connection:
            return (await connection.execute(statement, parameters)).all()

    async def _first(self, scope: Scope, statement: Any, **parameters: Any) -> Any | None:
        rows = await self._all(scope, statement, **parameters)
        return rows[0] if rows else None
