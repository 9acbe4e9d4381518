"""Dead letters: listed, edited and replayed. A record that did not pass is never lost, only waiting.

A letter is resolved by a corrected resubmission (its business number has been stored since), by a replay after the
mapping was put right, or by an operator's edit and a replay. Replays go in the original order and never touch the
codes of what is stored. A letter that fails five times is parked: bulk replays leave it alone, its neighbours go on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
import structlog

from adapters.canonical import template
from adapters.connector import Connector, Route
from adapters.envelope import Channel, Envelope, Outcome, Rejection, SourceRecord
from adapters.formats.places import Named
from gateway import audit
from gateway.access.accounts import Accounts, Actor
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import day_in_china
from gateway.base.problems import Refused
from gateway.dead_letters import statements as sql
from gateway.dead_letters.editing import Form, form_of
from gateway.dead_letters.rows import Letter
from gateway.intake.drafting import Drafting
from gateway.intake.envelopes import arriving
from gateway.intake.routing import route_of
from gateway.ledger import letters
from gateway.ledger.rows import LetterSource
from gateway.ledger.states import LetterState
from gateway.ledger.submission import Submission
from gateway.ledger.writer import Writer
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch
from schemas.findings import Text
from schemas.rules.report import Register

MOST_AT_ONCE = 1000
_MOST_ATTEMPTS = 5
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_log = structlog.get_logger()


class ReplayStatus(StrEnum):
    """What a replay did, or in a dry run would do."""

    RESOLVED = "resolved"
    FAILED = "failed"
    PARKED = "parked"
    NOT_REPLAYABLE = "not_replayable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which letters are meant; without a `state` those in any. `after` is the last letter of the call before."""

    submission_id: UUID | None = None
    ordinal: int | None = None
    connector: str | None = None
    kind: str | None = None
    code: str | None = None
    state: LetterState | None = LetterState.OPEN
    after: tuple[UUID, int] = (UUID(int=0), 0)
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Replayed:
    """The fate of one letter. `answer` is the record's part of the answer it would get, or has got."""

    submission_id: UUID
    ordinal: int
    status: ReplayStatus
    mapping: str
    answer: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {
            "submission_id": str(self.submission_id),
            "ordinal": self.ordinal,
            "status": self.status.value,
            "mapping": self.mapping,
            "record": self.answer,
        }


