"""The cleaner for a point in time. It gives China Standard Time without a zone: `2026-11-02T09:30:00`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from adapters.mapping.cleaners.dates import cn_date
from adapters.mapping.problems import MOMENT, Dirty

CHINA = timezone(timedelta(hours=8))

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1990, 2100)  # an epoch that falls outside was no epoch
_DIGITS = (8, 10, 13, 14)
_LARGEST = 10**14
_SERIALS_END = 73051  # the day after 2099-12-31 in the 1900 system of spreadsheets

_COMPACT = re.compile(r"(\d{8})[T\s]?(\d{2}):?(\d{2}):?(\d{2})?(?:[.,]\d{1,9})?", re.ASCII)
_EPOCH_TEXT = re.compile(r"-?\d{10}|-?\d{13}", re.ASCII)
_DOTNET = re.compile(r"\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/", re.ASCII)
_SPLIT = re.compile(r"(.+?[\d日号])\s*(?:T|\s|(?<=[日号]))\s*(\d{1,2}[:时点].*)", re.ASCII)
_CLOCK = re.compile(
    r"(\d{1,2})\s*[:时点]\s*(\d{1,2})\s*(?:[:分]\s*(?:(\d{1,2})(?:[.,]\d{1,9})?\s*秒?)?)?\s*(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)


def cn_datetime(value: str | int | float) -> str:
    """The moment of `2026-11-02 09:30:00`, `2026年11月2日 9时30分`, `20261102093000` or `1793583000000`.

    Also `/Date(1793583000000+0800)/` of .NET, ISO 8601 with fractions and a zone, and a day alone, which is its
    midnight. Numbers are epochs (10 or 13 digits), compact dates, or serials of the 1900 date system. What has a zone
    is turned to China time; what has none is taken for China time. Fractions of a second are cut off.
    """
    if not isinstance(value, str):
        return _from_number(value)
    if match := _DOTNET.fullmatch(value):
        return _from_epoch(int(match[1]) / 1000)
    if _EPOCH_TEXT.fullmatch(value):
        return _from_epoch(int(value) / (1000 if len(value.lstrip("-")) > 10 else 1))
    if match := _COMPACT.fullmatch(value):
        return _moment(cn_date(match[1]), int(match[2]), int(match[3]), int(match[4] or 0))
    if match := _SPLIT.fullmatch(value):
        return _with_clock(cn_date(match[1]), match[2])
    if ":" in value:
        raise Dirty(MOMENT)
    return f"{cn_date(value)}T00:00:00"


def _with_clock(day: str, clock: str) -> str:
    match = _CLOCK.fullmatch(clock)
    if match is None:
        raise Dirty(MOMENT)
    moment = _moment(day, int(match[1]), int(match[2]), int(match[3] or 0))
    return _in_china(datetime.fromisoformat(moment + _zone(match[4]))) if match[4] else moment


def _zone(text: str) -> str:
    return "+00:00" if text in "Zz" else text


def _from_number(value: int | float) -> str:
    if not 0 < value < _LARGEST:
        raise Dirty(MOMENT)
    if value < _SERIALS_END:
        midnight = datetime.fromisoformat(cn_date(int(value)))
        return (midnight + timedelta(seconds=round(value % 1 * 86400))).isoformat()
    if value != int(value) or len(str(int(value))) not in _DIGITS:
        raise Dirty(MOMENT)
    return cn_datetime(str(int(value)))


def _from_epoch(seconds: float) -> str:
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        raise Dirty(MOMENT) from None
    if moment.year not in _YEARS:
        raise Dirty(MOMENT)
    return _in_china(moment)


def _moment(day: str, hour: int, minute: int, second: int) -> str:
    if hour > 23 or minute > 59 or second > 59:
        raise Dirty(MOMENT)
    return f"{day}T{hour:02}:{minute:02}:{second:02}"


def _in_china(moment: datetime) -> str:
    try:
        return moment.astimezone(CHINA).replace(tzinfo=None).isoformat(timespec="seconds")
    except OverflowError:
        raise Dirty(MOMENT) from None
