"""Personal values in clear, for whoever has the power, for a purpose that is kept with the fields, not their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from gateway import audit
from gateway.access.accounts import Accounts, Actor, must_may
from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import open_body
from gateway.store.database import Database
from schemas import catalog
from schemas.findings import Text

MOST_FIELDS = 20


class Purpose(StrEnum):
    INSPECTION = "inspection"
    COMPLAINT = "complaint"
    EMERGENCY = "emergency"
    CASE = "case"


PURPOSES: Mapping[Purpose, Text] = {
    Purpose.INSPECTION: Text("现场检查", "A check on the road"),
    Purpose.COMPLAINT: Text("投诉处理", "A complaint"),
    Purpose.EMERGENCY: Text("应急救援", "An emergency"),
    Purpose.CASE: Text("案件调查", "An investigation"),
}


class Revealing:
    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    async def reveal(self, actor: Actor, record: RecordRow, fields: Sequence[str], purpose: Purpose) -> dict[str, str]:
        """Personal values of a record in the actor's sight, by JSON pointers such as `/travellers/0/name`. Audited.

        Raises Refused (AUTH-005, REQUEST-001 for a field that is not there or not personal).
        """
        must_may(actor, Power.REVEAL)
        tenant = await self._accounts.tenant(record.tenant_id)
        personal = dict(personal_values(record.schema, open_body(record, tenant.seal)))
        if not 1 <= len(fields) <= MOST_FIELDS or not personal.keys() >= set(fields):
            detail = Text("没有这样的个人信息字段", "There is no such personal field")
            raise Refused(problems.BAD_REQUEST, detail, parameter="fields")
        told = {"fields": sorted(fields), "purpose": purpose.value}
        async with self._database.writing() as connection:
            name = record.code or record.key
            await audit.record(connection, actor, f"{record.kind}.reveal", name, division=record.division, **told)
        return {pointer: personal[pointer] for pointer in fields}


def personal_values(schema: str, body: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """The personal values of a body by their pointers, in its order; `body` may be masked."""
    if isinstance(body, dict):
        for name, item in body.items():
            yield from personal_values(schema, item, f"{pointer}/{name}")
    elif isinstance(body, list):
        for at, item in enumerate(body):
            yield from personal_values(schema, item, f"{pointer}/{at}")
    elif body is not None and catalog.kind(schema).pii(pointer) is not None:
        yield pointer, str(body)
