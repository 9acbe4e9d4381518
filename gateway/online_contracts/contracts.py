"""Contracts that are made here (在线合同): begun from a template, filled in, checked, concluded, printed with a code.

What is concluded is a record like any other: it goes through the same intake as what partners push, under the agency's
own name, and a retry gets its original answer. Source: the work schedule of 2017 (domain section 1, 电子合同管理).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.envelope import Channel, Envelope
from adapters.word.filling import filled
from gateway import audit
from gateway.access.accounts import Actor, must_may
from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.base.problems import Refused
from gateway.contracts.document_reading import DocumentReader
from gateway.intake.envelopes import arriving
from gateway.intake.intake import Intake
from gateway.ledger.reader import Reader
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import open_body
from gateway.online_contracts import invitation_rows
from gateway.online_contracts import statements as sql
from gateway.online_contracts.completing import completed
from gateway.online_contracts.rows import OnlineRow, ShownRow
from gateway.online_contracts.shaping import shaped
from gateway.online_contracts.states import ONLINE_CONTRACTS, OnlineState
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch, fetch_first
from gateway.templates.library import Sought, TemplateLibrary
from gateway.templates.office import Office
from gateway.templates.rows import FileKind, TemplateRow
from gateway.templates.states import TemplateState
from gateway.trust import qr_image
from gateway.trust.codes import grouped
from schemas import catalog
from schemas.findings import Text

KIND = "contract"
_SCHEMA = "contract.v1"
_TAKEN = ("accepted", "unchanged", "amended")
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_RANDOM = 6
_SIGNED_AT = "traveller_signature"
_NO_SIGNATURE = Text("该文本没有旅游者签字处，不能在线签署", "This text has no place for the traveller's signature")
_NOT_COPIED = ("business_no", "contract_no", "signed_on", "attachments", "callback_url")
_OF_GROUPS = ("group_no", "route_name", "depart_on", "return_on", "days", "nights")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineContract:
    """A contract that is made here, with what it says, in clear for whose it is."""

    row: OnlineRow
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the check says: findings as every door gives them, and whether they let it pass."""

    findings: Sequence[Mapping[str, Any]]
    passes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The PDF that signers are shown, and the hash of the record that it shows."""

    document: bytes
    pages: int
    content_hash: bytes


class OnlineContracts:
    """Everything is asked in the name of an agency that reports for itself."""

    def __init__(
        self,
        database: Database,
        intake: Intake,
        reader: Reader,
        *,
        library: TemplateLibrary,
        office: Office,
        document_reader: DocumentReader,
    ) -> None:
        self._database = database
        self._intake = intake
        self._reader = reader
        self._library = library
        self._office = office
        self._document_reader = document_reader

    async def begin(
        self, actor: Actor, code: str, *, earlier: str | None = None, roster: str | None = None
    ) -> OnlineContract:
        """A draft from a template in force, with what is known of the agency; from an `earlier` contract, by its
        number, with all but its number and dates of signing, or from a `roster`, by the group's, with group and people.

        Raises Refused (AUTH-005, REQUEST-003 for a template that does not apply where the agency is, and for a
        contract or roster that is not there).
        """
        owner = _agency(actor)
        sought = Sought(states=[TemplateState.PUBLISHED], code=code.replace("\0", ""), applies_in=owner.division)
        template = next(iter(await self._library.listed(actor.scope, sought, 1)), None)
        if template is None:
            raise Refused(problems.NOT_FOUND)
        if _SIGNED_AT not in template.places:
            raise Refused(problems.TEMPLATE_UNFIT, _NO_SIGNATURE)
        body = _of_agency(owner)
        if earlier:
            body |= _copied(await self._body(actor, owner, KIND, earlier))
        if roster:
            body |= _of_roster(await self._body(actor, owner, "roster", roster))
        number = _new_number()
        body |= {"business_no": number, "contract_no": number}
        body |= {"contract_type": template.contract_type, "template": template.code}
        contract_id, now = uuid7(), Clock.now()
        row = {
            "id": contract_id,
            "tenant_id": owner.id,
            "division": owner.division,
            "template_code": template.code,
            "template_version": template.version,
            "key": number,
            "body": owner.seal.seal(orjson.dumps(body), contract_id.bytes),
            "by": actor.name,
            "at": now,
        }
        async with self._database.writing() as connection:
            await connection.execute(sql.INSERT, row)
            await audit.record(
                connection, actor, "online_contract.begin", number, division=owner.division, template=code
            )
        return await self.shown(actor, contract_id)

    async def save(self, actor: Actor, contract_id: UUID, body: Mapping[str, Any], *, revision: int) -> OnlineContract:
        """Keep what is filled in so far, whatever it is worth. `revision` is the one it was changed on.

        Its number, template and type stay what they are.
        Raises Refused (AUTH-005, ONLINE-001, ONLINE-003, REQUEST-001 for what is no contract at all, REQUEST-003).
        """
        owner = _agency(actor)
        body = shaped(body)
        kept = await self.shown(actor, contract_id)
        if kept.row.state is not OnlineState.DRAFT or not kept.body:
            raise Refused(problems.ONLINE_STATE)
        fixed = {name: kept.body[name] for name in ("business_no", "contract_type", "template")}
        sealed = owner.seal.seal(orjson.dumps({**body, **fixed}), contract_id.bytes)
        row = {"id": contract_id, "body": sealed, "revision": revision, "at": Clock.now()}
        async with self._database.writing() as connection:
            if (await connection.execute(sql.SAVE, row)).first() is None:
                raise Refused(problems.ONLINE_MOVED)
        return await self.shown(actor, contract_id)

    async def check(self, actor: Actor, contract_id: UUID) -> Verdict:
        """What would become of it. Nothing is stored. Raises Refused (AUTH-005, REQUEST-003)."""
        owner = _agency(actor)
        contract = await self.shown(actor, contract_id)
        whole = replace(contract, body=completed(contract.body, Clock.china_today()))
        envelope = _envelope(owner, whole, amend=await self._amends(actor, contract))
        return _verdict((await self._intake.rehearse(envelope, owner)).body)

    async def conclude(self, actor: Actor, contract_id: UUID) -> OnlineContract:
        """Hand it in: it gets its code and QR code, or its findings. A retry gets the answer of the first time.

        Raises Refused (AUTH-005, ONLINE-001, ONLINE-002 with findings, REQUEST-003, as the intake does).
        """
        owner = _agency(actor)
        contract = await self.shown(actor, contract_id)
        if contract.row.state is OnlineState.CONCLUDED:
            return contract
        if contract.row.state is not OnlineState.DRAFT:
            raise Refused(problems.ONLINE_STATE)
        _must_pass(await self.check(actor, contract_id))  # what would not pass becomes no dead letter
        whole = completed(contract.body, Clock.china_today())
        if whole != contract.body:  # what follows from it is kept with it: tomorrow's retry says the same
            contract = await self.save(actor, contract_id, whole, revision=contract.row.revision)
        envelope = _envelope(owner, contract, amend=await self._handing_in(actor, contract))
        _must_pass(_verdict((await self._intake.submit(envelope, owner, by=actor)).body))
        record = await self.record(actor, contract)
        async with self._database.writing() as connection:
            held = await self.held(connection, contract_id)
            if held.state is OnlineState.DRAFT and held.revision != contract.row.revision:
                raise Refused(problems.ONLINE_MOVED)
            if held.state is not OnlineState.CONCLUDED:
                await self.move(connection, actor, held, OnlineState.CONCLUDED, code=record.code)
        return await self.shown(actor, contract_id)

    async def amend(self, actor: Actor, contract_id: UUID) -> OnlineContract:
        """Open a concluded or signed one again. What it says counts until the amendment is concluded in its turn, and
        then it is to be signed anew. Raises Refused (AUTH-005, ONLINE-001, REQUEST-003).
        """
        must_may(actor, Power.REPORT)
        async with self._database.writing() as connection:
            held = await self.held(connection, contract_id)
            _must_be_own(actor, held)
            must_be_at_rest(held)
            await self.move(connection, actor, held, OnlineState.DRAFT)
            await invitation_rows.replace(connection, contract_id)
        return await self.shown(actor, contract_id)

    async def discard(self, actor: Actor, contract_id: UUID) -> None:
        """Give up a draft that was never concluded: what was filled in goes.

        Raises Refused (AUTH-005, ONLINE-001, REQUEST-003).
        """
        must_may(actor, Power.REPORT)
        if await self._is_known(actor, await self.shown(actor, contract_id)):
            raise Refused(problems.ONLINE_STATE)
        async with self._database.writing() as connection:
            held = await self.held(connection, contract_id)
            _must_be_own(actor, held)
            if held.code is not None:
                raise Refused(problems.ONLINE_STATE)
            await self.move(connection, actor, held, OnlineState.DISCARDED)
            await connection.execute(sql.EMPTY, {"id": contract_id})

    async def listed(
        self, actor: Actor, states: Sequence[OnlineState] = (), *, after: UUID | None = None, limit: int = 50
    ) -> list[OnlineContract]:
        """The agency's own, those changed last first. Raises Refused (AUTH-005)."""
        owner = _agency(actor)
        wanted = states or [state for state in OnlineState if state is not OnlineState.DISCARDED]
        where = {"states": [state.value for state in wanted], "after": after, "limit": limit}
        async with self._database.reading(_own(owner)) as connection:
            rows = await fetch(connection, sql.LISTED, where, OnlineRow)
        return [_opened(row, owner) for row in rows]

    async def shown(self, actor: Actor, contract_id: UUID) -> OnlineContract:
        """One of the agency's own. Raises Refused (AUTH-005, REQUEST-003)."""
        return await self.of(_agency(actor), contract_id)

    async def of(self, owner: Tenant, contract_id: UUID) -> OnlineContract:
        """One of an agency. Raises Refused (REQUEST-003)."""
        async with self._database.reading(_own(owner)) as connection:
            row = await fetch_first(connection, sql.ONE, {"id": contract_id}, OnlineRow)
        if row is None:
            raise Refused(problems.NOT_FOUND)
        return _opened(row, owner)

    async def template_of(self, owner: Tenant, row: OnlineRow) -> TemplateRow:
        return await self._library.shown(_own(owner), row.template_code, row.template_version)

    async def choices(self, actor: Actor) -> list[TemplateRow]:
        """Templates that an agency may begin from: those of the nation, its province and its city."""
        owner = _agency(actor)
        sought = Sought(states=[TemplateState.PUBLISHED], applies_in=owner.division)
        return [row for row in await self._library.listed(actor.scope, sought, 100) if _SIGNED_AT in row.places]

    async def _handing_in(self, actor: Actor, contract: OnlineContract) -> bool:
        """Whether this revision is handed in as an amendment, which is decided once: a retry says the same, whatever
        has become of the first time.
        """
        async with self._database.writing() as connection:
            row = await self.held(connection, contract.row.id)
            if row.handed_in == contract.row.revision and row.amends is not None:
                return row.amends
            amends = await self._is_known(actor, contract)
            told = {"id": row.id, "revision": contract.row.revision, "amends": amends}
            await connection.execute(sql.HAND_IN, told)
        return amends

    async def _amends(self, actor: Actor, contract: OnlineContract) -> bool:
        """Whether it would be handed in as an amendment."""
        row = contract.row
        if row.handed_in == row.revision and row.amends is not None:
            return row.amends
        return await self._is_known(actor, contract)

    async def _is_known(self, actor: Actor, contract: OnlineContract) -> bool:
        """Whether the ledger has it: then what is handed in is an amendment."""
        rows = await self._reader.by_keys(actor.scope, KIND, [contract.row.key])
        return any(row.tenant_id == contract.row.tenant_id for row in rows)

    async def record(self, actor: Actor, contract: OnlineContract) -> RecordRow:
        """The record in the ledger that it has become. Raises Refused (REQUEST-003)."""
        rows = await self._reader.by_keys(actor.scope, KIND, [contract.row.key])
        own = [row for row in rows if row.tenant_id == contract.row.tenant_id]
        if not own:
            raise Refused(problems.NOT_FOUND)
        return own[0]

    async def printed(
        self, owner: Tenant, contract: OnlineContract, record: RecordRow, places: Mapping[str, str | bytes]
    ) -> bytes:
        """The contract as PDF, with code and QR code, and what `places` put in besides.

        Raises Refused (LIMIT-002, TEMPLATE-004).
        """
        row = contract.row
        template = await self._library.file(_own(owner), row.template_code, row.template_version, FileKind.MARKED)
        known = {"code": grouped(record.code or ""), "qr": await asyncio.to_thread(qr_image.png, record.qr_text or "")}
        document = await asyncio.to_thread(filled, template, open_body(record, owner.seal), {**known, **places})
        return await self._office.pdf(document, owner=owner.id)

    async def to_be_shown(self, owner: Tenant, contract: OnlineContract, record: RecordRow) -> Shown:
        """What signers are to be shown: as it was kept where the contract still says that, else printed now.

        Raises Refused (LIMIT-002, TEMPLATE-004).
        """
        kept = await self.kept_document(owner, contract.row.id)
        if kept is not None and contract.row.shown_hash == record.content_hash:
            return Shown(document=kept, pages=contract.row.pages or 0, content_hash=record.content_hash)
        pdf = await self.printed(owner, contract, record, {})
        reading = await self._document_reader.look(pdf, sender=owner.id)
        return Shown(document=pdf, pages=reading.pages, content_hash=record.content_hash)

    async def keep_shown(self, connection: AsyncConnection, owner: Tenant, held: OnlineRow, shown: Shown) -> bytes:
        """The document that signers are shown, which is the text that they sign: this one, or the one that somebody
        has kept of the same contract meanwhile.
        """
        row = await fetch_first(connection, sql.DOCUMENT, {"id": held.id}, ShownRow)
        place = document_place(held.id)
        if row is not None and row.document and held.shown_hash == shown.content_hash:
            return owner.seal.open(row.document, place)
        sealed = owner.seal.seal(shown.document, place)
        told = {"id": held.id, "document": sealed, "pages": shown.pages, "shown_hash": shown.content_hash}
        await connection.execute(sql.KEEP_DOCUMENT, told)
        return shown.document

    async def shown_document(self, owner: Tenant, contract_id: UUID) -> bytes:
        """What signers are shown. Raises Refused (REQUEST-003 where nobody was invited yet)."""
        document = await self.kept_document(owner, contract_id)
        if document is None:
            raise Refused(problems.NOT_FOUND)
        return document

    async def kept_document(self, owner: Tenant, contract_id: UUID) -> bytes | None:
        """What signers were shown the last time; None where nobody was, or it is kept no longer."""
        async with self._database.reading(_own(owner)) as connection:
            row = await fetch_first(connection, sql.DOCUMENT, {"id": contract_id}, ShownRow)
        if row is None or not row.document:
            return None
        return owner.seal.open(row.document, document_place(contract_id))

    async def moved(self, actor: Actor, contract: OnlineContract, state: OnlineState, **said: Any) -> None:
        """Move it, unless somebody was as quick. Raises Refused (ONLINE-001)."""
        async with self._database.writing() as connection:
            held = await self.held(connection, contract.row.id)
            if held.state is not state:
                await self.move(connection, actor, held, state, **said)

    async def move(
        self, connection: AsyncConnection, actor: Actor, held: OnlineRow, state: OnlineState, **said: Any
    ) -> None:
        """Raises Refused (ONLINE-001)."""
        if not ONLINE_CONTRACTS.may_move(held.state, state):
            raise Refused(problems.ONLINE_STATE)
        row = {"code": None, "reason": None} | {"id": held.id, "state": state.value, "at": Clock.now()} | said
        moved = await connection.execute(sql.MOVE, row | {"before": ONLINE_CONTRACTS.before(state)})
        if moved.rowcount == 0:
            raise Refused(problems.ONLINE_STATE)
        told = {"state": state.value}
        await audit.record(connection, actor, "online_contract.move", held.key, division=held.division, **told)

    async def held(self, connection: AsyncConnection, contract_id: UUID) -> OnlineRow:
        """Its row, held until the end of the transaction. Raises Refused (REQUEST-003)."""
        row = await fetch_first(connection, sql.HOLD, {"id": contract_id}, OnlineRow)
        if row is None:
            raise Refused(problems.NOT_FOUND)
        return row

    async def _body(self, actor: Actor, owner: Tenant, kind: str, key: str) -> dict[str, Any]:
        rows = await self._reader.by_keys(actor.scope, kind, [key.replace("\0", "")])
        own = [row for row in rows if row.tenant_id == owner.id]
        if not own:
            raise Refused(problems.NOT_FOUND)
        return open_body(own[0], owner.seal)


