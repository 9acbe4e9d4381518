"""The states of what moves here: contracts, rosters, pledges, dead letters (design section 4, domain section 2). Pure.

What portals keep has the state that stands in it, whichever that is; a pledge among them becomes verified by an
authority's decision only, and then it is final.
"""

from __future__ import annotations

from enum import StrEnum

from gateway.base.states import Machine, Move
from schemas.findings import Text


class ContractState(StrEnum):
    GENERATED = "generated"
    SIGNED = "signed"
    VOID = "void"


class RosterState(StrEnum):
    SUBMITTED = "submitted"
    AUDITED = "audited"
    RETURNED = "returned"


class PledgeState(StrEnum):
    WAITING = "waiting"
    VERIFIED = "verified"


_ACCEPTED = Text("提交并通过校验", "accepted")
_AMENDED = Text("变更", "amended")

CONTRACTS = Machine(
    "contract",
    Text("合同", "Contract"),
    ContractState,
    (
        Move(None, ContractState.GENERATED, _ACCEPTED),
        Move(ContractState.GENERATED, ContractState.SIGNED, Text("旅行社报告已签署", "the agency reports it signed")),
        Move(ContractState.GENERATED, ContractState.VOID, Text("旅行社作废", "the agency voids it")),
        Move(ContractState.SIGNED, ContractState.VOID, Text("旅行社作废", "the agency voids it")),
    ),
    amended={ContractState.GENERATED: ContractState.GENERATED, ContractState.SIGNED: ContractState.GENERATED},
)
ROSTERS = Machine(
    "roster",
    Text("名单表", "Roster"),
    RosterState,
    (
        Move(None, RosterState.SUBMITTED, _ACCEPTED),
        Move(RosterState.SUBMITTED, RosterState.AUDITED, Text("主管部门审验", "the authority audits it")),
        Move(RosterState.SUBMITTED, RosterState.RETURNED, Text("主管部门退回", "the authority returns it")),
    ),
    amended={
        RosterState.SUBMITTED: RosterState.SUBMITTED,
        RosterState.RETURNED: RosterState.SUBMITTED,
        RosterState.AUDITED: RosterState.AUDITED,
    },
)
PLEDGES = Machine(
    "pledge",
    Text("出境业务承诺", "Outbound pledge"),
    PledgeState,
    (
        Move(None, PledgeState.WAITING, Text("提交或从门户取回", "submitted, or pulled from a portal")),
        Move(PledgeState.WAITING, PledgeState.VERIFIED, Text("省级主管部门核实", "the province verifies it")),
    ),
)


class LetterState(StrEnum):
    OPEN = "open"
    PARKED = "parked"
    """Bulk replays leave it alone until somebody has edited it or asks for it."""
    RESOLVED = "resolved"


_OPEN, _PARKED, _RESOLVED = LetterState.OPEN, LetterState.PARKED, LetterState.RESOLVED
LETTERS = Machine(
    "dead_letter",
    Text("死信", "Dead letter"),
    LetterState,
    [
        Move(None, _OPEN, Text("记录未通过校验", "a record did not pass")),
        Move(None, _PARKED, Text("记录被搁置，须由本平台处理", "a record is put aside for us to repair")),
        Move(_OPEN, _OPEN, Text("经编辑，或重放未通过", "it is edited, or a replay fails")),
        Move(_OPEN, _PARKED, Text("重放第五次未通过", "a replay fails for the fifth time")),
        Move(_PARKED, _PARKED, Text("重放仍未通过", "a replay fails again")),
        Move(_PARKED, _OPEN, Text("经编辑", "it is edited")),
        Move(_OPEN, _RESOLVED, Text("重放通过，或已补报", "a replay passes, or it is sent again")),
        Move(_PARKED, _RESOLVED, Text("重放通过，或已补报", "a replay passes, or it is sent again")),
    ],
)
REPLAYABLE = LETTERS.before(_RESOLVED)
"""Where a letter stands of which a replay tells how it went."""