class Replays:
    """Lists, edits and replays dead letters."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        drafting: Drafting,
        database: Database,
        writer: Writer,
        *,
        accounts: Accounts,
    ) -> None:
        self._connectors = connectors
        self._drafting = drafting
        self._database = database
        self._writer = writer
        self._accounts = accounts

    async def letters(self, scope: Scope, selection: Selection) -> Sequence[Letter]:
        """The selected letters in the order in which they came."""
        after_id, after_ordinal = selection.after
        where = {
            "after_id": after_id,
            "after_ordinal": after_ordinal,
            "submission_id": selection.submission_id,
            "ordinal": selection.ordinal,
            "connector": selection.connector,
            "kind": selection.kind,
            "code": selection.code,
            "state": selection.state,
            "limit": min(selection.limit, MOST_AT_ONCE),
        }
        async with self._database.reading(scope) as connection:
            return await fetch(connection, sql.LETTERS, where, Letter)

    async def source(self, letter: Letter) -> dict[str, Any]:
        """What the partner wrote, with the operator's edit if there is one."""
        tenant = await self._accounts.tenant(letter.tenant_id)
        return _opened(letter, letter.submission_id, tenant)

    async def form(self, letter: Letter, findings: Sequence[Mapping[str, Any]]) -> Form:
        """The values of a letter as it stands, with what was found of them. Raises Refused (INTAKE-006)."""
        tenant = await self._accounts.tenant(letter.tenant_id)
        source = _opened(letter, letter.submission_id, tenant)
        route = self._route(letter, _envelope(letter, tenant, source, amend=False))
        return form_of(route, source, findings)

    async def edit(self, actor: Actor, letter: Letter, values: Mapping[str, Any]) -> dict[str, Any]:
        """Set values in the source, by JSON pointer, and return it. Audited; the original stays.

        Raises Refused (REQUEST-001) for a pointer that leads nowhere, (STATE-001) for a letter that is resolved.
        """
        tenant = await self._accounts.tenant(letter.tenant_id)
        async with self._database.writing() as connection:
            locked = await letters.lock_source(connection, letter.place)
            edited = _with_values(_opened(locked, letter.submission_id, tenant), values)
            sealed = tenant.seal.seal(orjson.dumps(edited), letter.submission_id.bytes)
            is_open = await letters.edit(connection, letter.place, sealed)
            if letter.state is LetterState.RESOLVED or not is_open:
                raise Refused(problems.STATE_REFUSED, state=LetterState.RESOLVED)
            letter_name = f"{letter.submission_id}/{letter.ordinal}"
            await audit.record(
                connection,
                actor,
                "dead_letter.edit",
                letter_name,
                division=tenant.division,
                pointers=sorted(values),
            )
        return edited

    async def try_out(self, chosen: Sequence[Letter]) -> list[Replayed]:
        """What a replay would do; nothing is stored."""
        return [await self._replay(letter, dry_run=True) for letter in chosen]

    async def replay(self, actor: Actor, chosen: Sequence[Letter]) -> list[Replayed]:
        """Replay letters one by one, in order. One that fails does not hold the others. Audited."""
        done: list[Replayed] = []
        for letter in chosen:
            done.append(await self._replay(letter, dry_run=False))
            tenant, name = await self._accounts.tenant(letter.tenant_id), f"{letter.submission_id}/{letter.ordinal}"
            async with self._database.writing() as connection:
                what = {"outcome": done[-1].status, "mapping": done[-1].mapping}
                await audit.record(connection, actor, "dead_letter.replay", name, division=tenant.division, **what)
        return done

    async def _replay(self, letter: Letter, *, dry_run: bool) -> Replayed:
        tenant = await self._accounts.tenant(letter.tenant_id)
        source = _opened(letter, letter.submission_id, tenant)
        if not source:
            return Replayed(letter.submission_id, letter.ordinal, ReplayStatus.NOT_REPLAYABLE, letter.mapping, {})
        connector = self._connectors.get(letter.connector or "")
        envelope = _envelope(letter, tenant, source, amend=connector is not None and connector.is_portal)
        try:
            route = self._route(letter, envelope)
            drafter = self._drafting.of(route.kind, tenant, envelope.received_at)
            outcome = _mapped(route, letter, source, drafter.register)
            draft = outcome if isinstance(outcome, Rejection) else drafter.draft(replace(outcome, ordinal=1))
            if isinstance(draft, Rejection):
                return await self._failed(letter, route.stamp, _rejection_document(draft), dry_run=dry_run)
            submission = Submission.of_replay(envelope, tenant, route, draft)
            answer = await (self._writer.rehearse(submission) if dry_run else self._writer.write(submission))
        except Exception as failure:
            _log.exception("replay failed", submission_id=str(letter.submission_id), error=type(failure).__name__)
            shown = {"status": "failed", "error": type(failure).__name__}
            return await self._failed(letter, letter.mapping, shown, dry_run=dry_run)
        record = orjson.loads(answer.body)["records"][0]
        if answer.is_refusal:
            return await self._failed(letter, route.stamp, record, dry_run=dry_run)
        if not dry_run:
            async with self._database.writing() as connection:
                await letters.resolve(connection, letter.place, answer.submission_id)
        return Replayed(letter.submission_id, letter.ordinal, ReplayStatus.RESOLVED, route.stamp, record)

    def _route(self, letter: Letter, envelope: Envelope) -> Route:
        """What reads the source of a letter: of a filled template the cells as they were typed, so its own mapping.

        Raises Refused (INTAKE-006) for a connector that is gone.
        """
        if letter.connector is None:
            filled = template(f"{letter.kind}.v1").route(letter.kind)
            if letter.mapping == filled.stamp:
                return filled
        return route_of(self._connectors, envelope, envelope.raw)[1]

    async def _failed(self, letter: Letter, stamp: str, record: Mapping[str, Any], *, dry_run: bool) -> Replayed:
        status = ReplayStatus.FAILED
        if not dry_run:
            async with self._database.writing() as connection:
                if await letters.count_failure(connection, letter.place, _MOST_ATTEMPTS) is LetterState.PARKED:
                    status = ReplayStatus.PARKED
        return Replayed(letter.submission_id, letter.ordinal, status, stamp, record)


def _opened(letter: Letter | LetterSource, submission_id: UUID, tenant: Tenant) -> dict[str, Any]:
    sealed = letter.edited if letter.edited is not None else letter.source
    return orjson.loads(tenant.seal.open(sealed, submission_id.bytes))


def _envelope(letter: Letter, tenant: Tenant, source: Mapping[str, Any], *, amend: bool) -> Envelope:
    """The record alone, as an envelope. Its key makes a replay that is interrupted happen once all the same."""
    raw = orjson.dumps(source)
    return arriving(
        tenant,
        raw,
        channel=Channel.REPLAY,
        received_at=letter.received_at,
        connector=letter.connector,
        kind=letter.kind,
        amend=amend,
        idempotency_key=f"replay:{letter.submission_id}/{letter.ordinal}/{letter.attempts}/{sha256(raw).hexdigest()}",
    )


def _mapped(route: Route, letter: Letter, source: Mapping[str, Any], register: Register) -> Outcome:
    record = SourceRecord(1, source, letter.locator, Named(letter.locator, {}))
    return route(record, day_in_china(letter.received_at), register)


def _rejection_document(rejection: Rejection) -> dict[str, Any]:
    return {"status": "rejected", "findings": [finding.as_dict() for finding in rejection.findings]}


def _index(step: str) -> int:
    """An array index as RFC 6901 writes it. Raises ValueError."""
    if not _INDEX.fullmatch(step):
        raise ValueError(step)
    return int(step)


def _with_values(source: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """`source` with the values at their pointers; members may be new, list items must be there."""
    edited = orjson.loads(orjson.dumps(source))
    for pointer, value in values.items():
        *way, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]] or [""]
        try:
            node = edited
            for step in way:
                node = node[_index(step)] if isinstance(node, list) else node[step]
            if isinstance(node, list):
                node[_index(last)] = value
            elif isinstance(node, dict) and pointer:
                node[last] = value
            else:
                raise KeyError(last)
        except (KeyError, IndexError, ValueError, TypeError):
            detail = Text(f"{pointer} 在原文中不存在", f"{pointer} leads nowhere in the source")
            raise Refused(problems.BAD_REQUEST, detail, parameter="set") from None
    return edited
