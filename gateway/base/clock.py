"""The one clock: every moment and every day of the service comes from here.

Moments are UTC. A day of the domain - issued today, due, a contract's year - is a day in China, also between midnight
and eight in the morning, when the UTC day is still the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


class Clock:
    """What time it is, for the whole process."""

    _stands_at: ClassVar[datetime | None] = None

    @classmethod
    def now(cls) -> datetime:
        """This moment, in UTC."""
        return cls._stands_at or datetime.now(UTC)

    @classmethod
    def china_today(cls) -> date:
        """The day it is in China."""
        return day_in_china(cls.now())

    @classmethod
    @contextmanager
    def standing_at(cls, moment: datetime) -> Iterator[None]:
        """For tests: the clock of this process stands still at an aware `moment`."""
        before, cls._stands_at = cls._stands_at, moment.astimezone(UTC)
        try:
            yield
        finally:
            cls._stands_at = before


def day_in_china(moment: datetime) -> date:
    """The day on which a moment falls in China."""
    return moment.astimezone(CHINA).date()


def years_before(day: date, years: int) -> date:
    """The same day so many years earlier; of 29 February the 28th, where there is none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def read_moment(text: str) -> datetime:
    """A moment that somebody wrote (ISO 8601), in UTC; without a zone it is the clock in China. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment at the end of time") from None


def in_china(moment: datetime) -> str:
    """A moment as portals write it: `2026-11-02T09:30:00`."""
    return moment.astimezone(CHINA).replace(tzinfo=None).isoformat(timespec="seconds")


def china_now() -> str:
    """Our clock as portals write theirs."""
    return in_china(Clock.now())
