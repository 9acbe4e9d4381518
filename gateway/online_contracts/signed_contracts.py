"""What everybody has signed is finished: printed with the signatures, sealed, kept, and the contract moved.

It is done at once by the last who signs, again when the agency asks, and by whoever finds it undone a while later: a
process may die between a signature and the seal, and nobody is asked twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import structlog

from gateway import audit
from gateway.access.accounts import Accounts, Actor
from gateway.access.tenants import Tenant
from gateway.alerts import alerts
from gateway.alerts.alerts import Alert
from gateway.alerts.rows import AlertCode
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.contracts.documents import Documents
from gateway.ledger.rows import RecordRow
from gateway.ledger.states import ContractState
from gateway.ledger.transitions import Transitions
from gateway.online_contracts import statements as sql
from gateway.online_contracts.claiming import claimed
from gateway.online_contracts.contracts import OnlineContract, OnlineContracts
from gateway.online_contracts.invitation_rows import replace, rows_of
from gateway.online_contracts.rows import SigningRow, UnfinishedRow
from gateway.online_contracts.signers import CHANGED, Signer, drawing_place, signers_of
from gateway.online_contracts.states import OnlineState, Purpose, SigningState
from gateway.online_contracts.strokes import picture_of_all
from gateway.seals.faces import SealKind
from gateway.seals.rows import UsePurpose
from gateway.seals.seals import Seals, Use, content_of
from gateway.seals.typesetting import Typesetter
from gateway.store.database import Database
from gateway.store.typed import fetch
from schemas.findings import Text

_log = structlog.get_logger()
SEAL_MARK = "（电子印章）"
"""Stands where the agency's seal is put."""
_SETTLED, _ALARMING = timedelta(minutes=2), timedelta(hours=1)
_AT_ONCE = 20
_OF_NO_CONNECTOR = ""
_UNFINISHED = Text(
    "合同 {key} 各方已签署，但未能生成加盖印章的文件：{reason}",
    "All have signed contract {key}, but its sealed document could not be made: {reason}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What finishing needs of the rest."""

    documents: Documents
    transitions: Transitions
    seals: Seals
    typesetter: Typesetter


class Finishing:
    """Finishes contracts, and gives out what came of it."""

    def __init__(self, database: Database, accounts: Accounts, contracts: OnlineContracts, means: Means) -> None:
        self._database = database
        self._accounts = accounts
        self._contracts = contracts
        self._means = means

    async def finish(self, contract_id: UUID, owner: Tenant) -> bool:
        """When everybody has signed: the document under signatures and seal, kept, and the contract signed; or ended,
        when everybody has confirmed that. False where somebody has yet to. To be asked again where it could not be
        done: what was signed is kept.

        Raises Refused (LIMIT-002, LIMIT-004, ONLINE-001 for what was changed since, ONLINE-004, SEAL-004,
        TEMPLATE-004).
        """
        contract = await self._contracts.of(owner, contract_id)
        rows = await rows_of(self._database, contract_id)
        for purpose in _PURPOSES.get(contract.row.state, ()):
            done = _all_done(rows, purpose, len(signers_of(contract.body)))
            if done:
                async with claimed(self._database, contract.row) as is_ours:
                    if is_ours:
                        await self._finish(owner, contract, done, purpose=purpose)
                        await alerts.settle(self._database, _alert_of(owner, contract))
                return is_ours
        return False

    async def turn(self) -> bool:
        """Finish what nobody has finished a while after the last signature; False where nothing more is to be done.
        What could not be done for an hour is an alert of the agency's.
        """
        now = Clock.now()
        where = {"now": now, "before": now - _SETTLED, "limit": _AT_ONCE}
        async with self._database.writing() as connection:
            found = await fetch(connection, sql.UNFINISHED, where, UnfinishedRow)
        for each in found:
            owner = await self._accounts.tenant(each.tenant_id)
            contract = await self._contracts.of(owner, each.id)
            try:
                await self.finish(each.id, owner)
            except Refused as refusal:
                _log.warning("a contract is not finished", contract=str(each.id), code=refusal.problem.code)
                if now - each.since > _ALARMING:
                    await alerts.raise_alert(self._database, _alert_of(owner, contract), _said(contract, refusal))
        return False

    async def final(self, actor: Actor, contract: OnlineContract) -> bytes | None:
        """The signed document; None of a contract that is not signed. Raises Refused (AUTH-005, RETENTION-001)."""
        if contract.row.state is not OnlineState.SIGNED:
            return None
        return await self._means.documents.get(actor, await self._contracts.record(actor, contract))

    async def document(self, actor: Actor, contract: OnlineContract) -> bytes:
        """The contract for its agency: the signed one when it is signed.

        Raises Refused (AUTH-005, LIMIT-002, REQUEST-003, TEMPLATE-004).
        """
        final = await self.final(actor, contract)
        if final is not None:
            return final
        owner = await self._accounts.tenant(contract.row.tenant_id)
        return await self._contracts.printed(owner, contract, await self._contracts.record(actor, contract), {})

    async def _finish(
        self, owner: Tenant, contract: OnlineContract, rows: Sequence[SigningRow], *, purpose: Purpose
    ) -> None:
        actor = Signer(owner)
        record = await self._contracts.record(actor, contract)
        if purpose is Purpose.CANCEL:
            await self._means.transitions.move(actor, record, ContractState.VOID.value)
            await self._contracts.moved(actor, contract, OnlineState.CANCELLED)
            return
        shown = sha256(await self._contracts.shown_document(owner, contract.row.id)).digest()
        if record.content_hash != contract.row.shown_hash or any(row.document_hash != shown for row in rows):
            await self._begin_anew(actor, contract)
        if record.state != ContractState.SIGNED:
            pdf = await self._sealed(owner, contract, record, rows)
            await self._means.documents.put(actor, record, pdf, is_same_version=True)
            await self._means.transitions.move(actor, record, ContractState.SIGNED.value, is_same_version=True)
        await self._contracts.moved(actor, contract, OnlineState.SIGNED)

    async def _begin_anew(self, actor: Signer, contract: OnlineContract) -> None:
        """The contract is not what was shown any more: nobody has signed it. Raises Refused (ONLINE-001)."""
        async with self._database.writing() as connection:
            await replace(connection, contract.row.id)
            key, division = contract.row.key, contract.row.division
            await audit.record(connection, actor, "online_contract.signatures_void", key, division=division)
        await alerts.settle(self._database, _alert_of(actor.tenant, contract))
        raise Refused(problems.ONLINE_STATE, CHANGED)

    async def _sealed(
        self, owner: Tenant, contract: OnlineContract, record: RecordRow, rows: Sequence[SigningRow]
    ) -> bytes:
        """The document with the signatures, under the agency's seal; the use of the seal is noted."""
        drawings = [owner.seal.open(row.drawing or b"", drawing_place(row.id)) for row in rows]
        agency = contract.body.get("agency", {})
        places: Mapping[str, str | bytes] = {
            "traveller_signature": await asyncio.to_thread(picture_of_all, drawings),
            "agency_signature": agency.get("transactor_name") or agency.get("contact_name") or "",
            "agency_seal": SEAL_MARK,
        }
        pdf = await self._contracts.printed(owner, contract, record, places)
        seals = self._means.seals
        async with self._database.writing() as connection:
            seal = await seals.in_force(connection, owner.id, SealKind.REPORT)
        if seal is None:
            raise Refused(problems.ONLINE_UNSEALED)
        root, impressions = await seals.root_certificate(), [seals.impression(seal)]
        sealed = await self._means.typesetter.under_seals(pdf, impressions, root, mark=SEAL_MARK, owner=owner.id)
        async with self._database.writing() as connection:
            use = Use(UsePurpose.CONTRACT, contract.row.key, content_of(sealed))
            await seals.note_use(connection, Signer(owner), seal, use)
        return sealed


_PURPOSES: Mapping[OnlineState, Sequence[Purpose]] = {
    OnlineState.CONCLUDED: (Purpose.CANCEL, Purpose.SIGN),  # one that was signed once, and is amended, may end
    OnlineState.SIGNED: (Purpose.CANCEL,),
}


def _all_done(rows: Sequence[SigningRow], purpose: Purpose, signers: int) -> Sequence[SigningRow]:
    """The invitations of all signers, in their order, where every one is done; else none."""
    asked = (SigningState.INVITED, SigningState.DONE)
    live = sorted((row for row in rows if row.purpose is purpose and row.state in asked), key=lambda row: row.signer)
    are_done = len(live) >= signers and all(row.state is SigningState.DONE for row in live)
    return live if are_done else ()


def _alert_of(owner: Tenant, contract: OnlineContract) -> Alert:
    return Alert(owner, _OF_NO_CONNECTOR, AlertCode.UNFINISHED, contract.row.key)


def _said(contract: OnlineContract, refusal: Refused) -> Text:
    reason, key = refusal.detail or refusal.problem.title, contract.row.key
    return Text(_UNFINISHED.zh.format(key=key, reason=reason.zh), _UNFINISHED.en.format(key=key, reason=reason.en))
