"""Duties, and the powers that each brings. A person holds a set of them, all of an authority or all of an agency.

Source: the notice's graded administrators (domain section 1). That administration, oversight and keys lie in three
hands is the rule of three separate officers of GB/T 22239 (三权分立).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.access.powers import Power
from schemas.findings import Text


class OfficeKind(StrEnum):
    BUREAU = "bureau"
    """A tourism authority of a division."""
    AGENCY = "agency"

    @classmethod
    def of(cls, uscc: str) -> OfficeKind:
        """An agency is what has a credit code."""
        return cls.AGENCY if uscc else cls.BUREAU


class Duty(StrEnum):
    SYSTEM_ADMINISTRATOR = "system_administrator"
    AUDITOR = "auditor"
    SECURITY_OFFICER = "security_officer"
    ROSTER_OFFICER = "roster_officer"
    CONTRACT_OFFICER = "contract_officer"
    INSPECTOR = "inspector"
    QUALIFICATION_OFFICER = "qualification_officer"
    STATISTICIAN = "statistician"
    TEMPLATE_OFFICER = "template_officer"
    TECHNICAL_TEAM = "technical_team"
    AGENCY_ADMINISTRATOR = "agency_administrator"
    AGENCY_CLERK = "agency_clerk"


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyFacts:
    """What a duty is called, where it is held, and what it allows."""

    title: Text
    office: OfficeKind
    powers: frozenset[Power]


def _of_bureau(zh: str, en: str, *powers: Power) -> DutyFacts:
    return DutyFacts(title=Text(zh, en), office=OfficeKind.BUREAU, powers=frozenset(powers))


def _of_agency(zh: str, en: str, *powers: Power) -> DutyFacts:
    return DutyFacts(title=Text(zh, en), office=OfficeKind.AGENCY, powers=frozenset(powers))


DUTIES: Mapping[Duty, DutyFacts] = {
    Duty.SYSTEM_ADMINISTRATOR: _of_bureau(
        "系统管理员", "System administrator", Power.MANAGE_ACCOUNTS, Power.APPLY_SEALS, Power.MANAGE_SEALS
    ),
    Duty.AUDITOR: _of_bureau("审计员", "Auditor", Power.READ_AUDIT),
    Duty.SECURITY_OFFICER: _of_bureau(
        "安全保密员", "Security officer", Power.MANAGE_KEYS, Power.MANAGE_RETENTION, Power.REVEAL
    ),
    Duty.ROSTER_OFFICER: _of_bureau(
        "名单表审核员", "Roster officer", Power.READ_ROSTERS, Power.AUDIT_ROSTERS, Power.READ_AGENCIES
    ),
    Duty.CONTRACT_OFFICER: _of_bureau("合同管理员", "Contract officer", Power.READ_CONTRACTS, Power.READ_AGENCIES),
    Duty.INSPECTOR: _of_bureau(
        "执法检查员",
        "Inspector",
        Power.INSPECT,
        Power.REVEAL,
        Power.READ_ROSTERS,
        Power.READ_CONTRACTS,
        Power.READ_AGENCIES,
    ),
    Duty.QUALIFICATION_OFFICER: _of_bureau(
        "资质管理员", "Qualification officer", Power.READ_AGENCIES, Power.DECIDE_FILINGS, Power.RECONCILE
    ),
    Duty.STATISTICIAN: _of_bureau("统计员", "Statistician", Power.READ_STATISTICS, Power.PUBLISH_STATISTICS),
    Duty.TEMPLATE_OFFICER: _of_bureau("合同范本管理员", "Template officer", Power.EDIT_TEMPLATES),
    Duty.TECHNICAL_TEAM: _of_bureau(
        "技术团队",
        "Technical team",
        Power.EDIT_CONNECTORS,
        Power.MANAGE_PARTNERS,
        Power.OPERATE,
        Power.RECONCILE,
    ),
    Duty.AGENCY_ADMINISTRATOR: _of_agency(
        "旅行社管理员",
        "Agency administrator",
        Power.MANAGE_ACCOUNTS,
        Power.MANAGE_AGENCY,
        Power.APPLY_SEALS,
        Power.REPORT,
        Power.READ_ROSTERS,
        Power.READ_CONTRACTS,
    ),
    Duty.AGENCY_CLERK: _of_agency(
        "旅行社经办人", "Agency clerk", Power.REPORT, Power.READ_ROSTERS, Power.READ_CONTRACTS
    ),
}
ADMINISTRATOR: Mapping[OfficeKind, Duty] = {
    OfficeKind.BUREAU: Duty.SYSTEM_ADMINISTRATOR,
    OfficeKind.AGENCY: Duty.AGENCY_ADMINISTRATOR,
}
"""Who manages the accounts of an office."""
_SEPARATE = frozenset({Duty.SYSTEM_ADMINISTRATOR, Duty.AUDITOR, Duty.SECURITY_OFFICER})


def powers_of(duties: Collection[Duty]) -> frozenset[Power]:
    """All that a person with these duties may do."""
    return frozenset().union(*(DUTIES[duty].powers for duty in duties))


def titles_of(duties: Collection[Duty]) -> list[Text]:
    """What they are called, in the order of the table."""
    return [facts.title for duty, facts in DUTIES.items() if duty in duties]


def flaw(duties: Collection[Duty], office: OfficeKind) -> Text | None:
    """Why nobody of such an office can hold these duties together; None when somebody can."""
    if not duties:
        return Text("请至少选择一项职责", "Choose at least one duty")
    foreign = [duty for duty in duties if DUTIES[duty].office is not office]
    if foreign:
        titles = titles_of(foreign)
        return Text(
            f"该单位的人员不能担任：{'、'.join(title.zh for title in titles)}",
            f"Nobody of this office can be: {', '.join(title.en for title in titles)}",
        )
    if len(_SEPARATE & set(duties)) > 1:
        return Text(
            "系统管理员、审计员和安全保密员须由不同的人担任",
            "System administrator, auditor and security officer are three different people",
        )
    return None
