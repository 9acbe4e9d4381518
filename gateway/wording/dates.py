"""Days and moments as people read them, in Beijing time."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from gateway.base.clock import CHINA
from gateway.wording.languages import ZH


@lru_cache(maxsize=4096)
def day(value: date | None, language: str) -> str:
    """A date as it is printed in contracts."""
    if value is None:
        return "—"
    return f"{value.year}年{value.month}月{value.day}日" if language == ZH else f"{value.day} {value:%B} {value.year}"


def short_day(value: date, language: str) -> str:
    """A date of the last months, as short as a column on a phone."""
    return f"{value.month}月{value.day}日" if language == ZH else f"{value.day} {value:%b}"


def short_moment(value: datetime, language: str) -> str:
    """A point in time of the last months, in Beijing time."""
    local = value.astimezone(CHINA)
    return f"{short_day(local.date(), language)} {local.hour:02d}:{local.minute:02d}"


def moment(value: datetime, language: str) -> str:
    """A point in time, to the minute, in Beijing time."""
    local = value.astimezone(CHINA)
    return f"{day(local.date(), language)} {local.hour:02d}:{local.minute:02d}"
