"""Arithmetic on canonical dates, which are ISO text. Trips share their dates, so results are remembered."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=4096)
def years_before(day: str, years: int) -> str:
    """The same day so many years earlier; 29 February counts as 1 March in common years, as ages do."""
    earlier = f"{int(day[:4]) - years:04d}{day[4:]}"
    return earlier if _exists(earlier) else f"{earlier[:4]}-03-01"


@lru_cache(maxsize=4096)
def months_after(day: str, months: int) -> str:
    """The same day so many months later, or the last day of a shorter month."""
    start = date.fromisoformat(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1])).isoformat()


@lru_cache(maxsize=4096)
def span(first: str, last: str) -> int:
    """Calendar days from `first` to `last`, both counted."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days + 1


def age_on(day: str, birth_date: str) -> int:
    """Completed years on `day`."""
    return (_number(day) - _number(birth_date)) // 10_000


@lru_cache(maxsize=32_768)
def _number(day: str) -> int:
    """20170804: ten thousand to the year, so that differences count birthdays and not days."""
    return int(day.replace("-", ""))


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True
