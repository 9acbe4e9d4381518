"""Records what an inspector found, once however often it is sent; shows it to the authority whose it is, and above."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import orjson

from gateway import audit
from gateway.access.accounts import Accounts, Actor, must_may
from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.field_checks import statements as sql
from gateway.field_checks.rows import FieldCheckRow, PhotoRow
from gateway.field_checks.states import Outcome
from gateway.ledger.rows import RecordRow
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch, fetch_first, fetch_one
from schemas.findings import Text

MOST_PHOTOS = 6
MOST_PHOTO_BYTES = 3 * 1024 * 1024
LONGEST_NOTE, LONGEST_PLACE = 1000, 100
MOST_PEOPLE = 10_000
_MAGIC = {
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
_NO_PHOTO = Text(
    f"照片应为 JPEG、PNG 或 WebP，每张不超过 {MOST_PHOTO_BYTES // 2**20} MB",
    f"Photographs are JPEG, PNG or WebP, up to {MOST_PHOTO_BYTES // 2**20} MB",
)
_IN_FUTURE = Text("检查时间在将来，请核对手机时钟", "The check lies in the future: look at the clock of the phone")
_OTHER = Text("该编号的检查记录内容不同", "The check of that id says something else")
_AHEAD = timedelta(minutes=10)
"""By how much the clock of a phone may be wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCheck:
    """What was found; `id` is its sender's, who sends it until it is answered. `people` is how many were counted."""

    id: UUID
    outcome: Outcome
    note: str
    place: str
    people: int | None
    checked_at: datetime
    photos: Sequence[bytes] = ()

    def body(self) -> bytes:
        return orjson.dumps({"note": self.note, "place": self.place, "people": self.people})

    def hash(self, code: str) -> bytes:
        """Of all that was sent: a check that is sent again is the same to the last byte."""
        said = [code, self.outcome.value, self.checked_at.isoformat(), self.body().decode()]
        return sha256(orjson.dumps([*said, *(sha256(photo).hexdigest() for photo in self.photos)])).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCheck:
    """A check with what was written down; nothing of it, and no photograph, where that is kept no longer."""

    row: FieldCheckRow
    note: str = ""
    place: str = ""
    people: int | None = None

    @property
    def is_kept(self) -> bool:
        return len(self.row.body) > 0

    @property
    def photos(self) -> int:
        """How many photographs there are to be seen."""
        return self.row.photos if self.is_kept else 0


