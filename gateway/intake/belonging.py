"""To whom a record belongs and where it lies, whoever sent it. Pure.

What agencies report belongs to the agency that it speaks of, and lies in that agency's division; what a portal keeps
belongs to the portal. For whom a sender may speak is entered at the installation (see `access.tenants`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.access.divisions import lies_in
from gateway.access.tenants import Tenant
from gateway.ledger.kinds import BEHAVIOURS, OwnLife
from schemas.findings import Finding, Text, error
from schemas.rules.report import Register

NOT_ENTITLED = error(
    "INTAKE-112",
    "该凭证未获准代旅行社 {agency}（{number}）报送",
    "This credential may not speak for the agency {agency} ({number})",
    "核对统一社会信用代码和许可证号；确由贵方代报的，请联系平台登记代报关系（yizhan partner agencies add）。",
    "Check the credit code and the licence number; if you do act for it, ask for it to be entered with your credential"
    " (yizhan partner agencies add).",
)
_FIELD = Text("旅行社", "Agency")


@dataclass(frozen=True, slots=True)
class Belonging:
    """Whose a record is and in which division it lies; `why` says so when its sender may not speak for the agency."""

    owner: Tenant
    division: str
    why: Finding | None = None


def belonging_of(kind: str, body: Mapping[str, Any], sender: Tenant, register: Register) -> Belonging:
    """Where a record belongs that `sender` has sent."""
    if sender.is_sandbox:
        return Belonging(sender, sender.division)
    if not isinstance(BEHAVIOURS[kind].life, OwnLife):
        return Belonging(sender, kept_in(body, sender))
    agency: Mapping[str, Any] = body["agency"]
    license_no: str = agency["license_no"]
    uscc: str | None = agency.get("uscc")
    filed = register.agency(uscc, license_no)
    if uscc is None:
        uscc = filed and filed.uscc
    elif filed is not None and filed.uscc != uscc:  # a licence of somebody else: its division is not this agency's
        filed = None
    told: str | None = agency.get("division")
    if (owner := sender.agency(uscc, license_no)) is not None:
        if filed is not None:
            return Belonging(owner, filed.division)
        may_tell = told is not None and (sender.reaches(told) or lies_in(told, owner.division))
        return Belonging(owner, told if told is not None and may_tell else owner.division)
    lies = filed.division if filed is not None else told or sender.division
    if sender.reaches(lies):
        return Belonging(sender, lies)
    number = uscc or license_no
    why = NOT_ENTITLED.found("/agency", _FIELD, number, agency=agency["name"], number=number)
    return Belonging(sender, sender.division, why)


def kept_in(body: Mapping[str, Any], keeper: Tenant) -> str:
    """Where a record of a portal lies: in its own division, when that is within the portal's."""
    return _within(body.get("division"), keeper.division) or keeper.division


def _within(division: str | None, outer: str) -> str | None:
    return division if division and lies_in(division, outer) else None
