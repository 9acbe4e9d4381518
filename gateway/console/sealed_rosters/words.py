"""What the page on a printed roster shows: words and dates in one language, ready for the template. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.seals.rows import RosterFacts
from gateway.trust.codes import grouped
from gateway.wording.dates import day, moment
from gateway.wording.languages import ZH
from schemas.codelists import codelist
from schemas.findings import Text

_TONES = {"audited": "good", "submitted": "warn", "returned": "bad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRoster:
    """The facts as people read them; `report_seal` and `audit_seal` are empty where no seal stands on the paper."""

    roster_type: str
    agency_name: str
    depart_on: str
    return_on: str
    headcount: str
    code_groups: list[str]
    printed_at: str
    version: int
    now_version: int
    now_state: str
    report_seal: str
    audit_seal: str
    sha256: str


def shown(found: RosterFacts, language: str) -> dict[str, Any]:
    """The context of the page. `outcome` is the state of the roster today, or that the paper is not of it any more."""
    outcome = "superseded" if found.is_superseded else found.state
    return {
        "outcome": outcome,
        "tone": _TONES.get(outcome, "warn"),
        "facts": ShownRoster(
            roster_type=_in(codelist("roster_types").get(found.subkind), found.subkind, language),
            agency_name=found.agency_name,
            depart_on=day(found.depart_on, language),
            return_on=day(found.return_on, language),
            headcount=f"{found.headcount} 人" if language == ZH else str(found.headcount),
            code_groups=grouped(found.code).split("-"),
            printed_at=moment(found.made_at, language),
            version=found.version,
            now_version=found.now_version,
            now_state=_in(codelist("roster_states").get(found.now_state), found.now_state, language),
            report_seal=found.report_seal or "",
            audit_seal=found.audit_seal or "",
            sha256=found.sha256.hex(),
        ),
    }


def _in(words: Text | None, code: str, language: str) -> str:
    return code if words is None else words.zh if language == ZH else words.en
