"""Announces what happened to records: rows of the outbox, numbered once they have committed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.ledger import statements as sql
from gateway.ledger.rows import NewChange
from gateway.store.database import Database

_MOST_AT_ONCE = 10_000


class ChangeEvent(StrEnum):
    """What may happen: to records, to large documents (`done`), and to pledges that wait (`reminder`, `overdue`)."""

    CREATED = "created"
    AMENDED = "amended"
    STATE = "state"
    DOCUMENT = "document"
    DONE = "done"
    REMINDER = "reminder"
    OVERDUE = "overdue"


OF_RECORDS = (ChangeEvent.CREATED, ChangeEvent.AMENDED, ChangeEvent.STATE, ChangeEvent.DOCUMENT)
"""What may happen to a record of any kind."""


class Changed(Protocol):
    """A stored record that something happened to."""

    @property
    def tenant_id(self) -> int: ...
    @property
    def sender_id(self) -> int: ...
    @property
    def division(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def code(self) -> str | None: ...


def change_of(record: Changed, event: ChangeEvent, state: str, at: datetime, *, reason: str | None = None) -> NewChange:
    """An event of a stored record, which is in `state` then, and why, when whoever moved it has said so."""
    return NewChange(
        tenant_id=record.tenant_id,
        sender_id=record.sender_id,
        division=record.division,
        kind=record.kind,
        key=record.key,
        event=event.value,
        version=record.version,
        state=state,
        code=record.code,
        at=at,
        reason=reason,
    )


async def announce(connection: AsyncConnection, changes: Sequence[NewChange]) -> None:
    """Store `changes`, in their order. They are numbered when somebody asks for what is new, after their commit."""
    if changes:
        await connection.exec_driver_sql(sql.ANNOUNCE, sql.CHANGES.parameters(changes))


async def number_changes(database: Database) -> int:
    """The high-water mark, once everything that has committed has its position: nothing new appears at or below it.

    Not to be called by whoever holds a connection of the database.
    """
    async with database.counting() as connection:
        while True:
            mark, is_more = (await connection.execute(sql.NUMBER, {"most": _MOST_AT_ONCE})).one()
            if not is_more:
                return mark