def document_place(contract_id: UUID) -> bytes:
    """What the document is sealed for."""
    return contract_id.bytes + b"document"


def _own(owner: Tenant) -> Scope:
    return Scope(tenant_id=owner.id)


def _agency(actor: Actor) -> Tenant:
    """Raises Refused (AUTH-005) for who is no agency that reports."""
    must_may(actor, Power.REPORT)
    account = actor.account
    if account is None or not account.uscc:
        raise Refused(problems.FORBIDDEN)
    return account


def _must_be_own(actor: Actor, row: OnlineRow) -> None:
    if row.tenant_id != _agency(actor).id:
        raise Refused(problems.NOT_FOUND)


def _opened(row: OnlineRow, owner: Tenant) -> OnlineContract:
    """What is kept no longer is empty."""
    return OnlineContract(row=row, body=orjson.loads(owner.seal.open(row.body, row.id.bytes)) if row.body else {})


def _envelope(owner: Tenant, contract: OnlineContract, *, amend: bool) -> Envelope:
    row = contract.row
    return arriving(
        owner,
        orjson.dumps(contract.body),
        channel=Channel.PAGE,
        kind=KIND,
        amend=amend,
        idempotency_key=f"online-{row.id}-{row.revision}",
    )


def _verdict(answer: bytes) -> Verdict:
    told = orjson.loads(answer)
    (record,) = told["records"]
    return Verdict(findings=record.get("findings", []), passes=record["status"] in _TAKEN)


