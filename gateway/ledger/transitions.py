"""Moves a record from state to state: the agency signs and voids its contracts, the authority audits rosters."""

from __future__ import annotations

from typing import Any

from gateway import audit
from gateway.access.accounts import Principal, Role
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.ledger import lifecycle
from gateway.ledger import statements as sql
from gateway.ledger.changes import Change, announce
from gateway.store.database import Database
from schemas.findings import Text

_WHO_MOVES = {"contract": Role.PARTNER, "roster": Role.OFFICIAL}


class Transitions:
    """State changes, each with its change event and audit entry in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def move(self, principal: Principal, record: Any, wanted: str) -> str:
        """The new state of `record` (a row its mover may read). Moving to the present state changes nothing.

        Raises Refused (AUTH-005, STATE-001).
        """
        if principal.role not in (_WHO_MOVES[record.kind], Role.OPERATOR):
            raise Refused(problems.FORBIDDEN)
        where = {"tenant_id": record.tenant_id, "kind": record.kind, "key": record.key}
        async with self._database.writing() as connection:
            locked = (await connection.exec_driver_sql(sql.LOCK_RECORD, where)).one()
            if locked.state == wanted:
                return wanted
            if not lifecycle.may_move(record.kind, locked.state, wanted):
                raise Refused(
                    problems.STATE_REFUSED,
                    Text(f"不能从 {locked.state} 变为 {wanted}", f"Cannot go from {locked.state} to {wanted}"),
                    state=locked.state,
                )
            moved = (await connection.exec_driver_sql(sql.MOVE_STATE, {**where, "state": wanted})).one()
            await audit.record(connection, principal, f"{record.kind}.{wanted}", record.code or record.key)
            await announce(connection, [Change.of(moved, "state", wanted, Clock.now())])
        return wanted
