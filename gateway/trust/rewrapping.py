"""What a master key has wrapped, wrapped by another when it is changed. Each is a transaction of its own, so that it
may be stopped, repeated, and run while everything else does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Executable

from gateway.store.database import Database
from gateway.trust.sealing import MasterKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """One thing that is wrapped, bound to its `place`. `renew` puts `:wrapped` where `:before` and `keys` stand."""

    wrapped: bytes
    place: bytes
    renew: Executable
    keys: Mapping[str, Any] = field(default_factory=dict)


async def rewrap(
    database: Database, master: MasterKey, every: Iterable[Wrapping], note: Callable[[bool], None]
) -> None:
    """Wrap by the present master key what another has wrapped; `note` hears of each whether it was.

    Raises SealBroken for what neither key opens.
    """
    for each in every:
        new = master.rewrapped(each.wrapped, each.place)
        if new is not None:
            async with database.writing() as connection:
                await connection.execute(each.renew, {**each.keys, "before": each.wrapped, "wrapped": new})
        note(new is not None)
