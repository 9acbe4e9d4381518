"""The people of a record: their documents, ages and numbers, and that each is listed once."""

from __future__ import annotations

import re

from schemas.findings import error, warning
from schemas.rules.days import age_on, years_before
from schemas.rules.documents import check_document, check_resident_id, check_validity
from schemas.rules.plausible import AGE
from schemas.rules.report import Record, Report

MINOR_ALONE = warning(
    "PERSON-014",
    "出发时未满 18 周岁，未填写监护人",
    "Under 18 at departure, and no guardian is given",
    "填写 guardian（监护人姓名、关系、电话）",
    "Fill in guardian (name, relation, phone)",
)
DUPLICATE_DOCUMENT = error(
    "PERSON-015",
    "证件号码与第 {row} 位旅游者相同",
    "The same document number as traveller {row}",
    "删除重复的一行，或改正证件号码",
    "Remove the repeated row, or correct the number",
)
SAME_PERSON = warning(
    "PERSON-016",
    "姓名和出生日期与第 {row} 位旅游者相同",
    "The same name and birth date as traveller {row}",
    "确认是否为同一人；确为两人时可忽略",
    "Make sure they are two people; if so, ignore this",
)
BORN_LATER = error(
    "PERSON-017",
    "出生日期晚于今天",
    "The birth date lies in the future",
    "核对出生日期",
    "Check the birth date",
)
AGE_DIFFERS = warning(
    "PERSON-018",
    "年龄与出生日期不符，出发时应为 {age} 岁",
    "The age does not fit the birth date: {age} at departure",
    "改为 {age}，或不发送年龄",
    "Use {age}, or leave the age out",
)
MOBILE_FORM = warning(
    "PERSON-019",
    "不是 11 位的内地手机号码",
    "Not a mainland mobile number of 11 digits",
    "核对号码；境外号码以 + 和国家代码开头",
    "Check it; numbers abroad begin with + and the country code",
)
BORN_LONG_AGO = warning(
    "PERSON-020",
    "按出生日期计算已满 120 周岁",
    "120 years old or more by the birth date",
    "核对出生日期的年份",
    "Check the year of birth",
)

_ADULT = 18
_OLDEST = 120
_MOBILE = re.compile(r"1[3-9][0-9]{9}|\+.*").fullmatch


def check_travellers(record: Record, report: Report, *, depart_on: str, return_on: str | None, abroad: bool) -> None:
    """Every traveller of the record. `abroad`: the trip crosses the border, so passports must last longer."""
    oldest = _oldest(report)
    adult_if_born_by, usual_if_born_after = years_before(depart_on, _ADULT), years_before(depart_on, oldest + 1)
    people = record["travellers"]
    for index, person in enumerate(people):
        pointer = f"/travellers/{index}"
        document = person["document"]
        birth_date = check_document(person, pointer, report)
        if "expires_on" in document or "issued_on" in document:
            check_validity(document, f"{pointer}/document", return_on=return_on, abroad=abroad, report=report)
        if "resident_id" in person:
            check_resident_id(person, pointer, report)
        if birth_date is not None:
            if not usual_if_born_after < birth_date <= adult_if_born_by:
                _check_unusual_age(person, birth_date, pointer, depart_on, report=report)
            if "age" in person and person["age"] != (age := age_on(depart_on, birth_date)):
                report.add(AGE_DIFFERS, f"{pointer}/age", person["age"], age=age)
        elif person.get("age", 0) > oldest:
            report.add(AGE, f"{pointer}/age", person["age"], age=person["age"], most=oldest)
        if "mobile" in person and not _MOBILE(person["mobile"]):
            report.add(MOBILE_FORM, f"{pointer}/mobile", person["mobile"])
    # Counting distinct values is cheap; which ones repeat is only worked out when some do.
    if len({person["document"]["number"] for person in people}) < len(people):
        _report_repeated_documents(people, report)
    elif len({person["name"] for person in people}) < len(people):
        _report_repeated_people(people, report)


def check_mobile(number: str, pointer: str, report: Report) -> None:
    """A mobile number: 11 digits beginning with 13 to 19, or one that states its country with a plus sign."""
    if not _MOBILE(number):
        report.add(MOBILE_FORM, pointer, number)


def _oldest(report: Report) -> int:
    """The greatest age that is usual; nobody is as old as `_OLDEST`, whatever a connector says."""
    bounds = report.usual.of("age", "traveller")
    return _OLDEST - 1 if bounds is None else min(int(bounds[1]), _OLDEST - 1)


def _check_unusual_age(person: Record, birth_date: str, pointer: str, depart_on: str, *, report: Report) -> None:
    if birth_date > report.today:
        report.add(BORN_LATER, f"{pointer}/birth_date", birth_date)
    elif (age := age_on(depart_on, birth_date)) >= _OLDEST:
        report.add(BORN_LONG_AGO, f"{pointer}/birth_date", birth_date)
    elif age > (most := _oldest(report)):
        report.add(AGE, f"{pointer}/birth_date", birth_date, age=age, most=most)
    elif "guardian" not in person:
        report.add(MINOR_ALONE, f"{pointer}/guardian")


def _report_repeated_documents(people: list[Record], report: Report) -> None:
    rows: dict[str, int] = {}
    for index, person in enumerate(people):
        number = person["document"]["number"]
        first = rows.setdefault(number, index)
        if first != index:
            report.add(DUPLICATE_DOCUMENT, f"/travellers/{index}/document/number", number, row=first + 1)


def _report_repeated_people(people: list[Record], report: Report) -> None:
    rows: dict[tuple[str, str], int] = {}
    for index, person in enumerate(people):
        if "birth_date" not in person:
            continue
        first = rows.setdefault((person["name"], person["birth_date"]), index)
        if first != index:
            report.add(SAME_PERSON, f"/travellers/{index}/name", person["name"], row=first + 1)
