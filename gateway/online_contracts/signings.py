"""How a contract is signed by telephone: a link, a one-time code, the contract read, a signature drawn.

A link is worth nothing without the telephone it was sent to: the contract is shown once the code of a short message has
been entered. Of link, code and opened page only hashes are kept. What was signed is the very text that was shown: its
hash stands with the signature; a contract that was changed since is signed anew.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Mapping
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import orjson
import structlog

from gateway import audit
from gateway.access.accounts import Accounts
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.contracts.page_pictures import PagePictures
from gateway.online_contracts import statements as sql
from gateway.online_contracts.contracts import OnlineContracts
from gateway.online_contracts.invitation_rows import held
from gateway.online_contracts.rows import SigningRow
from gateway.online_contracts.signed_contracts import Finishing
from gateway.online_contracts.signers import Opened, Signer, drawing_place, hashed, who
from gateway.online_contracts.states import SIGNINGS, OnlineState, Purpose, SigningState
from gateway.online_contracts.strokes import read_strokes
from gateway.online_contracts.texting import ShortMessages
from gateway.store.database import Database
from gateway.store.typed import fetch_first
from schemas.findings import Text

_log = structlog.get_logger()
CODE_LIFE = timedelta(minutes=5)
_BETWEEN_CODES, _MOST_CODES, _MOST_TRIES = timedelta(seconds=60), 8, 5
_TICKET_BYTES = 24
_OPEN: Mapping[Purpose, Collection[OnlineState]] = {
    Purpose.SIGN: {OnlineState.CONCLUDED},
    Purpose.CANCEL: {OnlineState.CONCLUDED, OnlineState.SIGNED},
}
"""The states of a contract in which its signers may answer."""
_CODE = Text(
    "【驿站】签署验证码 {code}，5 分钟内有效。请勿告诉任何人，包括旅行社人员。",
    "[Yizhan] Your code to sign: {code}, good for 5 minutes. Tell it to nobody, nor to the agency.",
)


class Signings:
    """The signers' side: lets them in, shows them the contract, takes their signature."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        contracts: OnlineContracts,
        *,
        finishing: Finishing,
        pictures: PagePictures,
        messages: ShortMessages,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._contracts = contracts
        self._finishing = finishing
        self._pictures = pictures
        self._messages = messages

    async def opened(self, token: str) -> Opened:
        """The invitation of a link. Raises Refused (SIGNING-001)."""
        async with self._database.writing() as connection:
            found = await fetch_first(connection, sql.BY_TOKEN, {"token_hash": hashed(token)}, SigningRow)
        if found is None or found.state is SigningState.REPLACED or found.until <= Clock.now():
            raise Refused(problems.SIGNING_ENDED)
        owner = await self._accounts.tenant(found.tenant_id)
        asked = who(found, owner)
        contract = await self._contracts.of(owner, found.contract_id)
        return Opened(row=found, owner=owner, name=asked["name"], mobile=asked["mobile"], contract=contract)

    async def send_code(self, token: str) -> None:
        """A new code to the signer's telephone. One that could not be handed over does not count.

        Raises Refused (SIGNING-001, SIGNING-003, SIGNING-004).
        """
        opened = await self.opened(token)
        now, code = Clock.now(), f"{secrets.randbelow(10**6):06d}"
        async with self._database.writing() as connection:
            row = await held(connection, opened.row.id)
            is_early = row.code_sent_at is not None and now - row.code_sent_at < _BETWEEN_CODES
            if is_early or row.codes_sent >= _MOST_CODES:
                raise Refused(problems.SIGNING_WAITS, headers={"Retry-After": str(int(_BETWEEN_CODES.total_seconds()))})
            sent = {"id": row.id, "code_hash": _of_code(row.id, code), "until": now + CODE_LIFE, "at": now}
            await connection.execute(sql.SEND_CODE, sent)
        try:
            await self._messages.send(opened.mobile, _CODE.zh.format(code=code))
        except OSError:
            _log.error("a short message was not sent", signing=str(row.id))
            async with self._database.writing() as connection:
                await connection.execute(sql.UNSEND_CODE, sent)
            raise Refused(problems.SIGNING_UNSENT) from None

    async def let_in(self, token: str, code: str) -> str:
        """The ticket of a browser whose user has entered the code. Raises Refused (SIGNING-001, SIGNING-002)."""
        opened = await self.opened(token)
        ticket = secrets.token_urlsafe(_TICKET_BYTES)
        async with self._database.writing() as connection:
            row = await held(connection, opened.row.id)
            is_live = row.code_hash is not None and row.code_until is not None and row.code_until > Clock.now()
            is_right = is_live and hmac.compare_digest(row.code_hash or b"", _of_code(row.id, code))
            if is_right and row.tries < _MOST_TRIES:
                await connection.execute(sql.OPENED, {"id": row.id, "opened_hash": hashed(ticket)})
                return ticket
            await connection.execute(sql.TRIED, {"id": row.id})
        raise Refused(problems.SIGNING_CODE)

    async def contract_pdf(self, opened: Opened) -> bytes:
        """What is signed, as it stands: with code and QR code, without signatures; when it is signed, the final one.

        Raises Refused (REQUEST-003).
        """
        final = await self._finishing.final(Signer(opened.owner), opened.contract)
        if final is not None:
            return final
        return await self._contracts.shown_document(opened.owner, opened.contract.row.id)

    async def page(self, opened: Opened, number: int) -> bytes:
        """A page of it as a JPEG, from 1. Raises Refused (LIMIT-002, REQUEST-003)."""
        picture = await self._pictures.of(await self.contract_pdf(opened), number, reader=opened.row.id)
        if picture is None:
            raise Refused(problems.NOT_FOUND)
        return picture

    async def sign(self, token: str, ticket: str, *, strokes: str, typed: str = "") -> Opened:
        """Take a signature, drawn or typed, or the confirmation that a contract ends; finish it when it is the last.
        Where that cannot be done now it is done later: who has signed has signed.

        Raises Refused (ONLINE-001 for a contract that was changed since, REQUEST-001, SIGNING-001, SIGNING-002).
        """
        opened = await self._let_in(token, ticket)
        drawing = None
        if opened.row.purpose is Purpose.SIGN:
            drawing = opened.owner.seal.seal(_drawing(strokes, typed, opened.name), drawing_place(opened.row.id))
        await self._answered(opened, SigningState.DONE, drawing)
        try:
            await self._finishing.finish(opened.contract.row.id, opened.owner)
        except Refused as refusal:
            if refusal.problem is problems.ONLINE_STATE:
                raise
            _log.warning("a contract is to be finished later", code=refusal.problem.code)
        return await self.opened(token)

    async def decline(self, token: str, ticket: str) -> None:
        """The signer does not want to. Raises Refused (SIGNING-001, SIGNING-002)."""
        await self._answered(await self._let_in(token, ticket), SigningState.DECLINED, None)

    async def _answered(self, opened: Opened, state: SigningState, drawing: bytes | None) -> None:
        contract_id: UUID = opened.contract.row.id
        shown = await self._contracts.shown_document(opened.owner, contract_id)
        row = {
            "id": opened.row.id,
            "state": state.value,
            "drawing": drawing,
            "document_hash": sha256(shown).digest(),
            "at": Clock.now(),
            "before": SIGNINGS.before(state),
        }
        async with self._database.writing() as connection:
            contract = await self._contracts.held(connection, contract_id)
            found = await held(connection, opened.row.id)
            if found.state is state:
                return  # once more the same: its answer was lost
            if contract.state not in _OPEN[found.purpose]:
                raise Refused(problems.SIGNING_ENDED)
            if (await connection.execute(sql.DONE, row)).rowcount == 0:
                raise Refused(problems.SIGNING_ENDED)
            told = {"signer": found.signer + 1, "purpose": found.purpose.value, "state": state.value}
            signer = Signer(opened.owner)
            await audit.record(
                connection, signer, "online_contract.sign", contract.key, division=contract.division, **told
            )

    async def _let_in(self, token: str, ticket: str) -> Opened:
        opened = await self.opened(token)
        if not opened.is_open_to(ticket):
            raise Refused(problems.SIGNING_CODE)
        return opened


def _drawing(strokes: str, typed: str, name: str) -> bytes:
    """What is kept of a signature. Raises Refused (REQUEST-001) for neither strokes nor the signer's own name."""
    if typed.strip() and typed.strip() == name:
        return orjson.dumps({"typed": name})
    try:
        return orjson.dumps({"strokes": read_strokes(strokes)})
    except ValueError:
        detail = Text("请在方框内手写签名，或输入本人姓名", "Draw your signature in the field, or type your own name")
        raise Refused(problems.BAD_REQUEST, detail, parameter="signature") from None


def _of_code(signing_id: UUID, code: str) -> bytes:
    """Six digits are soon tried: their hash is that of this invitation only."""
    return sha256(signing_id.bytes + code.encode()).digest()
