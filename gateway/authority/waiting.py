"""How much waits for somebody, in numbers: what a menu shows, and an official's own system may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gateway.authority import statements as sql
from gateway.authority.open_differences import Differences, SoughtDifferences
from gateway.authority.rows import CountedRow
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch_one

MOST_COUNTED = 1000
"""As far as is counted: whoever has more to do than that need not know exactly how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What waits in sight: rosters to audit, pledges, filings, confirmed guides and leaders to decide, guides that an
    agency declined, model contracts to make and to review, differences and the discrepancies among them, alerts, dead
    letters.
    """

    rosters: int
    pledges: int
    filings: int
    guides: int
    declined: int
    leaders: int
    templates_to_make: int
    templates_to_review: int
    differences: int
    discrepancies: int
    alerts: int
    dead_letters: int
    oldest: Mapping[str, datetime]
    """Since when the oldest of a count has waited, as far as that is known."""
    due: Mapping[str, date]
    """The day on which the most urgent of a count is due, where there is one."""

    def columns(self) -> dict[str, Any]:
        """By name."""
        return {name: getattr(self, name) for name in self.__slots__}

    def counts(self) -> dict[str, int]:
        """The numbers alone."""
        return {name: value for name, value in self.columns().items() if isinstance(value, int)}


class Waiting:
    """Counts what waits."""

    def __init__(self, database: Database, differences: Differences) -> None:
        self._database = database
        self._differences = differences

    async def counted(self, scope: Scope) -> Counted:
        """Everything that waits in a scope, each count at most as far as is counted."""
        async with self._database.reading(scope) as connection:
            row = await fetch_one(connection, sql.COUNTED, {"most": MOST_COUNTED}, CountedRow)
        found = await self._differences.counted(scope, SoughtDifferences(), MOST_COUNTED)
        return Counted(
            rosters=row.rosters,
            pledges=row.pledges,
            filings=row.filings,
            guides=row.guides,
            declined=row.declined,
            leaders=row.leaders,
            templates_to_make=row.templates_to_make,
            templates_to_review=row.templates_to_review,
            differences=found.every,
            discrepancies=found.discrepancies,
            alerts=row.alerts,
            dead_letters=row.dead_letters,
            oldest={
                name: since
                for name, since in {
                    "rosters": row.oldest_roster,
                    "pledges": row.oldest_pledge,
                    "filings": row.oldest_filing,
                    "guides": row.oldest_guide,
                    "declined": row.oldest_declined,
                    "leaders": row.oldest_leader,
                    "alerts": row.oldest_alert,
                    "differences": found.oldest,
                }.items()
                if since is not None
            },
            due={
                name: day
                for name, day in {"pledges": row.pledge_due, "filings": row.filing_due}.items()
                if day is not None
            },
        )
