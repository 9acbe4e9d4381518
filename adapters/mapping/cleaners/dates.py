"""Days as partners write them, alone: what stands beside a day (a clock, a zone) is `moments`' to read.

Nothing is overlooked: text that is not a day to its last character is none.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from adapters.mapping.problems import DATE_IMPOSSIBLE, DATE_SERIAL, Dirty

# The 1900 system counts a 29 February 1900 that never was; from March 1900 the epoch below is right.
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(3654, 73051)  # 1910-01-01 to 2099-12-31: a smaller or larger number is not a date anybody meant

_WEEKDAY = r"(?:\s*+[（(]?\s*+(?:星期|礼拜|周)([一二三四五六日天])\s*[)）]?)?"
_DELIMITED = re.compile(
    rf"(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*+[日号]?(?:\+08:?00)?{_WEEKDAY}", re.ASCII
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_SERIAL = re.compile(r"(\d{4,5})(?:\.\d+)?", re.ASCII)
_CHINESE = re.compile(
    rf"([〇零○一二三四五六七八九]{{4}})年([一二三四五六七八九十]{{1,2}})月([一二三四五六七八九十廿]{{1,3}})[日号]?{_WEEKDAY}"
)
_MONTH_AND_DAY = re.compile(rf"(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*+[日号]?{_WEEKDAY}", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})", re.ASCII)
_YEAR_ALONE = re.compile(r"\d{4}", re.ASCII)
_LEAP_YEAR = 2000
_DIGITS = {digit: str(value) for value, digit in enumerate("零一二三四五六七八九")} | {"〇": "0", "○": "0"}
_WEEKDAYS = "一二三四五六日"


def day_in(text: str) -> str | None:
    """The day that `text` is, as ISO 8601; None when it is none. Raises Dirty for a day that no calendar has."""
    if match := _DELIMITED.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3]), match[4])
    if match := _COMPACT.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _SERIAL.fullmatch(text):
        return from_serial(int(match[1]))
    if match := _CHINESE.fullmatch(text):
        year = int("".join(_DIGITS[digit] for digit in match[1]))
        return _day(year, _small_number(match[2]), _small_number(match[3]), match[4])
    return None


def day_with_year_last(text: str, *, is_day_first: bool) -> str | None:
    """The day of `12/4/2026` (4 December) or, with the day first, of `4/12/2026`; None when it is not written so.

    Raises Dirty for a day that no calendar has: the thirteenth month shows that the order is another one.
    """
    match = _YEAR_LAST.fullmatch(text)
    if match is None:
        return None
    month, day = (match[2], match[1]) if is_day_first else (match[1], match[2])
    return _day(int(match[3]), int(month), int(day))


def is_day_of_some_year(text: str, *, is_day_first: bool = False) -> bool:
    """Whether a text is a month and a day without a year (`10.1`, `10月1日`), in that order unless the day is first."""
    match = _MONTH_AND_DAY.fullmatch(text)
    return match is not None and _of_year(match, _LEAP_YEAR, is_day_first=is_day_first) is not None


def day_near(text: str, known: str, *, is_day_first: bool = False) -> str:
    """The day of a month and a day in the year `known` (2026), or nearest to the day `known` (2026-12-30).

    Raises Dirty for a day that the calendar does not have then, or that is not the day of the week it is said to be.
    """
    match = _MONTH_AND_DAY.fullmatch(text)
    if match is None:
        raise Dirty(DATE_IMPOSSIBLE)
    if _YEAR_ALONE.fullmatch(known):
        days = [_of_year(match, int(known), is_day_first=is_day_first)]
    else:
        other = date.fromisoformat(known)
        days = [_of_year(match, other.year + shift, is_day_first=is_day_first) for shift in (-1, 0, 1)]
        days = sorted((day for day in days if day), key=lambda day: abs(day - other))
    if not days or days[0] is None:
        raise Dirty(DATE_IMPOSSIBLE)
    return _day(days[0].year, days[0].month, days[0].day, match[3])


def _of_year(match: re.Match[str], year: int, *, is_day_first: bool) -> date | None:
    month, day = (match[2], match[1]) if is_day_first and "月" not in match[0] else (match[1], match[2])
    try:
        return date(year, int(month), int(day))
    except ValueError:
        return None


def from_serial(serial: int) -> str:
    """The day of a serial of the 1900 date system. Raises Dirty."""
    if serial not in _SERIALS:
        raise Dirty(DATE_SERIAL)
    return (_EXCEL_EPOCH + timedelta(days=serial)).isoformat()


def _day(year: int, month: int, day: int, weekday: str | None = None) -> str:
    """The day, when there is one, and it is the day of the week that it is said to be."""
    try:
        found = date(year, month, day)
    except ValueError:
        raise Dirty(DATE_IMPOSSIBLE) from None
    if weekday and _WEEKDAYS[found.weekday()] != weekday.replace("天", "日"):
        raise Dirty(DATE_IMPOSSIBLE)
    return found.isoformat()


def _small_number(text: str) -> int:
    """八 10 十 11 十一 20 二十 31 三十一 廿一."""
    text = text.replace("廿", "二十")
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int("".join(_DIGITS[digit] for digit in text)) if len(text) == 1 else 0
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return 0
    return int(_DIGITS[tens] if tens else "1") * 10 + int(_DIGITS[ones] if ones else "0")
