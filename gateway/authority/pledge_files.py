"""The signed pledge of an outbound application: kept with it, and read by those in whose sight the application lies.

It is the very file that the application names by its hash, so that nobody verifies another one than was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from gateway import audit
from gateway.access.accounts import Accounts, Actor, must_may, must_speak_for
from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.contracts.document_reading import DocumentReader
from gateway.contracts.page_pictures import PagePictures
from gateway.ledger.document_shelf import DocumentShelf, NewDocument
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import open_body
from gateway.ledger.states import PledgeState
from gateway.store.database import Database
from schemas.findings import Text

_OTHER_FILE = Text(
    "文件的摘要与申请中填写的不符，请上传申请所附的同一份承诺书",
    "Its hash is not the one that the application names: upload the very file that was applied with",
)
_VERIFIED = Text("该承诺已有核实结论", "The pledge has its verdict already")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPledge:
    """`is_new` is False when the file was there already."""

    sha256: str
    size_bytes: int
    pages: int | None
    is_new: bool


class PledgeFiles:
    """Puts and gets the PDF of a pledge."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        shelf: DocumentShelf,
        *,
        document_reader: DocumentReader,
        pictures: PagePictures,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._shelf = shelf
        self._document_reader = document_reader
        self._pictures = pictures

    async def put(self, actor: Actor, record: RecordRow, pdf: bytes) -> StoredPledge:
        """Store the PDF of an application that its sender has made and that waits.

        One that is here already is told of whatever became of the application since: its first answer may have been
        lost. Raises Refused (AUTH-005, DOCUMENT-003, LIMIT-002, LIMIT-004, STATE-001).
        """
        owner = must_speak_for(actor, record.tenant_id)
        sender = actor.account or owner
        digest = sha256(pdf)
        here = await self._shelf.there(actor.scope, owner, record, digest.digest())
        if here is not None:
            return StoredPledge(sha256=here.sha256, size_bytes=len(pdf), pages=here.pages, is_new=False)
        if record.state != PledgeState.WAITING:
            raise Refused(problems.STATE_REFUSED, _VERIFIED, state=record.state)
        if digest.hexdigest() != open_body(record, owner.seal)["pledge_file"]["sha256"]:
            raise Refused(problems.PLEDGE_FILE_REFUSED, _OTHER_FILE, sha256=digest.hexdigest())
        await self._shelf.must_have_room(sender)
        reading = await self._document_reader.look(pdf, sender=sender.id)
        if reading.problem is not None:
            raise Refused(problems.PLEDGE_FILE_REFUSED, reading.problem)
        new = NewDocument(
            record=record,
            owner=owner,
            sender=sender,
            content=pdf,
            sha256=digest.digest(),
            stored_at=Clock.now(),
            pages=reading.pages,
            states=(PledgeState.WAITING,),
        )
        is_new = await self._shelf.put(actor, new)
        return StoredPledge(sha256=digest.hexdigest(), size_bytes=len(pdf), pages=reading.pages, is_new=is_new)

    async def read(self, actor: Actor, record: RecordRow) -> bytes:
        """The PDF of an application in the actor's sight: its sender's, and of who verifies. Audited.

        Raises Refused (AUTH-005, REQUEST-003 before it was uploaded).
        """
        pdf = await self._opened(actor, record)
        await self._note(actor, record)
        return pdf

    async def picture(self, actor: Actor, record: RecordRow, number: int) -> bytes:
        """A page of it, from 1, as a JPEG. Audited as `read` is, with the page.

        Raises Refused (AUTH-005, LIMIT-002, REQUEST-003 for a page that there is not).
        """
        pdf = await self._opened(actor, record, number)
        picture = await self._pictures.of(pdf, number, reader=actor.name)
        if picture is None:
            raise Refused(problems.NOT_FOUND)
        await self._note(actor, record, page=number)
        return picture

    async def _opened(self, actor: Actor, record: RecordRow, page: int = 1) -> bytes:
        if actor.account is None or actor.account.party(record.tenant_id) is None:
            must_may(actor, Power.DECIDE_FILINGS)
        owner = await self._accounts.tenant(record.tenant_id)
        pdf = await self._shelf.newest(actor.scope, owner, record, page=page)
        if pdf is None:
            raise Refused(problems.NOT_FOUND)
        return pdf

    async def _note(self, actor: Actor, record: RecordRow, **told: int) -> None:
        async with self._database.writing() as connection:
            await audit.record(connection, actor, "pledge.read", record.key, division=record.division, **told)
