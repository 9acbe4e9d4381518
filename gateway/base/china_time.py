"""China Standard Time, the only zone portals, calendars and officials know."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

_CHINA = ZoneInfo("Asia/Shanghai")


def in_china(moment: datetime) -> str:
    """A moment as portals write it: `2026-11-02T09:30:00`."""
    return moment.astimezone(_CHINA).replace(tzinfo=None).isoformat(timespec="seconds")


def china_now() -> str:
    """Our clock as portals write theirs."""
    return in_china(datetime.now(_CHINA))


def china_today() -> date:
    """The day that a deadline is counted from."""
    return datetime.now(_CHINA).date()
