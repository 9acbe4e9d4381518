"""Documents beside records: sealed for whose the record is, each kept once, by its hash.

Whether a document belongs to its record is for who puts it there to know.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import audit
from gateway.access.accounts import Actor
from gateway.access.quota import Quota
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.ledger import statements as sql
from gateway.ledger.changes import ChangeEvent, announce, change_of
from gateway.ledger.current import lock
from gateway.ledger.reader import Reader
from gateway.ledger.rows import RecordKey, RecordRow, ShelvedRow
from gateway.store.database import Database, Scope
from schemas.findings import Text

_MOVED_ON = Text("记录已办结或状态已变更，请重新查看", "The record has gone on to another state: look again")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """A document of `record`, whose account is `owner`'s, as `sender` has sent it; `proof` where its kind has one.

    Where a record has many, `label` is the type of each, and `name` what its sender calls it. It is stored while the
    record is in one of `states`, in any where there are none; with `is_same_version` while it is the one that was read.
    """

    record: RecordRow
    owner: Tenant
    sender: Tenant
    content: bytes
    sha256: bytes
    stored_at: datetime
    pages: int
    name: str = ""
    label: str = ""
    proof: bytes | None = None
    states: Collection[str] = ()
    is_same_version: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """What lies there of a record, without its content; gone when it is no longer kept."""

    sha256: str
    name: str
    label: str
    size_bytes: int
    pages: int | None
    stored_at: datetime
    is_kept: bool


def name_place(sha256: bytes) -> bytes:
    """What the name of a document is sealed for."""
    return b"name/" + sha256


class DocumentShelf:
    """The one place where documents are written and opened."""

    def __init__(self, database: Database, reader: Reader, quota: Quota) -> None:
        self._database = database
        self._reader = reader
        self._quota = quota

    async def must_have_room(self, sender: Tenant) -> None:
        """To be asked before a document is read. Raises Refused (LIMIT-004, STORE-001)."""
        self._database.durability.must_hold()
        await self._quota.must_have_room(sender)

    async def put(self, actor: Actor, new: NewDocument) -> bool:
        """Whether the document is new; one that was there already stays as it is. Audited and announced."""
        record = new.record
        row = {
            "tenant_id": record.tenant_id,
            "sender_id": new.sender.id,
            "kind": record.kind,
            "key": record.key,
            "sha256": new.sha256,
            "division": record.division,
            "size_bytes": len(new.content),
            "blob": new.owner.seal.seal(new.content, new.sha256),
            "stored_at": new.stored_at,
            "proof": new.proof,
            "name": new.owner.seal.seal(new.name.encode(), name_place(new.sha256)) if new.name else b"",
            "label": new.label,
            "pages": new.pages,
        }
        told = {"division": record.division, "sha256": new.sha256.hex()}
        async with self._database.writing() as connection:
            if new.states:
                await _must_be_in(connection, record, new.states)
            if new.is_same_version:
                await _must_be_as_read(connection, record)
            is_new = (await connection.execute(sql.INSERT_DOCUMENT, row)).first() is not None
            if is_new:
                await self._quota.count(connection, new.sender, len(new.content))
                name = record.code or record.key
                await audit.record(connection, actor, f"{record.kind}.document", name, **told)
                await announce(connection, [change_of(record, ChangeEvent.DOCUMENT, record.state, new.stored_at)])
        return is_new

    async def newest(
        self, scope: Scope, owner: Tenant, record: RecordRow, *, sha256: bytes | None = None, page: int = 1
    ) -> bytes | None:
        """The newest document of a record in sight, or the one of that hash; None where there is none, or where it is
        known to have no such page.

        Raises Refused (RETENTION-001).
        """
        row = await self._reader.document(scope, record, sha256)
        if row is not None and row.pages is not None and not 1 <= page <= row.pages:
            return None
        if row is not None and not row.blob:
            raise Refused(problems.KEPT_NO_LONGER)
        return None if row is None else owner.seal.open(row.blob, row.sha256)

    async def there(self, scope: Scope, owner: Tenant, record: RecordRow, sha256: bytes) -> Shelved | None:
        """The document of that hash, where it lies there of a record in sight."""
        rows = await self._reader.documents(scope, record, 1, sha256)
        return _shelved(rows[0], owner) if rows else None

    async def listed(self, scope: Scope, owner: Tenant, record: RecordRow, limit: int) -> list[Shelved]:
        """What lies there of a record in sight, the oldest first."""
        rows = await self._reader.documents(scope, record, limit)
        return [_shelved(row, owner) for row in rows]

    async def take_away(
        self, actor: Actor, record: RecordRow, sender: Tenant, sha256: bytes, *, states: Collection[str]
    ) -> bool:
        """Whether a document that `sender` had put beside a record in one of these `states` was there. Audited.

        Raises Refused (STATE-001).
        """
        async with self._database.writing() as connection:
            await _must_be_in(connection, record, states)
            where = {"tenant_id": record.tenant_id, "kind": record.kind, "key": record.key, "sha256": sha256}
            size = await connection.scalar(sql.TAKE_DOCUMENT_AWAY, where | {"sender_id": sender.id})
            if size is None:
                return False
            await self._quota.count(connection, sender, -size)
            told = {"division": record.division, "sha256": sha256.hex()}
            await audit.record(connection, actor, f"{record.kind}.taken_away", record.code or record.key, **told)
        return True


async def _must_be_in(connection: AsyncConnection, record: RecordRow, states: Collection[str]) -> None:
    """Nobody moves the record until the transaction ends. Raises Refused (STATE-001)."""
    now = await lock(connection, RecordKey(record.tenant_id, record.kind, record.key))
    if now.state not in states:
        raise Refused(problems.STATE_REFUSED, _MOVED_ON, state=now.state)


async def _must_be_as_read(connection: AsyncConnection, record: RecordRow) -> None:
    """Nobody amends the record until the transaction ends. Raises Refused (STATE-002)."""
    now = await lock(connection, RecordKey(record.tenant_id, record.kind, record.key))
    if now.version != record.version:
        raise Refused(problems.VERSION_MOVED)


def _shelved(row: ShelvedRow, owner: Tenant) -> Shelved:
    return Shelved(
        sha256=row.sha256.hex(),
        name=owner.seal.open(row.name, name_place(row.sha256)).decode() if row.name else "",
        label=row.label,
        size_bytes=row.size_bytes,
        pages=row.pages,
        stored_at=row.stored_at,
        is_kept=row.is_kept,
    )
