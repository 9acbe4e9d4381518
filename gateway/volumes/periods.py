"""The periods in which a partner sends its records, as days in China. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from adapters.connector import Frequency


class Period(NamedTuple):
    """Whole days from `first` to the one before `until`."""

    first: date
    until: date

    @property
    def days(self) -> str:
        """`2026-11-23` or `2026-11-23/2026-11-29`."""
        last = self.until - timedelta(days=1)
        return f"{self.first}" if self.first == last else f"{self.first}/{last}"


def last_period(frequency: Frequency, today: date) -> Period:
    """The last period that is over: yesterday, the week from Monday to Sunday before this, the month before this."""
    match frequency:
        case Frequency.DAILY:
            return Period(today - timedelta(days=1), today)
        case Frequency.WEEKLY:
            monday = today - timedelta(days=today.weekday())
            return Period(monday - timedelta(days=7), monday)
        case Frequency.MONTHLY:
            first = today.replace(day=1)
            return Period((first - timedelta(days=1)).replace(day=1), first)
