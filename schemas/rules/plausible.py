"""Whether a record that is right may be meant: a wrong unit, century or year shows by its size. Warnings only.

The bounds are data (`usual.json`), which a connector may set otherwise.
"""

from __future__ import annotations

from schemas.codelists import codelist
from schemas.findings import Text, warning
from schemas.rules.days import months_after, span
from schemas.rules.report import Record, Report

PRICE = warning(
    "PLAUSIBLE-001",
    "每人每天约 {price} 元，{type}通常为 {least} 至 {most} 元",
    "About {price} yuan a head and day; usual are {least} to {most} ({type})",
    "核对金额的单位（元、分、万元）、人数和起止日期；确为实际价格时可忽略",
    "Check the unit of the amount (yuan, fen, ten thousands), the people and the dates; ignore this if it is the price",
)
DEPOSIT = warning(
    "PLAUSIBLE-002",
    "质量保证金为应交存数额 {due} 元的 {times} 倍",
    "The deposit is {times} times the {due} yuan that are due",
    "核对金额的单位（元、万元）和小数点；分支机构众多的可忽略",
    "Check the unit of the amount and its decimal point; ignore this where there are many branches",
)
AGE = warning(
    "PLAUSIBLE-003",
    "出发时 {age} 岁，通常不超过 {most} 岁",
    "{age} years old at departure; more than {most} is unusual",
    "核对出生日期的年份",
    "Check the year of birth",
)
LENGTH = warning(
    "PLAUSIBLE-004",
    "行程 {days} 天，{type}通常不超过 {most} 天",
    "The trip takes {days} days; more than {most} is unusual ({type})",
    "核对起止日期的年份和月份",
    "Check year and month of both dates",
)
PEOPLE = warning(
    "PLAUSIBLE-005",
    "共 {people} 人，一条记录通常不超过 {most} 人",
    "{people} people; more than {most} in one record is unusual",
    "核对人数；多个团队请分别报送",
    "Check the number; report several groups one by one",
)
AHEAD = warning(
    "PLAUSIBLE-006",
    "出发日期在 {months} 个月以后",
    "The departure is more than {months} months away",
    "核对出发日期的年份",
    "Check the year of departure",
)
SIGNED_LONG_BEFORE = warning(
    "PLAUSIBLE-007",
    "签订日期比出发日期早 {months} 个月以上",
    "Signed more than {months} months before the departure",
    "核对签订日期和出发日期的年份",
    "Check the years of signature and departure",
)


def check_price(record: Record, report: Report) -> None:
    """Rule: the price of a contract a head and a day. What is free of charge has a finding of its own."""
    bounds = report.usual.of("price", record["contract_type"])
    if bounds is None or record["return_on"] < record["depart_on"]:
        return
    total, days = float(record["total_price"]), span(record["depart_on"], record["return_on"])
    price = total / (record["headcount"] * days)
    if total and not bounds[0] <= price <= bounds[1]:
        words = codelist("contract_types")[record["contract_type"]]
        report.add(PRICE, "/total_price", record["total_price"], price=f"{price:.2f}", type=words, **_shown(bounds))


def check_contract(record: Record, report: Report) -> None:
    """Rule: the size of a contract: days, people, and when it was signed."""
    kind = record["contract_type"]
    trip = record["depart_on"], record["return_on"]
    _check_length(kind, trip, "/return_on", codelist("contract_types")[kind], report=report)
    _check_people("contract", "headcount", record, report)
    bounds = report.usual.of("months_signed_before", "contract")
    signed = record.get("signed_on")
    if bounds is not None and signed and months_after(signed, int(bounds[1])) < record["depart_on"]:
        report.add(SIGNED_LONG_BEFORE, "/signed_on", signed, months=int(bounds[1]))


def check_roster(record: Record, begin: str | None, end: str | None, report: Report) -> None:
    """The size of a roster: days and people, and how far away it is."""
    kind = record["roster_type"]
    _check_people("roster", "total_count", record, report)
    if begin is None or end is None:
        return
    pointer = "/entry_date" if end == record.get("entry_date") else "/return_on"
    _check_length(kind, (begin, end), pointer, codelist("roster_types")[kind], report=report)
    bounds = report.usual.of("months_ahead", "roster")
    if bounds is not None and begin > months_after(report.today, int(bounds[1])):
        pointer = "/exit_date" if begin == record.get("exit_date") else "/depart_on"
        report.add(AHEAD, pointer, begin, months=int(bounds[1]))


def check_deposit_size(kind: str, deposit: str, due: float, report: Report) -> None:
    """A deposit that is a power of ten above the least that is due; one below it has a finding of its own."""
    bounds = report.usual.of("deposit", kind)
    times = float(deposit) / due
    if bounds is not None and times > bounds[1]:
        report.add(DEPOSIT, "/deposit", deposit, times=f"{times:.1f}".removesuffix(".0"), due=int(due))


def _check_length(kind: str, trip: tuple[str, str], pointer: str, words: Text, *, report: Report) -> None:
    bounds = report.usual.of("days", kind)
    if bounds is not None and (days := span(*trip)) > bounds[1]:
        report.add(LENGTH, pointer, trip[1], days=days, type=words, most=int(bounds[1]))


def _check_people(kind: str, name: str, record: Record, report: Report) -> None:
    bounds = report.usual.of("people", kind)
    if bounds is not None and record[name] > bounds[1]:
        report.add(PEOPLE, f"/{name}", record[name], people=record[name], most=int(bounds[1]))


def _shown(bounds: tuple[float, float]) -> dict[str, str]:
    return {"least": f"{bounds[0]:g}", "most": f"{bounds[1]:g}"}
