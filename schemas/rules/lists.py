"""Open code lists: values outside them are allowed, and pointed out."""

from __future__ import annotations

from schemas.codelists import codelist
from schemas.findings import warning
from schemas.identifiers import is_known_division
from schemas.rules.report import Record, Report

UNKNOWN_DIVISION = warning(
    "LIST-001",
    "不是已知的行政区划代码",
    "Not a known division code",
    "按 GB/T 2260 填写六位代码",
    "Use a six-digit code of GB/T 2260",
)
UNKNOWN_PORT = warning(
    "LIST-002",
    "不在口岸清单中",
    "Not in the list of ports",
    "填写口岸代码或全称，例如 PVG 或 上海浦东国际机场；清单不完整，确认无误可忽略",
    "Use the code or full name of the port, such as PVG; the list is not complete, so ignore this when it is right",
)
UNKNOWN_TEMPLATE = warning(
    "LIST-003",
    "不是国家示范文本，按地方模板处理",
    "Not a national model text; taken as a local template",
    "确认模板编号；国家示范文本编号形如 GF-2014-2401",
    "Check the number; national model texts are numbered like GF-2014-2401",
)


def check_agency_division(record: Record, report: Report) -> None:
    """Rule: the divisions of the agency exist."""
    agency = record["agency"]
    if "division" in agency and not is_known_division(agency["division"]):
        report.add(UNKNOWN_DIVISION, "/agency/division", agency["division"])
    address = agency.get("address")
    if address and "division" in address and not is_known_division(address["division"]):
        report.add(UNKNOWN_DIVISION, "/agency/address/division", address["division"])


def check_port(value: str | None, pointer: str, report: Report) -> None:
    """A port by code or name; None is fine."""
    if value and codelist("ports").code_of(value) is None:
        report.add(UNKNOWN_PORT, pointer, value)


def check_template(record: Record, report: Report) -> None:
    """Rule: the template is a known one."""
    template = record.get("template")
    if template and template not in codelist("contract_templates"):
        report.add(UNKNOWN_TEMPLATE, "/template", template)
