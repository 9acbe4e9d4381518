"""Whether a record is of one of the agencies that a connector declares: a wrong column shows on the first try.

It decides nothing: for whom a partner may speak is entered at the installation, not in its folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.envelope import Outcome, Rejection, SourceRecord
from adapters.mapping.compiler import Mapper
from schemas.findings import warning
from schemas.identifiers import plain_license
from schemas.masking import mask

NOT_DECLARED = warning(
    "PARTNER-001",
    "该旅行社不在对接配置声明的旅行社之列",
    "This agency is not among those that the connector declares",
    "核对旅行社的许可证号和统一社会信用代码；确为新增的，请联系平台补充对接配置",
    "Check its licence number and credit code; if it is a new one, ask for it to be added to the connector",
)
_FIELD = "/agency/license_no"


@dataclass(frozen=True, slots=True)
class Agencies:
    """The agencies of a partner, by licence number without its hyphens or by credit code."""

    numbers: frozenset[str]

    @classmethod
    def declared(cls, numbers: Iterable[str]) -> Agencies:
        return cls(frozenset(map(plain_license, numbers)))

    def judged(self, record: SourceRecord, outcome: Outcome, route: Mapper) -> Outcome:
        """`outcome` with a warning where its agency says its number and is not one of them."""
        agency = (outcome.body or {}).get("agency")
        if isinstance(outcome, Rejection) or not isinstance(agency, dict) or self._has(agency):
            return outcome
        shown = mask(agency.get("license_no") or agency.get("uscc"), route.kind.pii(_FIELD))
        title, locator = route.kind.title(_FIELD), route.place(_FIELD, record)
        return replace(outcome, findings=(*outcome.findings, NOT_DECLARED.found(_FIELD, title, shown, locator=locator)))

    def _has(self, agency: Mapping[str, Any]) -> bool:
        said = [agency[name] for name in ("license_no", "uscc") if agency.get(name)]
        return not said or any(plain_license(number) in self.numbers for number in said)