class FieldChecks:
    """Checks on the road."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    async def record(self, actor: Actor, record: RecordRow, check: NewCheck) -> tuple[FieldCheck, bool]:
        """Store a check of a record in the actor's sight; False beside one that was there already. Audited.

        Raises Refused (AUTH-005, REQUEST-001, INTAKE-004 where another check has that id).
        """
        must_may(actor, Power.INSPECT)
        owner = actor.account
        if owner is None:
            raise Refused(problems.FORBIDDEN)
        types = [_type_of(photo) for photo in check.photos]
        _must_be_plausible(check)
        self._database.durability.must_hold()
        now, code = Clock.now(), record.code or record.key
        where = {"tenant_id": owner.id, "division": owner.division}
        row = where | {
            "id": check.id,
            "about": record.tenant_id,
            "code": code,
            "kind": record.kind,
            "version": record.version,
            "state": record.state,
            "outcome": check.outcome.value,
            "body": owner.seal.seal(check.body(), check.id.bytes),
            "hash": check.hash(code),
            "photos": len(check.photos),
            "made_by": actor.name,
            "checked_at": check.checked_at,
            "stored_at": now,
        }
        photos = [
            where | {"check_id": check.id, "number": number, "media_type": media_type}
            | {"blob": owner.seal.seal(photo, photo_place(check.id, number))}
            for number, (photo, media_type) in enumerate(zip(check.photos, types, strict=True), 1)
        ]  # fmt: skip
        async with self._database.writing() as connection:
            is_new = (await connection.execute(sql.INSERT, row)).first() is not None
            stored = await fetch_one(connection, sql.STORED, {"id": check.id}, FieldCheckRow)
            if (stored.tenant_id, stored.hash) != (owner.id, row["hash"]):
                raise Refused(problems.IDEMPOTENCY_MISMATCH, _OTHER)
            if is_new:
                if photos:
                    await connection.execute(sql.INSERT_PHOTO, photos)
                told = {"outcome": check.outcome.value, "check": str(check.id), "photos": len(photos)}
                await audit.record(connection, actor, f"{record.kind}.check", code, division=record.division, **told)
        return await self._opened(stored), is_new

    async def listed(
        self,
        scope: Scope,
        *,
        record: RecordRow | None = None,
        outcome: Outcome | None = None,
        made_by: str | None = None,
        after: UUID | None = None,
        limit: int = 50,
    ) -> list[FieldCheck]:
        """Checks in sight, of one record or all, the last first, from the one behind `after`."""
        about, code = (None, None) if record is None else (record.tenant_id, record.code or record.key)
        where = {"about": about, "code": code, "outcome": outcome, "made_by": made_by, "after": after, "limit": limit}
        async with self._database.reading(scope) as connection:
            rows = await fetch(connection, sql.LISTED, where, FieldCheckRow)
        return [await self._opened(row) for row in rows]

    async def find(self, scope: Scope, check_id: UUID) -> FieldCheck:
        """One in sight. Raises Refused (REQUEST-003)."""
        async with self._database.reading(scope) as connection:
            row = await fetch_first(connection, sql.STORED, {"id": check_id}, FieldCheckRow)
        if row is None:
            raise Refused(problems.NOT_FOUND)
        return await self._opened(row)

    async def photo(self, scope: Scope, check_id: UUID, number: int) -> tuple[bytes, str]:
        """A photograph with its media type. Raises Refused (REQUEST-003, RETENTION-001)."""
        async with self._database.reading(scope) as connection:
            row = await fetch_first(connection, sql.PHOTO, {"id": check_id, "number": number}, PhotoRow)
        if row is None:
            raise Refused(problems.NOT_FOUND)
        if not row.blob:
            raise Refused(problems.KEPT_NO_LONGER)
        seal = (await self._accounts.tenant(row.tenant_id)).seal
        return seal.open(row.blob, photo_place(check_id, number)), row.media_type

    async def _opened(self, row: FieldCheckRow) -> FieldCheck:
        if not row.body:
            return FieldCheck(row=row)
        seal = (await self._accounts.tenant(row.tenant_id)).seal
        return FieldCheck(row=row, **orjson.loads(seal.open(row.body, row.id.bytes)))


def photo_place(check_id: UUID, number: int) -> bytes:
    """What a sealed photograph is bound to."""
    return check_id.bytes + number.to_bytes(2)


def _type_of(photo: bytes) -> str:
    """Its media type, by how it begins. Raises Refused (REQUEST-001)."""
    found = next((name for name, magic in _MAGIC.items() if magic.match(photo)), None)
    if found is None or len(photo) > MOST_PHOTO_BYTES:
        raise _wrong("photo", _NO_PHOTO)
    return found


def _must_be_plausible(check: NewCheck) -> None:
    if len(check.photos) > MOST_PHOTOS:
        raise _wrong("photo", Text(f"照片至多 {MOST_PHOTOS} 张", f"There are up to {MOST_PHOTOS} photographs"))
    for name, text, most in (("note", check.note, LONGEST_NOTE), ("place", check.place, LONGEST_PLACE)):
        if len(text) > most:
            raise _wrong(name, Text(f"文字不超过 {most} 个字", f"The text has up to {most} characters"))
    if check.outcome is not Outcome.CONSISTENT and not check.note:
        raise _wrong("note", Text("请写明不符或无法核实之处", "Say what is not as registered, or could not be told"))
    if check.people is not None and not 0 <= check.people <= MOST_PEOPLE:
        raise _wrong("people", Text(f"人数应为 0 至 {MOST_PEOPLE}", f"There are 0 to {MOST_PEOPLE} people"))
    if check.checked_at > Clock.now() + _AHEAD:
        raise _wrong("checked_at", _IN_FUTURE)


def _wrong(name: str, words: Text) -> Refused:
    return Refused(problems.BAD_REQUEST, words, field=name)
