"""How a contract is signed by telephone: a link, a one-time code, the contract read, a signature drawn, a seal put on.

A link leads to one signer's invitation and is worth nothing without the telephone it was sent to: the contract is shown
once the code of a short message has been entered. Of link, code and opened page only hashes are kept. What was signed
is the very text that was shown: its hash stands with the signature; a contract that was changed since is signed anew.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.mapping.cleaners import is_bare_mobile
from gateway import audit
from gateway.access.accounts import Accounts, Actor
from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.base.problems import Refused
from gateway.contracts.documents import Documents
from gateway.contracts.page_pictures import PagePictures
from gateway.ledger.rows import RecordRow
from gateway.ledger.states import ContractState
from gateway.ledger.transitions import Transitions
from gateway.online_contracts import statements as sql
from gateway.online_contracts.completing import completed
from gateway.online_contracts.contracts import OnlineContract, OnlineContracts, must_be_at_rest
from gateway.online_contracts.rows import SigningRow
from gateway.online_contracts.states import SIGNINGS, OnlineState, Purpose, SigningState
from gateway.online_contracts.strokes import picture_of, read_strokes, side_by_side, written
from gateway.online_contracts.texting import ShortMessages
from gateway.seals.faces import SealKind
from gateway.seals.rows import UsePurpose
from gateway.seals.seals import Seals, Use, content_of
from gateway.seals.typesetting import Typesetter
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch, fetch_first
from schemas.findings import Text

_log = structlog.get_logger()
LIFE = timedelta(days=7)
"""How long an invitation is good for."""
CODE_LIFE = timedelta(minutes=5)
_BETWEEN_CODES, _MOST_CODES, _MOST_TRIES = timedelta(seconds=60), 8, 5
_TOKEN_BYTES = 24
SEAL_MARK = "（电子印章）"
"""Stands where the agency's seal is put."""
_PATH = "/sign/"
_FINISHING = timedelta(minutes=3)
_CHANGED = Text(
    "合同内容在签署期间有变更，已签的签名作废，请重新发送签署链接",
    "The contract was changed while it was signed: signatures count no more, send the links again",
)
_SIGNED_BY_SOME = Text(
    "已有签约人签署，请改用“变更”后重新签署", "Somebody has signed: amend it, to be signed again, instead"
)
_INVITED = Text(
    "【驿站】{agency}请您签署旅游合同，请在 7 日内打开链接签署：{link}",
    "[Yizhan] {agency} asks you to sign your travel contract within 7 days: {link}",
)
_ENDS = Text(
    "【驿站】{agency}提出解除与您的旅游合同，请在 7 日内打开链接确认：{link}",
    "[Yizhan] {agency} proposes to end your travel contract, please answer within 7 days: {link}",
)
_CODE = Text(
    "【驿站】签署验证码 {code}，5 分钟内有效。请勿告诉任何人，包括旅行社人员。",
    "[Yizhan] Your code to sign: {code}, good for 5 minutes. Tell it to nobody, nor to the agency.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One signer, how far it has come, and the link, which is only known when it is made."""

    signer: int
    name: str
    mobile: str
    purpose: Purpose
    state: SigningState
    invited_at: datetime
    until: datetime
    done_at: datetime | None
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a signer sees: whose contract it is; all of it once the code was entered."""

    row: SigningRow
    owner: Tenant
    name: str
    mobile: str
    contract: OnlineContract

    def is_open_to(self, ticket: str) -> bool:
        """Whether a browser has entered the code."""
        kept = self.row.opened_hash
        return kept is not None and hmac.compare_digest(kept, sha256(ticket.encode()).digest())


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs by telephone, as the audit log names them: in the agency's name, and for this contract only."""

    tenant: Tenant
    name: str = "signer"

    @property
    def scope(self) -> Scope:
        return Scope(tenant_id=self.tenant.id)

    @property
    def account(self) -> Tenant:
        return self.tenant

    def may(self, power: Power) -> bool:
        return power is Power.REPORT


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What signing needs of the rest."""

    documents: Documents
    transitions: Transitions
    seals: Seals
    typesetter: Typesetter
    pictures: PagePictures
    messages: ShortMessages
    public_url: str


class Signings:
    """Invites, lets in, takes signatures, and finishes what everybody has signed."""

    def __init__(self, database: Database, accounts: Accounts, contracts: OnlineContracts, means: Means) -> None:
        self._database = database
        self._accounts = accounts
        self._contracts = contracts
        self._means = means

    async def invite(
        self, actor: Actor, contract_id: UUID, purpose: Purpose = Purpose.SIGN, *, reason: str | None = None
    ) -> list[Invitation]:
        """A link to each signer of a contract: to sign it once it is concluded, or to confirm that a signed one ends.
        Links of before end.

        Raises Refused (AUTH-005, ONLINE-001, ONLINE-004, ONLINE-005, REQUEST-003).
        """
        contract = await self._contracts.shown(actor, contract_id)
        needed = OnlineState.CONCLUDED if purpose is Purpose.SIGN else OnlineState.SIGNED
        if contract.row.state is not needed:
            raise Refused(problems.ONLINE_STATE)
        owner = await self._accounts.tenant(contract.row.tenant_id)
        signers = signers_of(contract.body)
        if not signers or not all(is_bare_mobile(mobile) for _, mobile in signers):
            raise Refused(problems.ONLINE_NO_PHONE)
        if purpose is Purpose.SIGN:
            async with self._database.writing() as connection:
                if await self._means.seals.in_force(connection, owner.id, SealKind.REPORT) is None:
                    raise Refused(problems.ONLINE_UNSEALED)
            await self._contracts.show(owner, contract, await self._contracts.record(actor, contract))
        async with self._database.writing() as connection:
            made = [
                await self._invited(connection, contract, owner, number, purpose=purpose)
                for number in range(len(signers))
            ]
            told = {"purpose": purpose.value, "signers": len(signers)} | ({"reason": reason} if reason else {})
            key, division = contract.row.key, contract.row.division
            await audit.record(connection, actor, "online_contract.invite", key, division=division, **told)
        words = _INVITED if purpose is Purpose.SIGN else _ENDS
        for each in made:
            try:
                await self._means.messages.send(each.mobile, words.zh.format(agency=owner.title, link=each.link))
            except OSError:  # the links are told all the same, and may be sent again
                _log.error("a short message was not sent", contract=str(contract_id), signer=each.signer)
        return made

    async def listed(self, actor: Actor, contract: OnlineContract) -> list[Invitation]:
        """Who was asked, and what became of it."""
        owner = await self._accounts.tenant(contract.row.tenant_id)
        rows = [row for row in await self._rows(contract.row.id) if row.state is not SigningState.REPLACED]
        return [_invitation(row, owner) for row in rows]

    async def opened(self, token: str) -> Opened:
        """The invitation of a link. Raises Refused (SIGNING-001)."""
        async with self._database.writing() as connection:
            found = await fetch_first(connection, sql.BY_TOKEN, {"token_hash": _hashed(token)}, SigningRow)
        if found is None or found.state is SigningState.REPLACED or found.until <= Clock.now():
            raise Refused(problems.SIGNING_ENDED)
        owner = await self._accounts.tenant(found.tenant_id)
        who = _who(found, owner)
        contract = await self._contracts.of(owner, found.contract_id)
        return Opened(row=found, owner=owner, name=who["name"], mobile=who["mobile"], contract=contract)

    async def send_code(self, token: str) -> None:
        """A new code to the signer's telephone. Raises Refused (SIGNING-001, SIGNING-003)."""
        opened = await self.opened(token)
        now, code = Clock.now(), f"{secrets.randbelow(10**6):06d}"
        async with self._database.writing() as connection:
            row = await self._held(connection, opened.row.id)
            is_early = row.code_sent_at is not None and now - row.code_sent_at < _BETWEEN_CODES
            if is_early or row.codes_sent >= _MOST_CODES:
                raise Refused(problems.SIGNING_WAITS, headers={"Retry-After": str(int(_BETWEEN_CODES.total_seconds()))})
            sent = {"id": row.id, "code_hash": _of_code(row.id, code), "until": now + CODE_LIFE, "at": now}
            await connection.execute(sql.SEND_CODE, sent)
        await self._means.messages.send(opened.mobile, _CODE.zh.format(code=code))

    async def let_in(self, token: str, code: str) -> str:
        """The ticket of a browser whose user has entered the code. Raises Refused (SIGNING-001, SIGNING-002)."""
        opened = await self.opened(token)
        ticket = secrets.token_urlsafe(_TOKEN_BYTES)
        async with self._database.writing() as connection:
            row = await self._held(connection, opened.row.id)
            is_live = row.code_hash is not None and row.code_until is not None and row.code_until > Clock.now()
            is_right = is_live and hmac.compare_digest(row.code_hash or b"", _of_code(row.id, code))
            if is_right and row.tries < _MOST_TRIES:
                await connection.execute(sql.OPENED, {"id": row.id, "opened_hash": sha256(ticket.encode()).digest()})
                return ticket
            await connection.execute(sql.TRIED, {"id": row.id})
        raise Refused(problems.SIGNING_CODE)

    async def contract_pdf(self, opened: Opened) -> bytes:
        """What is signed, as it stands: with code and QR code, without signatures; when it is signed, the final one.

        Raises Refused (REQUEST-003).
        """
        if opened.contract.row.state is OnlineState.SIGNED:
            signer = Signer(opened.owner)
            final = await self._means.documents.get(signer, await self._contracts.record(signer, opened.contract))
            if final is not None:
                return final
        return await self._contracts.shown_document(opened.owner, opened.contract.row.id)

    async def document(self, actor: Actor, contract: OnlineContract) -> bytes:
        """The contract for its agency: the signed one when it is signed.

        Raises Refused (AUTH-005, LIMIT-002, REQUEST-003, TEMPLATE-004).
        """
        record = await self._contracts.record(actor, contract)
        if contract.row.state is OnlineState.SIGNED:
            final = await self._means.documents.get(actor, record)
            if final is not None:
                return final
        owner = await self._accounts.tenant(contract.row.tenant_id)
        return await self._contracts.printed(owner, contract, record, {})

    async def page(self, opened: Opened, number: int) -> bytes:
        """A page of it as a JPEG, from 1. Raises Refused (LIMIT-002, REQUEST-003)."""
        picture = await self._means.pictures.of(await self.contract_pdf(opened), number, reader=opened.row.id)
        if picture is None:
            raise Refused(problems.NOT_FOUND)
        return picture

    async def sign(self, token: str, ticket: str, *, strokes: str, typed: str = "") -> Opened:
        """Take a signature, drawn or typed, or the confirmation that a contract ends; finish it when it is the last.

        Raises Refused (REQUEST-001, SIGNING-001, SIGNING-002, and as finishing does: the signature is kept then).
        """
        opened = await self._let_in(token, ticket)
        drawing = None
        if opened.row.purpose is Purpose.SIGN:
            drawing = opened.owner.seal.seal(_drawing(strokes, typed, opened.name), drawing_place(opened.row.id))
        await self._answered(opened, SigningState.DONE, drawing)
        await self.finish(opened.contract.row.id, opened.owner)
        return await self.opened(token)

    async def decline(self, token: str, ticket: str) -> None:
        """The signer does not want to. Raises Refused (SIGNING-001, SIGNING-002)."""
        await self._answered(await self._let_in(token, ticket), SigningState.DECLINED, None)

    async def finish(self, contract_id: UUID, owner: Tenant) -> bool:
        """When everybody has signed: the document under signatures and seal, kept, and the contract signed; or ended,
        when everybody has confirmed that. To be asked again where it could not be done: what was signed is kept.

        Raises Refused (LIMIT-002, LIMIT-004, ONLINE-004, SEAL-004, TEMPLATE-004).
        """
        contract = await self._contracts.of(owner, contract_id)
        state = contract.row.state
        purpose = {OnlineState.CONCLUDED: Purpose.SIGN, OnlineState.SIGNED: Purpose.CANCEL}.get(state)
        rows = [row for row in await self._rows(contract_id) if row.purpose is purpose]
        live = [row for row in rows if row.state in (SigningState.INVITED, SigningState.DONE)]
        if not live or any(row.state is not SigningState.DONE for row in live):
            return False
        if len(live) < len(signers_of(contract.body)):
            return False
        if not await self._claimed(contract):
            return False  # somebody is at it
        try:
            await self._finished(owner, contract, live, purpose=purpose)
        finally:
            async with self._database.writing() as connection:
                await connection.execute(sql.RELEASE, {"id": contract_id})
        return True

    async def _claimed(self, contract: OnlineContract) -> bool:
        now = Clock.now()
        claim = {"id": contract.row.id, "state": contract.row.state.value, "now": now, "until": now + _FINISHING}
        async with self._database.writing() as connection:
            return (await connection.execute(sql.CLAIM, claim)).first() is not None

    async def _finished(
        self, owner: Tenant, contract: OnlineContract, rows: Sequence[SigningRow], *, purpose: Purpose | None
    ) -> None:
        actor = Signer(owner)
        record = await self._contracts.record(actor, contract)
        if purpose is Purpose.CANCEL:
            await self._means.transitions.move(actor, record, ContractState.VOID.value)
            await self._moved(actor, contract, OnlineState.CANCELLED)
            return
        shown = sha256(await self._contracts.shown_document(owner, contract.row.id)).digest()
        is_changed = record.content_hash != contract.row.shown_hash or any(row.document_hash != shown for row in rows)
        if is_changed:
            await self._begin_anew(contract)
        if record.state != ContractState.SIGNED:
            pdf = await self._signed_pdf(owner, contract, record, rows)
            await self._means.documents.put(actor, record, pdf)
            await self._means.transitions.move(actor, record, ContractState.SIGNED.value, is_same_version=True)
        await self._moved(actor, contract, OnlineState.SIGNED)

    async def _begin_anew(self, contract: OnlineContract) -> None:
        """The contract is not what was shown any more: nobody has signed it. Raises Refused (ONLINE-001)."""
        async with self._database.writing() as connection:
            await self._replace_all(connection, contract.row.id)
        raise Refused(problems.ONLINE_STATE, _CHANGED)

    async def _replace_all(self, connection: AsyncConnection, contract_id: UUID) -> None:
        before = SIGNINGS.before(SigningState.REPLACED)
        every = {"contract_id": contract_id, "signer": None, "purpose": None, "before": before}
        await connection.execute(sql.REPLACE, every)

    async def cancel(self, actor: Actor, contract_id: UUID, reason: str) -> None:
        """End a concluded contract that nobody has signed yet: the agency alone may.

        Raises Refused (AUTH-005, ONLINE-001, REQUEST-003, STATE-001).
        """
        contract = await self._contracts.shown(actor, contract_id)
        must_be_at_rest(contract.row)
        if contract.row.state is not OnlineState.CONCLUDED:
            raise Refused(problems.ONLINE_STATE)
        if any(row.state is SigningState.DONE for row in await self._rows(contract_id)):
            raise Refused(problems.ONLINE_STATE, _SIGNED_BY_SOME)
        record = await self._contracts.record(actor, contract)
        async with self._database.writing() as connection:
            await self._replace_all(connection, contract_id)
        await self._means.transitions.move(actor, record, ContractState.VOID.value, reason)
        await self._moved(actor, contract, OnlineState.CANCELLED, reason=reason)

    async def _signed_pdf(
        self, owner: Tenant, contract: OnlineContract, record: RecordRow, rows: Sequence[SigningRow]
    ) -> bytes:
        ordered = sorted(rows, key=lambda row: row.signer)
        drawings = [owner.seal.open(row.drawing or b"", drawing_place(row.id)) for row in ordered]
        agency = contract.body.get("agency", {})
        places: Mapping[str, str | bytes] = {
            "traveller_signature": await asyncio.to_thread(_picture_of_all, drawings),
            "agency_signature": agency.get("transactor_name") or agency.get("contact_name") or "",
            "agency_seal": SEAL_MARK,
        }
        pdf = await self._contracts.printed(owner, contract, record, places)
        async with self._database.writing() as connection:
            seal = await self._means.seals.in_force(connection, owner.id, SealKind.REPORT)
        if seal is None:
            raise Refused(problems.ONLINE_UNSEALED)
        root = await self._means.seals.root_certificate()
        impressions = [self._means.seals.impression(seal)]
        sealed = await self._means.typesetter.under_seals(pdf, impressions, root, mark=SEAL_MARK, owner=owner.id)
        async with self._database.writing() as connection:
            use = Use(UsePurpose.CONTRACT, contract.row.key, content_of(sealed))
            await self._means.seals.note_use(connection, Signer(owner), seal, use)
        return sealed

    async def _invited(
        self, connection: AsyncConnection, contract: OnlineContract, owner: Tenant, signer: int, *, purpose: Purpose
    ) -> Invitation:
        name, mobile = signers_of(contract.body)[signer]
        token, signing_id, now = secrets.token_urlsafe(_TOKEN_BYTES), uuid7(), Clock.now()
        before = SIGNINGS.before(SigningState.REPLACED)
        replaced = {"contract_id": contract.row.id, "signer": signer, "purpose": purpose.value, "before": before}
        await connection.execute(sql.REPLACE, replaced)
        row = {
            "id": signing_id,
            "contract_id": contract.row.id,
            "tenant_id": owner.id,
            "division": contract.row.division,
            "purpose": purpose.value,
            "signer": signer,
            "sealed": owner.seal.seal(orjson.dumps({"name": name, "mobile": mobile}), signing_id.bytes),
            "token_hash": _hashed(token),
            "at": now,
            "until": now + LIFE,
        }
        await connection.execute(sql.INVITE, row)
        return Invitation(
            signer=signer,
            name=name,
            mobile=mobile,
            purpose=purpose,
            state=SigningState.INVITED,
            invited_at=now,
            until=now + LIFE,
            done_at=None,
            link=f"{self._means.public_url}{_PATH}{token}",
        )

    async def _answered(self, opened: Opened, state: SigningState, drawing: bytes | None) -> None:
        needed = OnlineState.CONCLUDED if opened.row.purpose is Purpose.SIGN else OnlineState.SIGNED
        if opened.row.state is SigningState.INVITED and opened.contract.row.state is not needed:
            raise Refused(problems.SIGNING_ENDED)
        shown = await self._contracts.shown_document(opened.owner, opened.contract.row.id)
        row = {
            "id": opened.row.id,
            "state": state.value,
            "drawing": drawing,
            "document_hash": sha256(shown).digest(),
            "at": Clock.now(),
            "before": SIGNINGS.before(state),
        }
        async with self._database.writing() as connection:
            held = await self._held(connection, opened.row.id)
            if held.state is state:
                return  # once more the same: its answer was lost
            if (await connection.execute(sql.DONE, row)).rowcount == 0:
                raise Refused(problems.SIGNING_ENDED)
            told = {"signer": held.signer + 1, "purpose": held.purpose.value, "state": state.value}
            key, division = opened.contract.row.key, opened.contract.row.division
            signer = Signer(opened.owner)
            await audit.record(connection, signer, "online_contract.sign", key, division=division, **told)

    async def _let_in(self, token: str, ticket: str) -> Opened:
        opened = await self.opened(token)
        if not opened.is_open_to(ticket):
            raise Refused(problems.SIGNING_CODE)
        return opened

    async def _moved(self, actor: Actor, contract: OnlineContract, state: OnlineState, **said: Any) -> None:
        now = await self._contracts.of(await self._accounts.tenant(contract.row.tenant_id), contract.row.id)
        if now.row.state is state:
            return  # another signer was as quick
        async with self._database.writing() as connection:
            await self._contracts.move(connection, actor, now.row, state, **said)

    async def _held(self, connection: AsyncConnection, signing_id: UUID) -> SigningRow:
        row = await fetch_first(connection, sql.HOLD_SIGNING, {"id": signing_id}, SigningRow)
        if row is None:
            raise Refused(problems.SIGNING_ENDED)
        return row

    async def _rows(self, contract_id: UUID) -> list[SigningRow]:
        async with self._database.writing() as connection:
            return await fetch(connection, sql.SIGNINGS, {"contract_id": contract_id}, SigningRow)


def drawing_place(signing_id: UUID) -> bytes:
    """What a signature is sealed for."""
    return signing_id.bytes + b"drawing"


def signers_of(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and telephones of who signs, as the contract names them or as follows from it."""
    people = completed(body).get("signatories", ())
    return [(str(each.get("name", "")), str(each.get("mobile", ""))) for each in people if isinstance(each, dict)]


def _drawing(strokes: str, typed: str, name: str) -> bytes:
    """What is kept of a signature. Raises Refused (REQUEST-001) for neither strokes nor the signer's own name."""
    if typed.strip() and typed.strip() == name:
        return orjson.dumps({"typed": name})
    try:
        return orjson.dumps({"strokes": read_strokes(strokes)})
    except ValueError:
        detail = Text("请在方框内手写签名，或输入本人姓名", "Draw your signature in the field, or type your own name")
        raise Refused(problems.BAD_REQUEST, detail, parameter="signature") from None


def _picture_of_all(drawings: Sequence[bytes]) -> bytes:
    """What stands in the place of the travellers' signature."""
    pictures = [_picture(each) for each in drawings]
    return pictures[0] if len(pictures) == 1 else side_by_side(pictures)


def _picture(drawing: bytes) -> bytes:
    told = orjson.loads(drawing)
    if "typed" in told:
        return written(told["typed"])
    return picture_of([[(x, y) for x, y in stroke] for stroke in told["strokes"]])


def _who(row: SigningRow, owner: Tenant) -> dict[str, str]:
    """Who was asked; nobody known where it is kept no longer."""
    if not row.sealed:
        return {"name": "", "mobile": ""}
    return orjson.loads(owner.seal.open(row.sealed, row.id.bytes))


def _invitation(row: SigningRow, owner: Tenant) -> Invitation:
    who = _who(row, owner)
    return Invitation(
        signer=row.signer,
        name=who["name"],
        mobile=who["mobile"],
        purpose=row.purpose,
        state=row.state,
        invited_at=row.invited_at,
        until=row.until,
        done_at=row.done_at,
    )


def _hashed(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _of_code(signing_id: UUID, code: str) -> bytes:
    """Six digits are soon tried: their hash is that of this invitation only."""
    return sha256(signing_id.bytes + code.encode()).digest()
