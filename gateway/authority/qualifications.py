"""The word of an authority on a filing, a guide or a leader: a change like any other, that follows the table."""

from __future__ import annotations

from gateway.access.accounts import Accounts, Actor, must_may
from gateway.access.powers import Power
from gateway.authority.desk import Action, Desk
from gateway.authority.qualification_steps import NEEDS_REASON, Word, next_states, patch_of
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.ledger.lifecycle import state_words
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import open_body
from gateway.ledger.values import Answer
from schemas.findings import Text

_NO_REASON = Text("请写明理由", "Say why")


class Qualifications:
    """Accepts and decides filings, approves and ends guides and leaders."""

    def __init__(self, desk: Desk, accounts: Accounts) -> None:
        self._desk = desk
        self._accounts = accounts

    async def move(
        self, actor: Actor, record: RecordRow, wanted: str, base_version: int, *, reason: str | None
    ) -> Answer:
        """The answer to what an authority says of a record in its sight, made on version `base_version`.

        Raises Refused (AUTH-005, REQUEST-001 without a reason where one is needed, STATE-001 for what may not follow,
        STATE-002).
        """
        must_may(actor, Power.DECIDE_FILINGS)
        state = next((each for each in next_states(record.kind, record.state) if each == wanted), None)
        if state is None:
            now = state_words(record.kind, record.state)
            detail = Text(f"当前状态为“{now.zh}”，不能这样办理", f"It is {now.en}: that may not follow")
            raise Refused(problems.STATE_REFUSED, detail, state=record.state)
        if state in NEEDS_REASON and not reason:
            raise Refused(problems.BAD_REQUEST, _NO_REASON, parameter="reason")
        body = open_body(record, (await self._accounts.tenant(record.tenant_id)).seal)
        authority = actor.name if actor.account is None else actor.account.title
        word = Word(state=state, said_on=Clock.china_today(), authority=authority, reason=reason)
        patch = patch_of(record.kind, body, word)
        return await self._desk.change(actor, record, patch, base_version, action=Action.DECISION)
