"""Cleaners for days and times of day. They give ISO 8601 text: `2017-08-04`, `08:30`."""

from __future__ import annotations

import re
from datetime import date, timedelta

from adapters.mapping.problems import DATE, DATE_IMPOSSIBLE, DATE_SERIAL, TIME, Dirty

# The 1900 system counts a 29 February 1900 that never was; from March 1900 the epoch below is right.
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(3654, 73051)  # 1910-01-01 to 2099-12-31: a smaller or larger number is not a date anybody meant

_DELIMITED = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[T\s].*)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{4}|\d{6})?", re.ASCII)
_SERIAL = re.compile(r"(\d{4,5})(?:\.\d+)?", re.ASCII)
_CHINESE = re.compile(
    r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十廿]{1,3})[日号]?"
)
_TIME = re.compile(r"(\d{1,2})\s*[:时点]\s*(\d{1,2})?\s*分?(?::\d{2}(?:\.\d+)?)?", re.ASCII)
_CLOCK_IN_DATE = re.compile(r".*\d[T\s](\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_DIGITS = {digit: str(value) for value, digit in enumerate("零一二三四五六七八九")} | {"〇": "0", "○": "0"}


def cn_date(value: str | int | float) -> str:
    """The day of `2017/8/4`, `20170804`, `2017年8月4日`, `二〇一七年八月四日` or `2017-08-04T00:00:00`.

    Numbers are serials of the 1900 date system (42951 is 2017-08-04) or eight digits such as 20170804.
    """
    if not isinstance(value, str):
        return _from_number(value)
    if match := _DELIMITED.fullmatch(value) or _COMPACT.fullmatch(value):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _SERIAL.fullmatch(value):
        return _from_serial(int(match[1]))
    if match := _CHINESE.fullmatch(value):
        year = int("".join(_DIGITS[digit] for digit in match[1]))
        return _day(year, _small_number(match[2]), _small_number(match[3]))
    raise Dirty(DATE)


def cn_time(value: str) -> str:
    """`8:30`, `08:30:00`, `8时30分`, `8点`, or the clock part of a date with time, as `08:30`."""
    if inner := _CLOCK_IN_DATE.fullmatch(value):
        value = inner[1]
    match = _TIME.fullmatch(value)
    if match is None:
        raise Dirty(TIME)
    hour, minute = int(match[1]), int(match[2] or 0)
    if hour > 23 or minute > 59:
        raise Dirty(TIME)
    return f"{hour:02}:{minute:02}"


def _from_number(value: int | float) -> str:
    if 19000101 <= value <= 21001231 and value == int(value):
        return cn_date(str(int(value)))
    if not 0 <= value < 1e6:
        raise Dirty(DATE_SERIAL)
    return _from_serial(int(value))


def _from_serial(serial: int) -> str:
    if serial not in _SERIALS:
        raise Dirty(DATE_SERIAL)
    return (_EXCEL_EPOCH + timedelta(days=serial)).isoformat()


def _day(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise Dirty(DATE_IMPOSSIBLE) from None


def _small_number(text: str) -> int:
    """八 10 十 11 十一 20 二十 31 三十一 廿一."""
    text = text.replace("廿", "二十")
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int("".join(_DIGITS[digit] for digit in text)) if len(text) == 1 else 0
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return 0
    return int(_DIGITS[tens] if tens else "1") * 10 + int(_DIGITS[ones] if ones else "0")
