"""Materials of a filing: handed in by the agency at its own desk, kept on the one shelf, read by who decides.

What a filing's sender names and what was handed in here are two things: a portal that names no materials takes none
away, and what it names without a file is said to lie there, or to be missing. No public list says which type of filing
needs what, so that nothing is asked for but what was declared missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any

from gateway import audit
from gateway.access.accounts import Accounts, Actor, must_may
from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.authority.qualification_steps import UNDECIDED
from gateway.base import problems
from gateway.base.clock import Clock, day_in_china
from gateway.base.problems import Refused
from gateway.contracts.document_reading import DocumentReader
from gateway.ledger.document_shelf import DocumentShelf, NewDocument, Shelved
from gateway.ledger.reader import Reader
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import open_body
from gateway.store.database import Database, Scope
from schemas.codelists import codelist
from schemas.findings import Text, veiled

MOST_MATERIALS = 50
_MOST_SHOWN = 2 * MOST_MATERIALS
"""Those that come at the same moment are counted together, and none is hidden."""
LONGEST_NAME = 128
TYPES = "material_types"
_CLOSED = Text("办件已办结或撤回，不再接收材料", "The filing is decided or withdrawn, and takes no more materials")
_FULL = Text(f"该办件已有 {MOST_MATERIALS} 份材料", f"The filing has {MOST_MATERIALS} materials already")
_NO_NAME = Text(f"请填写材料名称，不超过 {LONGEST_NAME} 字", f"Give its name, at most {LONGEST_NAME} characters")
_NUMBERS = Text("名称中含有疑似证件号或手机号", "The name seems to hold a document or telephone number")
_NO_TYPE = Text("请选择材料类型", "Choose its type")


class Place(StrEnum):
    """Where a material is: here to be read, with its sender (a portal, or a file yet to be uploaded), or lacking."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A material that was handed in or named; what is not known of it is None or empty."""

    name: str
    kind: str
    sha256: str
    size_bytes: int | None
    handed_in_on: date | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMaterial:
    """A material as it is handed in, a PDF."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMaterial:
    """`is_new` is False when the file was there already."""

    sha256: str
    size_bytes: int
    pages: int | None
    is_new: bool


class FilingMaterials:
    """Takes materials, lists and reads them."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        shelf: DocumentShelf,
        *,
        reader: Reader,
        document_reader: DocumentReader,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._reader = reader
        self._shelf = shelf
        self._document_reader = document_reader

    async def listed(self, actor: Actor, record: RecordRow) -> list[Material]:
        """What its sender names and what was handed in. Raises Refused (AUTH-005)."""
        if not _is_own(actor, record):
            must_may(actor, Power.READ_AGENCIES)
        owner = await self._accounts.tenant(record.tenant_id)
        named = open_body(record, owner.seal).get("materials", ())
        return _together(named, await self._shelved(actor, record))

    async def hand_in(self, actor: Actor, record: RecordRow, new: NewMaterial) -> StoredMaterial:
        """Store a material of a filing of the agency's own that is not decided.

        One that is here already is told of whatever became of the filing since: its first answer may have been lost.
        Raises Refused (AUTH-005, DOCUMENT-004, LIMIT-002, LIMIT-004, REQUEST-001, STATE-001).
        """
        must_may(actor, Power.MANAGE_AGENCY)
        sender = actor.account
        if sender is None or not sender.uscc or sender.uscc != record.agency_uscc:
            raise Refused(problems.FORBIDDEN)
        name, digest = _must_be_named(new), sha256(new.content)
        owner, shelved = await self._accounts.tenant(record.tenant_id), await self._shelved(actor, record)
        if (here := next((each for each in shelved if each.sha256 == digest.hexdigest()), None)) is not None:
            return _there_already(here, name, new.kind)
        if record.state not in UNDECIDED:
            raise Refused(problems.STATE_REFUSED, _CLOSED, state=record.state)
        if len(shelved) >= MOST_MATERIALS:
            raise Refused(problems.MATERIAL_REFUSED, _FULL)
        await self._shelf.must_have_room(sender)
        reading = await self._document_reader.look(new.content, sender=sender.id)
        if reading.problem is not None:
            raise Refused(problems.MATERIAL_REFUSED, reading.problem)
        document = NewDocument(
            record=record,
            owner=owner,
            sender=sender,
            content=new.content,
            sha256=digest.digest(),
            stored_at=Clock.now(),
            pages=reading.pages,
            name=name,
            label=new.kind,
            states=UNDECIDED,
        )
        is_new = await self._shelf.put(actor, document)
        return StoredMaterial(
            sha256=digest.hexdigest(), size_bytes=len(new.content), pages=reading.pages, is_new=is_new
        )

    async def take_back(self, actor: Actor, record: RecordRow, digest: str) -> None:
        """Remove a material that the agency has handed in, while its filing waits: who decides sees it no more.

        Raises Refused (AUTH-005, REQUEST-003, STATE-001).
        """
        must_may(actor, Power.MANAGE_AGENCY)
        sender = actor.account
        if sender is None or not sender.uscc or sender.uscc != record.agency_uscc:
            raise Refused(problems.FORBIDDEN)
        sought = _hash(digest)
        for row, _ in await self._of_the_filing(actor, record):
            if await self._shelf.take_away(actor, row, sender, sought, states=UNDECIDED):
                return
        raise Refused(problems.NOT_FOUND)

    async def read(self, actor: Actor, record: RecordRow, digest: str) -> bytes:
        """A material by its hash: of who decides, and of the agency's own. Audited.

        Raises Refused (AUTH-005, REQUEST-003 for one that is not here, RETENTION-001).
        """
        if not _is_own(actor, record):
            must_may(actor, Power.DECIDE_FILINGS)
        sought = _hash(digest)
        pdf = await self._found(actor, record, sought)
        async with self._database.writing() as connection:
            await audit.record(
                connection, actor, "filing.material", record.key, division=record.division, sha256=sought.hex()
            )
        return pdf

    async def _shelved(self, actor: Actor, record: RecordRow) -> Sequence[Shelved]:
        found: dict[str, Shelved] = {}
        for row, owner in await self._of_the_filing(actor, record):
            listed = await self._shelf.listed(_its_own(row), owner, row, _MOST_SHOWN)
            found = {each.sha256: each for each in listed} | found
        return sorted(found.values(), key=lambda each: (each.stored_at, each.sha256))

    async def _found(self, actor: Actor, record: RecordRow, sha256: bytes) -> bytes:
        for row, owner in await self._of_the_filing(actor, record):
            pdf = await self._shelf.newest(_its_own(row), owner, row, sha256=sha256)
            if pdf is not None:
                return pdf
        raise Refused(problems.NOT_FOUND)

    async def _of_the_filing(self, actor: Actor, record: RecordRow) -> list[tuple[RecordRow, Tenant]]:
        """The record, each with whose it is; and where the agency and a portal both keep the filing, the other of the
        two in sight: a material stays with the filing, whoever had the last word on it when it was handed in.
        """
        owner, uscc = await self._accounts.tenant(record.tenant_id), record.agency_uscc
        found = [(record, owner)]
        if not uscc:
            return found
        is_own = actor.account is not None and actor.account.uscc == uscc
        scope = replace(actor.scope, uscc=uscc) if is_own else actor.scope
        for row in await self._reader.by_keys(scope, record.kind, [record.key]):
            other = await self._accounts.tenant(row.tenant_id)
            is_other = row.tenant_id != record.tenant_id and row.agency_uscc == uscc
            if is_other and uscc in (owner.uscc, other.uscc):
                found.append((row, other))
        return found


