"""The agency's side of signing: who is asked to sign, what became of it, and a contract that ends before anybody has.

A link leads to one signer's invitation. Who has signed the very text that is shown is not asked again when links are
sent once more.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace as changed
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.mapping.cleaners import is_bare_mobile
from gateway import audit
from gateway.access.accounts import Accounts, Actor
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.base.problems import Refused
from gateway.ledger.states import ContractState
from gateway.ledger.transitions import Transitions
from gateway.online_contracts import statements as sql
from gateway.online_contracts.claiming import claimed
from gateway.online_contracts.contracts import OnlineContract, OnlineContracts, Shown, must_be_at_rest
from gateway.online_contracts.invitation_rows import replace, rows_of, rows_within
from gateway.online_contracts.rows import SigningRow
from gateway.online_contracts.signers import Invitation, hashed, sealed_who, signers_of, who
from gateway.online_contracts.states import OnlineState, Purpose, SigningState
from gateway.online_contracts.texting import ShortMessages
from gateway.seals.faces import SealKind
from gateway.seals.seals import Seals
from gateway.store.database import Database
from schemas.findings import Text

_log = structlog.get_logger()
LIFE = timedelta(days=7)
"""How long an invitation is good for."""
_TOKEN_BYTES = 24
_PATH = "/sign/"
_SIGNED_BY_SOME = Text(
    "已有签约人签署，请改用“变更”后重新签署", "Somebody has signed: amend it, to be signed again, instead"
)
_SIGNED_BEFORE = Text(
    "该合同曾由双方签署，须由签约人确认后解除",
    "Both sides have signed it once: its signers have to confirm that it ends",
)
_ALL_DONE = Text("各签约人均已完成，无须再次邀请", "All signers are done: there is nobody left to ask")
_INVITED = Text(
    "【驿站】{agency}请您签署旅游合同，请在 7 日内打开链接签署：{link}",
    "[Yizhan] {agency} asks you to sign your travel contract within 7 days: {link}",
)
_ENDS = Text(
    "【驿站】{agency}提出解除与您的旅游合同，请在 7 日内打开链接确认：{link}",
    "[Yizhan] {agency} proposes to end your travel contract, please answer within 7 days: {link}",
)


class Invitations:
    """Asks signers, in the name of the agency whose contract it is."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        contracts: OnlineContracts,
        *,
        transitions: Transitions,
        seals: Seals,
        messages: ShortMessages,
        public_url: str,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._contracts = contracts
        self._transitions = transitions
        self._seals = seals
        self._messages = messages
        self._public_url = public_url

    async def invite(
        self, actor: Actor, contract_id: UUID, purpose: Purpose = Purpose.SIGN, *, reason: str | None = None
    ) -> list[Invitation]:
        """A link to each signer who is not done: to sign a contract once it is concluded, or to confirm that one ends
        which was signed. Their links of before end.

        Raises Refused (AUTH-005, ONLINE-001, ONLINE-003, ONLINE-004, ONLINE-005, REQUEST-003).
        """
        contract = await self._contracts.shown(actor, contract_id)
        _must_be_ready(contract, purpose)
        owner = await self._accounts.tenant(contract.row.tenant_id)
        signers = signers_of(contract.body)
        if not signers or not all(is_bare_mobile(mobile) for _, mobile in signers):
            raise Refused(problems.ONLINE_NO_PHONE)
        shown = await self._to_be_shown(actor, owner, contract) if purpose is Purpose.SIGN else None
        async with self._database.writing() as connection:
            held = await self._contracts.held(connection, contract_id)
            must_be_at_rest(held)
            if held.revision != contract.row.revision:
                raise Refused(problems.ONLINE_MOVED)
            document = shown and await self._contracts.keep_shown(connection, owner, held, shown)
            done = _done(await rows_within(connection, contract_id), purpose, document)
            asked = [number for number in range(len(signers)) if number not in done]
            if not asked:
                raise Refused(problems.ONLINE_STATE, _ALL_DONE)
            made = [await self._invited(connection, contract, owner, number, purpose=purpose) for number in asked]
            told = {"purpose": purpose.value, "signers": len(made)} | ({"reason": reason} if reason else {})
            key, division = contract.row.key, contract.row.division
            await audit.record(connection, actor, "online_contract.invite", key, division=division, **told)
        words = _INVITED if purpose is Purpose.SIGN else _ENDS
        return [await self._told(each, words.zh.format(agency=owner.title, link=each.link)) for each in made]

    async def listed(self, contract: OnlineContract) -> list[Invitation]:
        """Who was asked, and what became of it."""
        owner = await self._accounts.tenant(contract.row.tenant_id)
        rows = await rows_of(self._database, contract.row.id)
        return [_invitation(row, owner) for row in rows if row.state is not SigningState.REPLACED]

    async def are_void(self, contract: OnlineContract) -> bool:
        """Whether somebody has signed what the contract says no more, and nobody was asked since."""
        rows = await rows_of(self._database, contract.row.id)
        is_open = any(row.state is not SigningState.REPLACED for row in rows)
        return contract.row.state is OnlineState.CONCLUDED and not is_open and any(row.done_at for row in rows)

    async def cancel(self, actor: Actor, contract_id: UUID, reason: str) -> None:
        """End a concluded contract that nobody has signed yet, nor ever had: the agency alone may.

        Raises Refused (AUTH-005, ONLINE-001, REQUEST-003, STATE-001).
        """
        contract = await self._contracts.shown(actor, contract_id)
        if contract.row.state is not OnlineState.CONCLUDED:
            raise Refused(problems.ONLINE_STATE)
        if contract.row.signed_at is not None:
            raise Refused(problems.ONLINE_STATE, _SIGNED_BEFORE)
        record = await self._contracts.record(actor, contract)
        async with claimed(self._database, contract.row) as is_ours:
            if not is_ours:
                raise Refused(problems.ONLINE_STATE)
            async with self._database.writing() as connection:
                await self._contracts.held(connection, contract_id)
                rows = await rows_within(connection, contract_id)
                if any(row.state is SigningState.DONE for row in rows):
                    raise Refused(problems.ONLINE_STATE, _SIGNED_BY_SOME)
                await replace(connection, contract_id)
            await self._transitions.move(actor, record, ContractState.VOID.value, reason)
            await self._contracts.moved(actor, contract, OnlineState.CANCELLED, reason=reason)

    async def _to_be_shown(self, actor: Actor, owner: Tenant, contract: OnlineContract) -> Shown:
        """Raises Refused (LIMIT-002, ONLINE-004, TEMPLATE-004)."""
        async with self._database.writing() as connection:
            if await self._seals.in_force(connection, owner.id, SealKind.REPORT) is None:
                raise Refused(problems.ONLINE_UNSEALED)
        return await self._contracts.to_be_shown(owner, contract, await self._contracts.record(actor, contract))

    async def _invited(
        self, connection: AsyncConnection, contract: OnlineContract, owner: Tenant, signer: int, *, purpose: Purpose
    ) -> Invitation:
        name, mobile = signers_of(contract.body)[signer]
        token, signing_id, now = secrets.token_urlsafe(_TOKEN_BYTES), uuid7(), Clock.now()
        await replace(connection, contract.row.id, signer=signer, purpose=purpose)
        row = {
            "id": signing_id,
            "contract_id": contract.row.id,
            "tenant_id": owner.id,
            "division": contract.row.division,
            "purpose": purpose.value,
            "signer": signer,
            "sealed": sealed_who(owner, signing_id, name=name, mobile=mobile),
            "token_hash": hashed(token),
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
            link=f"{self._public_url}{_PATH}{token}",
        )

    async def _told(self, invitation: Invitation, words: str) -> Invitation:
        """With whether the message could be handed over: the link is known to the agency all the same."""
        try:
            await self._messages.send(invitation.mobile, words)
        except OSError:
            _log.error("a short message was not sent", signer=invitation.signer)
            return changed(invitation, is_sent=False)
        return invitation


def _must_be_ready(contract: OnlineContract, purpose: Purpose) -> None:
    """Raises Refused (ONLINE-001): what is concluded may be signed, and what was ever signed may be ended together."""
    row = contract.row
    was_signed = row.state is OnlineState.SIGNED or (row.state is OnlineState.CONCLUDED and row.signed_at is not None)
    if not (row.state is OnlineState.CONCLUDED if purpose is Purpose.SIGN else was_signed):
        raise Refused(problems.ONLINE_STATE)


def _done(rows: Sequence[SigningRow], purpose: Purpose, document: bytes | None) -> Collection[int]:
    """Those who have signed this very document, or have confirmed the end."""
    shown = document and sha256(document).digest()
    return {
        row.signer
        for row in rows
        if row.purpose is purpose
        and row.state is SigningState.DONE
        and (purpose is Purpose.CANCEL or row.document_hash == shown)
    }


def _invitation(row: SigningRow, owner: Tenant) -> Invitation:
    asked = who(row, owner)
    return Invitation(
        signer=row.signer,
        name=asked["name"],
        mobile=asked["mobile"],
        purpose=row.purpose,
        state=row.state,
        invited_at=row.invited_at,
        until=row.until,
        done_at=row.done_at,
    )
