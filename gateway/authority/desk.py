"""What authorities do here to records that portals keep: change them, and decide where both sides have changed one.

A change is an envelope like any other, so it is checked, versioned and signed for; it goes to the portal through the
outbox. It names the version it was made on, and is refused when that is no longer the current one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.envelope import Channel
from gateway import audit
from gateway.access.accounts import Accounts, Actor, must_may
from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.authority import statements as sql
from gateway.authority.penalties import Penalties, as_entered
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.intake.envelopes import arriving
from gateway.intake.intake import Intake
from gateway.ledger import conflicts, lifecycle
from gateway.ledger.conflicts import Conflict, ConflictChoice, EndedConflict
from gateway.ledger.current import lock
from gateway.ledger.rows import RecordKey, RecordRow
from gateway.ledger.sealed import open_body
from gateway.ledger.two_sided import EXCHANGE, content
from gateway.ledger.values import Answer
from gateway.reconcile import matters
from gateway.reconcile.classes import Decision
from gateway.store.database import Database, Scope
from schemas import catalog
from schemas.findings import Text

_MARK_DIGITS = 12
_LIST_OF_PENALTIES = "penalties"
"""Of an agency."""
_MOVED = Text(
    "您查看之后，其中一方已有新的版本，请重新查看后核定",
    "One of the sides has another version since you looked; look again and decide on it",
)


class Action(StrEnum):
    """What is done to a record at a desk, as the audit log says it; to confirm and to decline are an agency's."""

    CHANGE = "change"
    VERDICT = "verdict"
    DECISION = "decision"
    PENALTY = "penalty"
    CONFIRM = "confirm"
    DECLINE = "decline"
    TAKE_OVER = "take_over"
    KEEP_OURS = ConflictChoice.KEEP_OURS.value
    KEEP_THEIRS = ConflictChoice.KEEP_THEIRS.value
    IGNORE = Decision.IGNORE.value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A new body for a record, made on a version of it.

    `conflict` is the one that it ends, `told` what the audit log says beside it.
    """

    kind: str
    key: str
    division: str
    body: Mapping[str, Any]
    base_version: int
    action: Action
    decided: bool
    conflict: Conflict | None = None
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """What differs, field by field, personal values masked (None until a pull has brought their version), and the mark
    by which a decision names what was seen.
    """

    differences: Sequence[dict[str, Any]] | None
    seen: str


class Concluded(NamedTuple):
    """What became of a decision: the answer to the version that it made, and the number of its entry in the audit log,
    None where it was rejected.
    """

    answer: Answer
    number: int | None


class Desk:
    """The one place where an authority's word becomes a version of a record."""

    def __init__(self, database: Database, intake: Intake, accounts: Accounts, penalties: Penalties) -> None:
        self._database = database
        self._penalties = penalties
        self._intake = intake
        self._accounts = accounts

    async def change(
        self,
        actor: Actor,
        record: RecordRow,
        patch: Mapping[str, Any],
        base_version: int,
        *,
        action: Action = Action.CHANGE,
        decided: bool = False,
        told: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to a JSON merge patch (RFC 7396) on version `base_version` of `record`, which its changer sees.

        `decided` says that the change is a decision of the authority's own, `told` what the audit log says beside it.
        Raises Refused (AUTH-005, REQUEST-001, STATE-001 where the portal that keeps the record takes no such changes,
        STATE-002).
        """
        must_may(actor, Power.DECIDE_FILINGS)
        must_be_theirs(actor, record)
        return await self.amend(actor, record, patch, base_version, action=action, decided=decided, told=told)

    async def amend(
        self,
        actor: Actor,
        record: RecordRow,
        patch: Mapping[str, Any],
        base_version: int,
        *,
        action: Action,
        decided: bool = False,
        told: Mapping[str, str] | None = None,
    ) -> Answer:
        """As `change`, for somebody whose right to it was looked at."""
        tenant = await self._accounts.tenant(record.tenant_id)
        old = open_body(record, tenant.seal)
        body = merged(old, patch)
        if _LIST_OF_PENALTIES in patch:
            await self._enter(actor, record, body)
        _must_stay_itself(record, old, body)
        _must_stay_in_sight(actor, old, body)
        if await self._must_be_taken(tenant, record.kind):
            body["unconfirmed"] = True
        change = _Change(
            kind=record.kind,
            key=record.key,
            division=record.division,
            body=body,
            base_version=base_version,
            action=action,
            decided=decided,
            told=told or {},
        )
        return (await self._submit(actor, tenant, change)).answer

    async def _enter(self, actor: Actor, record: RecordRow, body: dict[str, Any]) -> None:
        """Say in a list of penalties whose word each is. What is no such list is for the schema to refuse.

        Raises Refused (AUTH-005 where a higher authority's would be another, or gone).
        """
        held, wanted = await self._penalties.listed_in(record) or (), body.get(_LIST_OF_PENALTIES, [])
        if isinstance(wanted, list) and all(map(_is_penalty, wanted)):
            entered = as_entered(actor, held, wanted)
            if _LIST_OF_PENALTIES in body or entered:
                body[_LIST_OF_PENALTIES] = list(entered)

    async def conflicts(self, scope: Scope, *, after: UUID | None = None, limit: int = 1000) -> Sequence[Conflict]:
        """Open conflicts in sight, the oldest first, from the one behind `after`."""
        return await conflicts.listed(self._database, scope, after=after, limit=limit)

    async def conflict(self, scope: Scope, conflict_id: UUID) -> Conflict | None:
        """The open conflict in sight of that id."""
        return await conflicts.find(self._database, scope, conflict_id)

    async def must_be_undecided(self, scope: Scope, conflict_id: UUID) -> Conflict:
        """The same. Raises Refused: STATE-004 when it was decided, REQUEST-003 when there is none in sight."""
        conflict = await self.conflict(scope, conflict_id)
        if conflict is not None:
            return conflict
        is_ended = await conflicts.is_ended(self._database, scope, conflict_id)
        raise Refused(problems.ALREADY_DECIDED if is_ended else problems.NOT_FOUND)

    async def shown(self, conflict: Conflict) -> Shown:
        """What a person is shown of a conflict before deciding it."""
        ours, theirs = await self.sides(conflict)
        if theirs is None:
            return Shown(None, _seen(conflict, None))
        differences = lifecycle.differences(conflict.schema, content(ours), content(theirs))
        return Shown(differences, _seen(conflict, theirs))

    async def sides(self, conflict: Conflict) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Both bodies, ours first; theirs is None until a pull has brought it."""
        seal = (await self._accounts.tenant(conflict.tenant_id)).seal
        theirs = conflict.sealed_theirs
        return open_body(conflict, seal), None if theirs is None else open_body(theirs, seal)

    async def decide(
        self, actor: Actor, conflict: Conflict, choice: ConflictChoice, seen: str, *, reason: str
    ) -> Concluded:
        """End a conflict: our version goes to the portal again, on top of theirs, or theirs becomes the current one.
        What reconciliations have found about the record is settled with it; the audit log says why.

        `seen` is the mark of what the person was shown. Raises Refused (AUTH-005, STATE-001 as `change` does, STATE-002
        when either side is another by now, STATE-003, STATE-004, STATE-005).
        """
        must_may(actor, Power.RECONCILE)
        tenant = await self._accounts.tenant(conflict.tenant_id)
        ours, theirs = await self.sides(conflict)
        if seen != (current := _seen(conflict, theirs)):
            raise Refused(problems.VERSION_MOVED, _MOVED, seen=current)
        if choice is ConflictChoice.KEEP_OURS:
            await self._must_be_taken(tenant, conflict.kind)
            body = ours | {"revision": conflict.their_revision, "unconfirmed": True}
        elif theirs is not None:
            body = theirs
        else:
            raise Refused(problems.NOT_PULLED)
        change = _Change(
            kind=conflict.kind,
            key=conflict.key,
            division=conflict.division,
            body=body,
            base_version=conflict.version,
            action=Action(choice.value),
            decided=True,
            conflict=conflict,
            told={"reason": reason},
        )
        return await self._submit(actor, tenant, change)

    async def _submit(self, actor: Actor, tenant: Tenant, change: _Change) -> Concluded:
        key = RecordKey(tenant.id, change.kind, change.key)
        envelope = arriving(
            tenant,
            orjson.dumps(change.body),
            channel=Channel.DESK,
            kind=change.kind,
            amend=True,
            decided=frozenset({change.key}) if change.decided else frozenset(),
        )
        submission = await self._intake.prepare(envelope, tenant)
        numbers: list[int] = []

        async def check_and_note(connection: AsyncConnection) -> None:
            await _must_be_version(connection, key, change.base_version)
            if submission.rejections:
                return  # the answer says why; nothing has changed and a conflict stays open
            if change.conflict is not None:
                choice = ConflictChoice(change.action.value)
                await _must_still_be(connection, change.conflict)
                ended = EndedConflict(*key, id=change.conflict.id, decision=choice.value, decided_by=actor.name)
                await conflicts.end_conflicts(connection, [ended])
                await matters.settle(connection, key, Decision(choice.value), actor.name)
            action = f"{change.kind}.{change.action}"
            number = await audit.record(
                connection,
                actor,
                action,
                change.key,
                division=change.division,
                version=change.base_version,
                **change.told,
            )
            numbers.append(number)

        answer = await self._intake.store(submission, check_and_note)
        return Concluded(answer, numbers[-1] if numbers else None)

    async def is_taken(self, tenant: Tenant, kind: str) -> bool | None:
        """Whether the portal that keeps a tenant's records takes changes of a kind; None when no portal does."""
        asked = {"tenant_id": tenant.id, "event": f"{kind}.amended"}
        async with self._database.writing() as connection:
            return (await connection.execute(sql.PORTAL_TAKES, asked)).scalar_one()

    async def _must_be_taken(self, tenant: Tenant, kind: str) -> bool:
        """Whether a change goes to a portal. Raises Refused (STATE-001) when it should and cannot."""
        is_taken = await self.is_taken(tenant, kind)
        if is_taken is False:
            detail = Text("门户不接收此类记录的变更，请在门户上办理", "The portal takes no such changes: make it there")
            raise Refused(problems.STATE_REFUSED, detail)
        return bool(is_taken)


def _is_penalty(item: object) -> bool:
    """Whether it names a decision, whatever else it says."""
    return isinstance(item, dict) and isinstance(item.get("document_no"), str)


def is_theirs(actor: Actor, record: RecordRow) -> bool:
    """Whether an authority may change a record in its sight: a pledge is the province's, or whose stands above it."""
    return record.kind != "pledge" or actor.scope.reaches(f"{record.division[:2]}0000")


def must_be_theirs(actor: Actor, record: RecordRow) -> None:
    """Raises Refused (AUTH-005) for a pledge that is not theirs to change."""
    if not is_theirs(actor, record):
        raise Refused(problems.FORBIDDEN, Text("承诺由省级旅游主管部门核实", "The province verifies pledges"))


async def _must_be_version(connection: AsyncConnection, key: RecordKey, version: int) -> None:
    locked = await lock(connection, key)
    if locked.version != version:
        detail = Text(f"当前版本为 {locked.version}", f"The current version is {locked.version}")
        raise Refused(problems.VERSION_MOVED, detail, version=locked.version)


async def _must_still_be(connection: AsyncConnection, conflict: Conflict) -> None:
    """The record is locked, so that nobody brings another version of theirs meanwhile."""
    now = await conflicts.still_open(connection, conflict.id)
    if now is None:
        raise Refused(problems.ALREADY_DECIDED)
    if (now.their_revision, now.theirs) != (conflict.their_revision, conflict.theirs):
        raise Refused(problems.VERSION_MOVED, _MOVED)


def _seen(conflict: Conflict, theirs: Mapping[str, Any] | None) -> str:
    """The mark of both sides: our version, their number, and the beginning of the hash of what they wrote."""
    written = orjson.dumps(None if theirs is None else content(theirs), option=orjson.OPT_SORT_KEYS)
    return f"{conflict.version}.{conflict.their_revision}.{sha256(written).hexdigest()[:_MARK_DIGITS]}"


def _must_stay_itself(record: RecordRow, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """A change is of the record it names, and how that is exchanged with its portal is not for people to write."""
    kept = (*catalog.kind(record.schema).key, *sorted(EXCHANGE))
    if changed := [name for name in kept if old.get(name) != new.get(name)]:
        named = ", ".join(changed)
        detail = Text(f"不能变更字段 {named}", f"These fields cannot be changed: {named}")
        raise Refused(problems.BAD_REQUEST, detail, fields=changed)


def _must_stay_in_sight(actor: Actor, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    division = new.get("division")
    if division != old.get("division") and not (isinstance(division, str) and actor.scope.reaches(division)):
        detail = Text("不能将记录移出您的辖区", "A record cannot be moved out of your division")
        raise Refused(problems.FORBIDDEN, detail)


def merged(document: Any, patch: Any) -> Any:
    """`document` with a JSON merge patch applied (RFC 7396): null removes, objects merge, all else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(document) if isinstance(document, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
