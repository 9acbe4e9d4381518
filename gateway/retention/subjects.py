"""What is held of a person who asks: every record that names their document, who was shown what, until when it stays.

The number that is looked for is kept nowhere. It is found among travellers, signers, leaders, guides and drivers, by
blind index; people with accounts and contacts of agencies are known by no document number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gateway import audit
from gateway.access.accounts import Accounts, Actor, must_may
from gateway.access.powers import Power
from gateway.base.clock import Clock, day_in_china
from gateway.base.settings import RetentionSettings
from gateway.ledger.kinds import BEHAVIOURS, OWN_KINDS
from gateway.ledger.named_people import people_in
from gateway.ledger.reader import Reader
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import open_body
from gateway.retention import statements as sql
from gateway.retention.keeping import counted_from, is_struck_off, years_after
from gateway.retention.purging import Purging, record_name
from gateway.retention.rows import InForce
from gateway.store.database import Database
from gateway.store.typed import fetch
from schemas import catalog
from schemas.findings import Text


class SubjectPurpose(StrEnum):
    OWN_REQUEST = "own_request"
    COMPLAINT = "complaint"
    CASE = "case"


SUBJECT_PURPOSES: Mapping[SubjectPurpose, Text] = {
    SubjectPurpose.OWN_REQUEST: Text("本人申请", "The person asks"),
    SubjectPurpose.COMPLAINT: Text("投诉处理", "A complaint"),
    SubjectPurpose.CASE: Text("案件调查", "An investigation"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Whom somebody looks for, for which request and why."""

    document_no: str
    request_no: str
    purpose: SubjectPurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A time at which values of the person were shown in clear: to whom, why, how many."""

    actor: str
    at: datetime
    purpose: str
    fields: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A record that names the person: which personal fields it has of them, who was shown some, until when it is kept.

    `erasable_on` is None where a portal keeps the record.
    """

    row: RecordRow
    fields: Sequence[Text]
    shown: Sequence[Shown]
    erasable_on: date | None
    is_on_hold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What became of a wish to be forgotten: how many records were emptied, and those that stay."""

    erased: int
    staying: Sequence[Held]


class Subjects:
    """Answers persons, among the records in an actor's sight."""

    def __init__(
        self, database: Database, accounts: Accounts, reader: Reader, *, purging: Purging, settings: RetentionSettings
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._reader = reader
        self._purging = purging
        self._settings = settings

    async def held(self, actor: Actor, asking: Asking) -> list[Held]:
        """What is held of a person, trips first. Audited by the number of the request. Raises Refused (AUTH-005)."""
        must_may(actor, Power.MANAGE_RETENTION)
        found = await self._found(actor, asking)
        await self._note(actor, "subject.access", asking, records=len(found))
        return found

    async def erase(self, actor: Actor, asking: Asking) -> Erasure:
        """Empty what names the person, as far as it is due and no case holds it. Audited. Raises Refused (AUTH-005)."""
        must_may(actor, Power.MANAGE_RETENTION)
        found, today = await self._found(actor, asking), Clock.china_today()
        due = [each for each in found if not each.is_on_hold and each.erasable_on and each.erasable_on <= today]
        names = [record_name(each.row.tenant_id, each.row.kind, each.row.key) for each in due]
        erased = await self._purging.erase(actor, names) if names else 0
        staying = await self._found(actor, asking)
        await self._note(actor, "subject.erase", asking, records=erased, staying=len(staying))
        return Erasure(erased=erased, staying=staying)

    async def _found(self, actor: Actor, asking: Asking) -> list[Held]:
        tenants = {tenant.id: tenant for tenant in await self._accounts.every()}
        number = asking.document_no
        people = await asyncio.to_thread(lambda: [one for each in tenants.values() for one in each.seal.blinds(number)])
        found: list[Held] = []
        for kind in (*OWN_KINDS, *sorted(BEHAVIOURS.keys() - set(OWN_KINDS))):
            rows = [row async for row in self._reader.every_of_people(actor.scope, kind, people)]
            holds = await self._in_force(rows)
            for row in rows:
                fields = list(fields_about(row.schema, open_body(row, tenants[row.tenant_id].seal), number))
                if fields:
                    found.append(await self._about(actor, row, fields, holds))
        return found

    async def _about(self, actor: Actor, row: RecordRow, fields: Sequence[str], holds: Sequence[InForce]) -> Held:
        kind = catalog.kind(row.schema)
        return Held(
            row=row,
            fields=[kind.title(pointer) for pointer in fields],
            shown=await self._shown(actor, row, set(fields)),
            erasable_on=self._erasable_on(row),
            is_on_hold=any(
                hold.tenant_id == row.tenant_id and (hold.key is None or (hold.kind, hold.key) == (row.kind, row.key))
                for hold in holds
            ),
        )

    def _erasable_on(self, row: RecordRow) -> date | None:
        if row.kind in OWN_KINDS and (returned := row.return_on or row.depart_on):
            return years_after(counted_from(returned, row.stored_at), self._settings.trip_years)
        if is_struck_off(row.kind, row.state):
            return years_after(day_in_china(row.stored_at), self._settings.card_years)
        return None

    async def _shown(self, actor: Actor, row: RecordRow, fields: set[str]) -> list[Shown]:
        """The entries of the audit log that say so, of what was shown behind masks; files and lists show none."""
        sought = audit.Sought(object=row.code or row.key)
        return [
            Shown(actor=each.actor, at=each.at, purpose=each.detail.get("purpose", ""), fields=len(seen))
            async for each in audit.every(self._database, actor.scope, sought)
            if (seen := _seen_of(row.kind, each, fields))
        ]

    async def _in_force(self, rows: Sequence[RecordRow]) -> list[InForce]:
        where = {"tenant_ids": sorted({row.tenant_id for row in rows})}
        async with self._database.writing() as connection:
            return await fetch(connection, sql.IN_FORCE, where, InForce)

    async def _note(self, actor: Actor, action: str, asking: Asking, **counts: int) -> None:
        told: dict[str, Any] = {"purpose": asking.purpose.value, **counts}
        async with self._database.writing() as connection:
            await audit.record(connection, actor, action, asking.request_no, **told)


def _seen_of(kind: str, entry: audit.AuditRow, fields: set[str]) -> set[str]:
    """Of some fields those that were in clear: what was revealed, and all of a source."""
    if entry.action == f"{kind}.source" and "purpose" in entry.detail:
        return fields
    return fields & set(entry.detail.get("fields", ())) if entry.action == f"{kind}.reveal" else set()


def fields_about(schema: str, body: Mapping[str, Any], document_no: str) -> Iterator[str]:
    """The pointers of the personal fields that a record has of whoever is known by that number. Pure."""
    for named in people_in(body):
        if document_no in named.numbers:
            yield from _personal(schema, named.part, named.pointer)


def _personal(schema: str, node: Any, pointer: str) -> Iterator[str]:
    if isinstance(node, dict):
        for name, item in node.items():
            yield from _personal(schema, item, f"{pointer}/{name}")
    elif isinstance(node, list):
        for nth, item in enumerate(node):
            yield from _personal(schema, item, f"{pointer}/{nth}")
    elif node is not None and catalog.kind(schema).pii(pointer) is not None:
        yield pointer