def must_be_at_rest(row: OnlineRow) -> None:
    """Raises Refused (ONLINE-001) while what everybody has signed is being finished."""
    if row.finishing_until is not None and row.finishing_until > Clock.now():
        raise Refused(problems.ONLINE_STATE)


def _must_pass(verdict: Verdict) -> None:
    if not verdict.passes:
        raise Refused(problems.ONLINE_UNFIT, findings=list(verdict.findings))


def _new_number() -> str:
    """A number that no other contract has: the day, and six letters."""
    return f"ZX{Clock.china_today():%Y%m%d}{''.join(secrets.choice(_LETTERS) for _ in range(_RANDOM))}"


def _of_agency(owner: Tenant) -> dict[str, Any]:
    known = {"name": owner.title, "license_no": owner.license_no, "uscc": owner.uscc, "division": owner.division}
    return {"agency": {name: value for name, value in known.items() if value}}


def _copied(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _NOT_COPIED}


def _of_roster(body: Mapping[str, Any]) -> dict[str, Any]:
    """Group and people of a roster, where a contract calls them the same."""
    known = {name: body[name] for name in _OF_GROUPS if name in body}
    people = [
        {
            name: value
            for name, value in person.items()
            if catalog.kind(_SCHEMA).field(f"/travellers/*/{name}") is not None
        }
        for person in body.get("travellers", ())
    ]
    return known | ({"travellers": people} if people else {})
