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
