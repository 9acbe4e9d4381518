"""Documents beside records: sealed for whose the record is, each kept once, by its hash.

Whether a document belongs to its record is for who puts it there to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway import audit
from gateway.access.accounts import Actor
from gateway.access.quota import Quota
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.ledger import statements as sql
from gateway.ledger.changes import ChangeEvent, announce, change_of
from gateway.ledger.reader import Reader
from gateway.ledger.rows import RecordRow, ShelvedRow
from gateway.store.database import Database, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """A document of `record`, whose account is `owner`'s, as `sender` has sent it; `proof` where its kind has one.

    Where a record has many, `label` is the type of each, and `name` what its sender calls it.
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
            is_new = (await connection.execute(sql.INSERT_DOCUMENT, row)).first() is not None
            if is_new:
                await self._quota.count(connection, new.sender, len(new.content))
                name = record.code or record.key
                await audit.record(connection, actor, f"{record.kind}.document", name, **told)
                await announce(connection, [change_of(record, ChangeEvent.DOCUMENT, record.state, new.stored_at)])
        return is_new

    async def newest(
        self, scope: Scope, owner: Tenant, record: RecordRow, *, sha256: bytes | None = None
    ) -> bytes | None:
        """The newest document of a record in sight, or the one of that hash, or None.

        Raises Refused (RETENTION-001).
        """
        row = await self._reader.document(scope, record, sha256)
        if row is not None and not row.blob:
            raise Refused(problems.KEPT_NO_LONGER)
        return None if row is None else owner.seal.open(row.blob, row.sha256)

    async def listed(self, scope: Scope, owner: Tenant, record: RecordRow, limit: int) -> list[Shelved]:
        """What lies there of a record in sight, the oldest first."""
        rows = await self._reader.documents(scope, record, limit)
        return [_shelved(row, owner) for row in rows]


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
