"""The agencies of a record: licence and credit code."""

from __future__ import annotations

from schemas.findings import error, warning
from schemas.identifiers import is_uscc, is_usual_license
from schemas.rules.report import Record, Report

ODD_LICENSE = warning(
    "AGENCY-001",
    "许可证号不是常见的写法",
    "The licence number is not written as usual",
    "核对许可证，常见写法如 L-BJ-CJ00144、L-SH-00321",
    "Check the licence; usual forms are L-BJ-CJ00144 and L-SH-00321",
)
USCC_CHECK = error(
    "AGENCY-002",
    "统一社会信用代码校验码不符或含有不允许的字符",
    "The unified social credit code fails its check character or holds a forbidden one",
    "对照营业执照核对；代码中不使用字母 I、O、S、V、Z",
    "Compare it with the business licence; the letters I, O, S, V and Z never occur",
)


def check_agency(record: Record, report: Report) -> None:
    """Rule: the agency that answers for the record."""
    agency = record["agency"]
    if not is_usual_license(agency["license_no"]):
        report.add(ODD_LICENSE, "/agency/license_no", agency["license_no"])
    if "uscc" in agency and not is_uscc(agency["uscc"]):
        report.add(USCC_CHECK, "/agency/uscc", agency["uscc"])
