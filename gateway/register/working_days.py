"""The working days of authorities, from the table in the database. An unknown year is an error, never a guess.

The State Council announces holidays and the weekends worked in exchange in the autumn before; an administrator then
extends the table (`yizhan calendar extend`). The first day does not count: five working days after Friday 2017-07-14
is Friday 2017-07-21.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, timedelta

from gateway import audit
from gateway.access.accounts import Actor
from gateway.register import statements as sql
from gateway.register.rows import Calendar
from gateway.store.database import Database
from gateway.store.typed import fetch_one

_WORDS = {"1": True, "true": True, "是": True, "0": False, "false": False, "否": False}


class BadCalendar(ValueError):
    """A table of days that cannot be taken. The text says which line and why, in both languages."""


class WorkingDays:
    """The calendar of one process; it follows what administrators add and correct."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._digest = ""
        self._known: frozenset[date] = frozenset()
        self._working: list[date] = []

    async def refresh(self) -> None:
        async with self._database.writing() as connection:
            if (digest := (await connection.execute(sql.DIGEST)).scalar_one()) == self._digest:
                return
            read = await fetch_one(connection, sql.CALENDAR, {}, Calendar)
        self._known = frozenset(read.known)
        self._working = read.working
        self._digest = digest

    def after(self, day: date, count: int) -> date | None:
        """The `count`-th working day after `day`; None when the calendar does not reach so far."""
        at = bisect_right(self._working, day) + count - 1
        if at >= len(self._working) or not self._covers(day, self._working[at]):
            return None
        return self._working[at]

    def between(self, day: date, until: date) -> int | None:
        """How many working days lie after `day` up to and with `until`; None when the calendar does not cover them."""
        if not self._covers(day, until):
            return None
        return bisect_right(self._working, until) - bisect_right(self._working, day)

    def _covers(self, first: date, last: date) -> bool:
        return all(first + timedelta(days=n) in self._known for n in range(1, (last - first).days + 1))

    async def extend(self, actor: Actor, lines: Iterable[str], source: str) -> int:
        """Store one or more whole years: CSV with day,is_working[,name]. Returns the days. Raises BadCalendar.

        What was due before stays due on its day.
        """
        days = _days_of(lines)
        for year in {day.year for day, _, _ in days}:
            expected = (date(year + 1, 1, 1) - date(year, 1, 1)).days
            if (given := len({day for day, _, _ in days if day.year == year})) != expected:
                raise BadCalendar(
                    f"{year} 年应有 {expected} 天，给出 {given} 天 / {year} has {expected} days, not {given}"
                )
        rows = [{"day": day, "is_working": works, "name": name, "source": source} for day, works, name in days]
        async with self._database.writing() as connection:
            await connection.execute(sql.PUT_DAYS, rows)
            await audit.record(connection, actor, "calendar.extend", source, days=len(rows))
        await self.refresh()
        return len(rows)


def _days_of(lines: Iterable[str]) -> list[tuple[date, bool, str]]:
    days = []
    for number, row in enumerate(csv.DictReader(lines), 2):
        try:
            works = _WORDS[row["is_working"].strip().lower()]
            days.append((date.fromisoformat(row["day"]), works, row.get("name") or ""))
        except (KeyError, ValueError, AttributeError):
            form = "day,is_working,name"
            raise BadCalendar(f"第 {number} 行应为 {form} / line {number} is not {form}") from None
    if not days:
        raise BadCalendar("没有任何日期 / there is no day in it")
    return days
