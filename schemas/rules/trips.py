"""The days of a trip: their number and their order."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.findings import warning
from schemas.rules.days import months_after
from schemas.rules.report import Record, Report

DAYS_DIFFER = warning(
    "TRIP-001",
    "天数与起止日期不符，首尾都计入应为 {days} 天",
    "The days do not fit the dates: {days} with both ends counted",
    "改为 {days}，或改正起止日期",
    "Use {days}, or correct the dates",
)
NIGHTS_DIFFER = warning(
    "TRIP-002",
    "夜数多于天数",
    "There are more nights than days",
    "核对天数和夜数",
    "Check the days and nights",
)
DAY_OUTSIDE = warning(
    "TRIP-003",
    "行程第 {day} 天超出起止日期",
    "Day {day} of the itinerary lies outside the trip",
    "核对行程天数和起止日期",
    "Check the itinerary and the dates",
)
DAY_MISSING = warning(
    "TRIP-004",
    "逐日行程缺少第 {day} 天",
    "Day {day} is missing in the itinerary",
    "补充第 {day} 天的安排",
    "Add the programme of day {day}",
)
LONG_PAST = warning(
    "TRIP-005",
    "行程早已结束，结束日期在一个月以前",
    "The trip is long past: it ended more than a month ago",
    "核对年份；补报以往的行程时可忽略",
    "Check the year; ignore this when a trip of the past is filed late",
)


def check_days(record: Record, length: int, itinerary: Sequence[Record], pointer: str, *, report: Report) -> None:
    """A trip of `length` calendar days against its stated days and nights and its day-by-day itinerary."""
    if record.get("days", length) != length:
        report.add(DAYS_DIFFER, "/days", record["days"], days=length)
    if record.get("nights", 0) > length:
        report.add(NIGHTS_DIFFER, "/nights", record["nights"])
    if itinerary:
        _check_itinerary(itinerary, length, pointer, report)


def check_end(return_on: str, pointer: str, report: Report) -> None:
    """A trip that ended more than a month before the day of the check: seldom meant, and its code verifies for ever."""
    if months_after(return_on, 1) < report.today:
        report.add(LONG_PAST, pointer, return_on)


def _check_itinerary(itinerary: Sequence[Record], length: int, pointer: str, report: Report) -> None:
    numbers = [entry["day"] for entry in itinerary]
    present, last = set(numbers), max(numbers)
    if last > length:
        report.add(DAY_OUTSIDE, f"{pointer}/{numbers.index(last)}/day", last, day=last)
    if len(present) < last:
        missing = next(day for day in range(1, int(last)) if day not in present)  # 3.0 is an integer to JSON Schema
        report.add(DAY_MISSING, pointer, day=missing)
