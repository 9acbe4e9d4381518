"""An agency at its own desk: what is filed of it, by itself or at a portal, and the guides whose data it confirms.

An agency is known by the credit code of its account, which is entered at the installation.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.access.accounts import Actor, must_may
from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.authority import statements as sql
from gateway.authority.desk import Action, Desk
from gateway.authority.dossiers import Dossier, Dossiers
from gateway.authority.waiting import MOST_COUNTED
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.ledger.lifecycle import state_words
from gateway.ledger.reader import Reader
from gateway.ledger.rows import RecordRow
from gateway.ledger.states import GUIDES, GuideState
from gateway.ledger.values import Answer
from gateway.store.database import Database, Scope
from schemas.findings import Text

_NO_REASON = Text("请写明不予确认的理由", "Say why you decline")


class OwnAgency:
    """Everything is asked in the name of an agency that manages itself."""

    def __init__(self, database: Database, reader: Reader, dossiers: Dossiers, desk: Desk) -> None:
        self._database = database
        self._reader = reader
        self._dossiers = dossiers
        self._desk = desk

    async def dossier(self, actor: Actor) -> Dossier:
        """The actor's own. Raises Refused (AUTH-005)."""
        agency, scope = _own(actor)
        return await self._dossiers.of(scope, agency.uscc)

    async def waiting(self, actor: Actor) -> int:
        """How many applicants wait for the agency's word. Raises Refused (AUTH-005)."""
        agency, scope = _own(actor)
        async with self._database.reading(scope) as connection:
            return await connection.scalar(sql.APPLICANTS, {"uscc": agency.uscc, "most": MOST_COUNTED}) or 0

    async def records(self, actor: Actor, kind: str, key: str) -> list[RecordRow]:
        """What is filed of the agency under a number, the newest first. Raises Refused (AUTH-005)."""
        agency, scope = _own(actor)
        rows = await self._reader.by_keys(scope, kind, [key.replace("\0", "")])
        own = [row for row in rows if row.agency_uscc == agency.uscc]
        return sorted(own, key=lambda row: row.stored_at, reverse=True)

    async def applicant(self, actor: Actor, key: str) -> RecordRow:
        """A guide of the agency, or one who applies for a card. Raises Refused (AUTH-005, REQUEST-003)."""
        rows = await self.records(actor, "guide", key)
        if not rows:
            raise Refused(problems.NOT_FOUND)
        return rows[0]

    async def filing(self, actor: Actor, key: str) -> RecordRow:
        """A filing of the agency. Raises Refused (AUTH-005, REQUEST-003)."""
        rows = await self.records(actor, "filing", key)
        if not rows:
            raise Refused(problems.NOT_FOUND)
        return rows[0]

    async def confirm(self, actor: Actor, record: RecordRow, base_version: int) -> Answer:
        """The answer to the agency's word that an applicant is its own and the data are right.

        Raises Refused (AUTH-005, STATE-001 for who does not apply, STATE-002).
        """
        _must_wait_for(actor, record, GuideState.CONFIRMED)
        patch = {"status": GuideState.CONFIRMED.value, "agency_opinion": None}
        return await self._desk.amend(actor, record, patch, base_version, action=Action.CONFIRM)

    async def decline(self, actor: Actor, record: RecordRow, base_version: int, *, reason: str | None) -> Answer:
        """The answer to the agency's word that an applicant is not its own, or the data are wrong.

        Raises Refused (AUTH-005, REQUEST-001 without a reason, STATE-001 for who does not apply, STATE-002).
        """
        _must_wait_for(actor, record, GuideState.DECLINED)
        if not reason:
            raise Refused(problems.BAD_REQUEST, _NO_REASON, parameter="reason")
        patch = {"status": GuideState.DECLINED.value, "agency_opinion": reason}
        return await self._desk.amend(actor, record, patch, base_version, action=Action.DECLINE)


def _must_wait_for(actor: Actor, record: RecordRow, wanted: GuideState) -> None:
    """Whether the agency may say that of a guide of its own. Raises Refused (AUTH-005, STATE-001)."""
    agency, _ = _own(actor)
    if record.agency_uscc != agency.uscc:
        raise Refused(problems.FORBIDDEN)
    if record.kind != GUIDES.name or record.state not in GUIDES.before(wanted):
        now = state_words(record.kind, record.state)
        detail = Text(f"当前状态为“{now.zh}”，不能这样办理", f"It is {now.en}: that may not follow")
        raise Refused(problems.STATE_REFUSED, detail, state=record.state)


def _own(actor: Actor) -> tuple[Tenant, Scope]:
    """Whose desk it is, and what is in sight there. Raises Refused (AUTH-005)."""
    must_may(actor, Power.MANAGE_AGENCY)
    if actor.account is None or not actor.account.uscc:
        raise Refused(problems.FORBIDDEN)
    return actor.account, replace(actor.scope, uscc=actor.account.uscc)
