"""The life of an electronic seal."""

from __future__ import annotations

from enum import StrEnum

from gateway.base.states import Machine, Move
from schemas.findings import Text


class SealState(StrEnum):
    APPLIED = "applied"
    ISSUED = "issued"
    REJECTED = "rejected"
    REVOKED = "revoked"
    EXPIRED = "expired"
    RENEWED = "renewed"
    """Another has taken its place before it ended."""


_APPLIED, _ISSUED, _REJECTED, _REVOKED, _EXPIRED, _RENEWED = SealState
SEALS = Machine(
    "electronic seal",
    Text("电子印章", "Electronic seal"),
    SealState,
    [
        Move(None, _APPLIED, Text("旅行社或主管部门申请", "an agency or an authority applies")),
        Move(_APPLIED, _ISSUED, Text("主管部门核准制发", "an authority approves it")),
        Move(_APPLIED, _REJECTED, Text("主管部门不予核准", "an authority does not approve it")),
        Move(_ISSUED, _REVOKED, Text("撤销", "it is revoked")),
        Move(_ISSUED, _EXPIRED, Text("有效期届满", "its time has passed")),
        Move(_ISSUED, _RENEWED, Text("换发新章", "a new one takes its place")),
    ],
)
