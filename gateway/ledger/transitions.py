"""Moves a record from state to state: the agency signs and voids its contracts, the authority audits rosters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import audit
from gateway.access.accounts import Actor
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.ledger import attested
from gateway.ledger import statements as sql
from gateway.ledger.changes import ChangeEvent, announce, change_of
from gateway.ledger.current import lock
from gateway.ledger.kinds import BEHAVIOURS, OwnLife
from gateway.ledger.lifecycle import state_words
from gateway.ledger.rows import MovedRecord, ProvenRow, RecordKey, RecordRow
from gateway.store.database import Database
from gateway.store.typed import fetch_first
from gateway.transparency.leaves import append
from gateway.trust.keyring import Keyring
from schemas.findings import Text


@dataclass(frozen=True, slots=True)
class Moved:
    """A record that has just moved, its new state, and the hash of the content that it was moved with."""

    record: MovedRecord
    state: str
    content_hash: bytes


OnMove = Callable[[AsyncConnection, Actor, Moved], Awaitable[None]]
"""What else is noted of a move, in its transaction."""


class Transitions:
    """State changes, each with its leaf in the log, its change event and its audit entry in one transaction."""

    def __init__(self, database: Database, keyring: Keyring, on_move: OnMove | None = None) -> None:
        self._database = database
        self._keyring = keyring
        self._on_move = on_move

    async def move(
        self,
        actor: Actor,
        record: RecordRow,
        wanted: str,
        reason: str | None = None,
        *,
        is_same_version: bool = False,
    ) -> str:
        """The new state of `record`, which its mover may read. Moving to the present state changes nothing.
        With `is_same_version` it is only moved as it was read: what was amended since is not (STATE-002).

        The `reason` stays with the record until it moves again or is amended, and goes into the change feed.

        Raises Refused (AUTH-005, STATE-001, LIMIT-005, VERIFY-003 for a row that was altered).
        """
        self._database.durability.must_hold()
        life = BEHAVIOURS[record.kind].life
        if not isinstance(life, OwnLife) or not actor.may(life.power):
            raise Refused(problems.FORBIDDEN)
        own = actor.scope.tenant_id
        if own is not None and record.tenant_id not in (own, *actor.scope.agencies):
            raise Refused(problems.FORBIDDEN)
        key = RecordKey(record.tenant_id, record.kind, record.key)
        async with self._database.writing() as connection:
            locked = await lock(connection, key)
            if is_same_version and locked.version != record.version:
                raise Refused(problems.VERSION_MOVED)
            if locked.state == wanted:
                return wanted
            where = {**key._asdict(), "state": wanted, "reason": reason, "before": life.machine.before(wanted)}
            where["proof"] = await self._proof(connection, key, wanted)
            moved = await fetch_first(connection, sql.MOVE_STATE, where, MovedRecord)
            if moved is None:
                now, then = (state_words(record.kind, state) for state in (locked.state, wanted))
                detail = Text(
                    f"当前状态为“{now.zh}”，不能改为“{then.zh}”", f"It is {now.en} and cannot become {then.en}"
                )
                raise Refused(problems.STATE_REFUSED, detail, state=locked.state)
            found = (await connection.exec_driver_sql(sql.ATTESTED, key._asdict())).mappings().one()
            row = {str(name): value for name, value in found.items()}
            await append(connection, [attested.record_leaf(attested.in_order(row), moved.version, reason)])
            await audit.record(
                connection, actor, f"{record.kind}.{wanted}", record.code or record.key, division=moved.division
            )
            await announce(connection, [change_of(moved, ChangeEvent.STATE, wanted, Clock.now(), reason=reason)])
            if self._on_move is not None:
                await self._on_move(connection, actor, Moved(moved, wanted, bytes(row["content_hash"])))
        return wanted

    async def _proof(self, connection: AsyncConnection, key: RecordKey, wanted: str) -> bytes | None:
        """The proof of the locked record in its new state; None where it had none.

        A row that was altered is not made good by moving it: raises Refused (VERIFY-003).
        """
        row = await fetch_first(connection, sql.PROVEN, key._asdict(), ProvenRow)
        if row is None or row.proof is None:
            return None
        prover = self._keyring.row_prover
        if not prover.holds(row.proof, row):
            raise Refused(problems.ALTERED)
        return prover.prove(replace(row, state=wanted))
