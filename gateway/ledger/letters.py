"""Dead letters in the book: the only place that changes them. What is done with them is in `gateway.dead_letters`."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.ledger import statements as sql
from gateway.ledger.rows import LetterSource
from gateway.ledger.states import LETTERS, REPLAYABLE, LetterState
from gateway.store.typed import fetch_one


class LetterKey(NamedTuple):
    """Which record of which submission did not pass."""

    id: UUID
    ordinal: int


async def lock_source(connection: AsyncConnection, letter: LetterKey) -> LetterSource:
    """The source of a letter, which nobody else edits until the transaction ends."""
    return await fetch_one(connection, sql.LOCK_LETTER, letter._asdict(), LetterSource)


async def edit(connection: AsyncConnection, letter: LetterKey, edited: bytes) -> bool:
    """Put an edit, sealed, in the place of the source; the letter is open again. False when it is resolved."""
    where = _where(letter, LETTERS.before(LetterState.OPEN))
    return (await connection.execute(sql.EDIT_LETTER, {**where, "edited": edited})).rowcount == 1


async def resolve(connection: AsyncConnection, letter: LetterKey, by: UUID) -> None:
    """The record has come through, with the submission `by`."""
    await connection.execute(sql.RESOLVE_LETTER, {**_where(letter, REPLAYABLE), "by": by})


async def count_failure(connection: AsyncConnection, letter: LetterKey, most: int) -> LetterState | None:
    """Count a replay that failed; the state then, which is parked after `most` of them. None when it is resolved."""
    result = await connection.execute(sql.FAIL_LETTER, {**_where(letter, REPLAYABLE), "most": most})
    state = result.scalar_one_or_none()
    return None if state is None else LetterState(state)


def _where(letter: LetterKey, before: list[str]) -> dict[str, Any]:
    return {**letter._asdict(), "before": before}
