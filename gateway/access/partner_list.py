"""Partners in sight, with how their credentials stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from gateway.access import statements as sql
from gateway.access.rows import PartnerRow
from gateway.base.clock import Clock
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch, fetch_first

MOST_COUNTED = 10_000
SOON = timedelta(days=30)
"""A credential that expires before that is one to renew."""


class CredentialsState(StrEnum):
    """What somebody looks for among partners."""

    EXPIRING = "expiring"
    UNUSED = "unused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtPartners:
    """Which partners: by a part of their name or title, or a whole credit code; by how their credentials stand."""

    text: str = ""
    state: CredentialsState | None = None

    def columns(self) -> dict[str, Any]:
        text = self.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return {
            "name": None,
            "like": f"%{text}%" if text else None,
            "exactly": self.text.upper(),
            "state": None if self.state is None else self.state.value,
            "soon": Clock.now() + SOON,
        }


class Partners:
    """Looks at partners: whoever has, or had, a credential."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(self, scope: Scope, sought: SoughtPartners, limit: int, offset: int = 0) -> Sequence[PartnerRow]:
        """Partners in sight, by title."""
        async with self._database.reading(scope) as connection:
            where = sought.columns() | {"limit": limit, "offset": offset}
            return await fetch(connection, sql.PARTNERS, where, PartnerRow)

    async def count(self, scope: Scope, sought: SoughtPartners) -> int:
        """How many there are, as far as `MOST_COUNTED` and one."""
        async with self._database.reading(scope) as connection:
            where = sought.columns() | {"most": MOST_COUNTED + 1}
            counted: int = (await connection.execute(sql.COUNT_PARTNERS, where)).scalar_one()
        return counted

    async def named(self, scope: Scope, name: str) -> PartnerRow | None:
        """The partner of that name, if it is in sight."""
        async with self._database.reading(scope) as connection:
            where = SoughtPartners().columns() | {"name": name, "limit": 1, "offset": 0}
            return await fetch_first(connection, sql.PARTNERS, where, PartnerRow)
