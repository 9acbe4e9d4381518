"""Cleaners for days, times of day and points in time. They give China's, as ISO 8601 text without a zone.

What has a zone is turned to China time, also where only its day or its clock is wanted: `2026-11-30T16:00:00.000Z`,
midnight of 1 December in China as JavaScript and Java write it, is the first of December.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from adapters.mapping.cleaners.dates import day_in, day_with_year_last, from_serial
from adapters.mapping.problems import DATE, DATE_SERIAL, MOMENT, TIME, Dirty
from schemas.findings import Problem

CHINA = timezone(timedelta(hours=8))

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1990, 2100)  # an epoch that falls outside was no epoch
_DIGITS = (8, 10, 13, 14)
_LARGEST = 10**14
_ANY_DAY = "2000-01-02"
_SERIALS_END = 73051  # the day after 2099-12-31 in the 1900 system of spreadsheets

_ZONE = r"(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
_COMPACT = re.compile(rf"(\d{{8}})[T\s]?(\d{{2}}):?(\d{{2}}):?(\d{{2}})?(?:[.,]\d{{1,9}})?\s*{_ZONE}", re.ASCII | re.I)
_EPOCH_TEXT = re.compile(r"-?\d{10}|-?\d{13}", re.ASCII)
_DOTNET = re.compile(r"\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/", re.ASCII)
_SPLIT = re.compile(
    r"(\S.{0,30}?[\d日号)）一二三四五六天])(?:\s*T\s*|\s+|(?<=[日号)）]))(\d{1,2}\s*[:时点].*)", re.ASCII
)
_CLOCK = re.compile(
    rf"(\d{{1,2}})\s*+(?:[时点]|:\s*+(?=\d))\s*+(\d{{1,2}})?\s*+(?:[:分]\s*+(?:(\d{{1,2}})(?:[.,]\d{{1,9}})?\s*+秒?)?)?\s*+{_ZONE}",
    re.ASCII | re.I,
)


def cn_date(value: str | int | float) -> str:
    """The day of `2017/8/4`, `20170804`, `2017年8月4日（周五）`, `二〇一七年八月四日`, `2017-08-04T00:00:00` or `…Z`.

    Numbers are serials of the 1900 date system (42951 is 2017-08-04) or eight digits such as 20170804. Text is a day,
    or a moment, to its last character; a weekday has to be that day's. The zone of a day alone can only be China's.
    """
    if not isinstance(value, str):
        if 19000101 <= value <= 21001231 and value == int(value):
            return cn_date(str(int(value)))
        if not 0 <= value < 1e6:
            raise Dirty(DATE_SERIAL)
        return from_serial(int(value))
    found = day_in(value)
    return _clocked(value, DATE)[:10] if found is None else found


def cn_date_mdy(value: str | int | float) -> str:
    """As `cn_date`, and the day of `12/4/2026` with the month first: 4 December."""
    found = day_with_year_last(value, is_day_first=False) if isinstance(value, str) else None
    return cn_date(value) if found is None else found


def cn_date_dmy(value: str | int | float) -> str:
    """As `cn_date`, and the day of `4/12/2026` with the day first: 4 December."""
    found = day_with_year_last(value, is_day_first=True) if isinstance(value, str) else None
    return cn_date(value) if found is None else found


def cn_time(value: str) -> str:
    """`8:30`, `08:30:00`, `8时30分`, `8点`, or the clock part of a date with time, as `08:30`."""
    if match := _CLOCK.fullmatch(value):
        return _at(_ANY_DAY, match, TIME)[11:16]
    return _clocked(value, TIME)[11:16]


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
    found = day_in(value)
    return _clocked(value, MOMENT if ":" in value else DATE) if found is None else f"{found}T00:00:00"


def _clocked(text: str, problem: Problem) -> str:
    """The moment of a day with a clock behind it. Raises Dirty: `problem` where it is none."""
    if match := _COMPACT.fullmatch(text):
        day = day_in(match[1])
        return _in_zone(_moment(day, int(match[2]), int(match[3]), int(match[4] or 0), problem=problem), match[5])
    if match := _SPLIT.fullmatch(text):
        day, clock = day_in(match[1]), _CLOCK.fullmatch(match[2])
        if day is not None and clock is not None:
            return _at(day, clock, problem)
    raise Dirty(problem)


def _at(day: str, clock: re.Match[str], problem: Problem) -> str:
    moment = _moment(day, int(clock[1]), int(clock[2] or 0), int(clock[3] or 0), problem=problem)
    return _in_zone(moment, clock[4])


def _in_zone(moment: str, zone: str | None) -> str:
    if not zone:
        return moment
    shift = "+00:00" if zone.upper() in ("Z", "UTC", "GMT") else zone if len(zone) > 3 else f"{zone}:00"
    try:
        return _in_china(datetime.fromisoformat(moment + shift))
    except ValueError:  # no zone is a day away
        raise Dirty(MOMENT) from None


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


def _moment(day: str | None, hour: int, minute: int, second: int, *, problem: Problem) -> str:
    if day is None or hour > 23 or minute > 59 or second > 59:
        raise Dirty(problem)
    return f"{day}T{hour:02}:{minute:02}:{second:02}"


def _in_china(moment: datetime) -> str:
    try:
        return moment.astimezone(CHINA).replace(tzinfo=None).isoformat(timespec="seconds")
    except OverflowError:
        raise Dirty(MOMENT) from None