def _is_own(actor: Actor, record: RecordRow) -> bool:
    """Whether somebody speaks for who keeps the record, or for the agency that it is about."""
    account = actor.account
    if account is None:
        return False
    return account.party(record.tenant_id) is not None or (bool(account.uscc) and account.uscc == record.agency_uscc)


def _its_own(record: RecordRow) -> Scope:
    """What lies beside a record that is in sight, also what came when the record lay in another division."""
    return Scope(tenant_id=record.tenant_id)


def _there_already(here: Shelved, name: str, kind: str) -> StoredMaterial:
    """The answer to a file that comes again. Raises Refused (DOCUMENT-004) when it is called something else now."""
    if (here.name, here.label) != (name, kind):
        detail = Text(
            f"同一文件已以“{here.name}”提交，名称和类型不能更改，请将材料另行导出为新的 PDF 后提交",
            f"The very file is here as {here.name}, whose name and type stay: export the material anew as another PDF",
        )
        raise Refused(problems.MATERIAL_REFUSED, detail)
    return StoredMaterial(sha256=here.sha256, size_bytes=here.size_bytes, pages=here.pages, is_new=False)


def _must_be_named(new: NewMaterial) -> str:
    name = new.name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused(problems.BAD_REQUEST, _NO_NAME, parameter="name")
    if veiled(name) != name:
        raise Refused(problems.BAD_REQUEST, _NUMBERS, parameter="name")
    if new.kind not in codelist(TYPES):
        raise Refused(problems.BAD_REQUEST, _NO_TYPE, parameter="kind")
    return name


def _hash(digest: str) -> bytes:
    try:
        return bytes.fromhex(digest)
    except ValueError:
        raise Refused(problems.NOT_FOUND) from None


def _together(named: Sequence[Mapping[str, Any]], shelved: Sequence[Shelved]) -> list[Material]:
    """What is named first, each with its file where that is here; then what else was handed in.

    What is missing is no longer when something was handed in under its name.
    """
    by_hash = {each.sha256: each for each in shelved}
    names = {each.name for each in shelved}
    found = [
        _named(item)
        for item in named
        if item.get("sha256") not in by_hash and not (item.get("missing") and item["name"] in names)
    ]
    return [*found, *(_handed_in(each) for each in shelved)]


def _named(item: Mapping[str, Any]) -> Material:
    return Material(
        name=item["name"],
        kind=item.get("kind", ""),
        sha256=item.get("sha256", ""),
        size_bytes=item.get("size_bytes"),
        handed_in_on=date.fromisoformat(item["handed_in_on"]) if "handed_in_on" in item else None,
        place=Place.MISSING if item.get("missing") else Place.ELSEWHERE,
    )


def _handed_in(each: Shelved) -> Material:
    return Material(
        name=each.name,
        kind=each.label,
        sha256=each.sha256,
        size_bytes=each.size_bytes,
        handed_in_on=day_in_china(each.stored_at),
        place=Place.HERE if each.is_kept else Place.ELSEWHERE,
    )
