"""Holds: what a lawsuit or an investigation needs is kept whatever its age, until the hold is lifted."""

from __future__ import annotations

from uuid import UUID

from gateway import audit
from gateway.access.accounts import Actor, must_may
from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.base.problems import Refused
from gateway.retention import statements as sql
from gateway.retention.rows import HoldRow
from gateway.store.database import Database
from gateway.store.typed import fetch
from schemas.findings import Text

_MOST = 1000
_NO_RECORD = Text("该旅行社没有这个编号的记录，请核对", "The agency has no record of that number: look at it again")


class Holds:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def place(self, actor: Actor, agency: Tenant, reason: str, record: tuple[str, str] | None = None) -> UUID:
        """Hold all that an agency has, or a record of it by kind and number. Audited.

        Raises Refused (AUTH-005; REQUEST-003 for an agency that is not in sight, and for a number that it does not
        have: nobody shall think a record held because of a slip of the pen).
        """
        must_may(actor, Power.MANAGE_RETENTION)
        if not actor.scope.reaches(agency.division):
            raise Refused(problems.NOT_FOUND)
        hold_id, (kind, key) = uuid7(), record or (None, None)
        row = {
            "id": hold_id,
            "tenant_id": agency.id,
            "division": agency.division,
            "kind": kind,
            "key": key,
            "reason": reason,
            "by": actor.name,
            "at": Clock.now(),
        }
        async with self._database.writing() as connection:
            if record is not None and not (await connection.execute(sql.HAS, row)).scalar_one():
                raise Refused(problems.NOT_FOUND, _NO_RECORD)
            await connection.execute(sql.PLACE, row)
            await audit.record(connection, actor, "retention.hold", str(hold_id), division=agency.division)
        return hold_id

    async def lift(self, actor: Actor, hold_id: UUID) -> None:
        """End a hold; what it has held back goes with the next purge. Audited.

        Raises Refused (AUTH-005, REQUEST-003).
        """
        must_may(actor, Power.MANAGE_RETENTION)
        where = {"id": hold_id, "division": actor.scope.division or "", "by": actor.name, "at": Clock.now()}
        async with self._database.writing() as connection:
            division = (await connection.execute(sql.LIFT, where)).scalar_one_or_none()
            if division is None:
                raise Refused(problems.NOT_FOUND)
            await audit.record(connection, actor, "retention.lift", str(hold_id), division=division)

    async def listed(self, actor: Actor) -> list[HoldRow]:
        """Those in sight, what is in force first. Raises Refused (AUTH-005)."""
        must_may(actor, Power.MANAGE_RETENTION)
        async with self._database.writing() as connection:
            return await fetch(connection, sql.HOLDS, {"division": actor.scope.division or "", "limit": _MOST}, HoldRow)
