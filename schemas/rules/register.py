"""What a record says of agencies and leaders, against what their portals keep of them.

Only a province whose portal is connected is spoken of: elsewhere nobody knows, so nothing is said. How much each
finding weighs is a setting of the register.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.codelists import codelist
from schemas.findings import Problem, warning
from schemas.identifiers import plain_license
from schemas.names import plain_organisation
from schemas.rules.report import Record, Report

UNKNOWN = warning(
    "REGISTER-001",
    "在当地政务服务门户中查不到该旅行社",
    "The portal of its province does not know the agency",
    "核对许可证号和统一社会信用代码；新设立的旅行社待门户同步后重新提交",
    "Check the licence number and credit code; a new agency is known once its portal has been synchronised",
)
NOT_ACTIVE = warning(
    "REGISTER-002",
    "该旅行社的状态为{state}",
    "The agency is {state}",
    "停业、注销或吊销的旅行社不得经营；状态有误请联系当地旅游主管部门",
    "It may not operate; ask the local tourism authority if the state is wrong",
)
OTHER_LICENCE = warning(
    "REGISTER-003",
    "许可证号与门户登记的 {filed} 不一致",
    "Not the licence number the portal keeps, which is {filed}",
    "对照许可证改正许可证号或统一社会信用代码",
    "Correct the licence number or the credit code",
)
NOT_OUTBOUND = warning(
    "REGISTER-004",
    "该旅行社未取得本类出境业务许可",
    "The agency is not licensed for groups of this kind",
    "由具有许可的旅行社组团；许可刚取得的待门户同步后重新提交",
    "Only a licensed agency may organise it; a new licence is known once the portal has been synchronised",
)
LEADER_UNKNOWN = warning(
    "REGISTER-005",
    "领队未备案或备案已注销",
    "The leader is not filed, or no longer",
    "先为领队备案，或核对领队证号",
    "File the leader first, or check the certificate number",
)
OTHER_NAME = warning(
    "REGISTER-006",
    "旅行社名称与门户登记的“{filed}”不一致",
    'Not the name the portal keeps, which is "{filed}"',
    "按营业执照填写全称；刚更名的待门户同步后重新提交",
    "Write the full name as on the business licence; a new name is known once the portal has been synchronised",
)
OTHER_AGENCY = warning(
    "REGISTER-007",
    "该许可证号在门户中属于另一家旅行社（{filed}）",
    "The portal keeps this licence number for another agency ({filed})",
    "对照许可证改正许可证号或统一社会信用代码",
    "Correct the licence number or the credit code",
)
BY_NAME: Mapping[str, Problem] = {
    "unknown": UNKNOWN,
    "not_active": NOT_ACTIVE,
    "other_licence": OTHER_LICENCE,
    "not_outbound": NOT_OUTBOUND,
    "leader_unknown": LEADER_UNKNOWN,
    "other_name": OTHER_NAME,
    "other_agency": OTHER_AGENCY,
}
"""The findings by the names that settings use."""

_ABROAD = frozenset({"outbound", "hk_macau", "taiwan"})


def check_agency_is_filed(record: Record, report: Report) -> None:
    """Rule: the agency is known, active, under its own name and licence, and licensed for the trip."""
    if (register := report.register) is None:
        return
    agency = record["agency"]
    filed = register.agency(agency.get("uscc"), agency["license_no"])
    if filed is None:
        if register.covers("agency", agency.get("division")):
            _add(report, UNKNOWN, "/agency/license_no", agency["license_no"])
        return
    if agency.get("uscc", filed.uscc) != filed.uscc:
        _add(report, OTHER_AGENCY, "/agency/license_no", agency["license_no"], filed=filed.name)
    elif plain_organisation(filed.name) != plain_organisation(agency["name"]):
        _add(report, OTHER_NAME, "/agency/name", agency["name"], filed=filed.name)
    if filed.state != "active":
        _add(
            report, NOT_ACTIVE, "/agency/license_no", agency["license_no"], state=codelist("agency_states")[filed.state]
        )
    if plain_license(filed.license_no) != plain_license(agency["license_no"]):
        _add(report, OTHER_LICENCE, "/agency/license_no", agency["license_no"], filed=filed.license_no)
    kind = record.get("roster_type") or record.get("contract_type")
    if (kind in _ABROAD and not filed.outbound) or (kind == "border" and not (filed.border or filed.outbound)):
        _add(report, NOT_OUTBOUND, "/roster_type" if "roster_type" in record else "/contract_type", kind)


def check_leader_is_filed(record: Record, report: Report) -> None:
    """Rule: the leader of a group that leaves the country is filed."""
    register, certificate = report.register, record.get("leader", {}).get("cert_no")
    if register is None or certificate is None or record["roster_type"] not in _ABROAD:
        return
    division = record["agency"].get("division")
    if register.covers("leader", division) and not register.is_filed_leader(certificate):
        _add(report, LEADER_UNKNOWN, "/leader/cert_no", certificate)


def _add(report: Report, problem: Problem, pointer: str, value: Any, **details: Any) -> None:
    weight = report.register.weights.get(problem.code, problem.severity) if report.register else None
    if weight is not None:
        report.add(replace(problem, severity=weight), pointer, value, **details)
