"""The states of what moves here: contracts, rosters, pledges, filings, guides, leaders, dead letters (design section 4,
domain sections 1 and 2). Pure.

What portals keep has the state that stands in it, whichever that is; a pledge among them becomes verified by an
authority's decision only, and then it is final. The tables of filings, guides and leaders say what may be done here; a
portal goes its own ways.
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


class FilingState(StrEnum):
    APPLIED = "applied"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    CORRECTION = "correction"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class GuideState(StrEnum):
    APPLIED = "applied"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    VALID = "valid"
    REFUSED = "refused"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class LeaderState(StrEnum):
    APPLIED = "applied"
    FILED = "filed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


_TAKEN_UP = Text("提交或从门户取回", "submitted, or pulled from a portal")
_ACCEPTS = Text("主管部门受理", "the authority accepts it")
_ASKS = Text("主管部门要求补正", "the authority asks for more")
_WITHDRAWS = Text("申请人撤回", "the applicant withdraws it")
FILINGS = Machine(
    "filing",
    Text("办件", "Filing"),
    FilingState,
    (
        Move(None, FilingState.APPLIED, _TAKEN_UP),
        Move(FilingState.APPLIED, FilingState.RECEIVED, Text("门户收件", "the portal has it")),
        Move(FilingState.APPLIED, FilingState.ACCEPTED, _ACCEPTS),
        Move(FilingState.RECEIVED, FilingState.ACCEPTED, _ACCEPTS),
        Move(FilingState.CORRECTION, FilingState.ACCEPTED, _ACCEPTS),
        Move(FilingState.APPLIED, FilingState.CORRECTION, _ASKS),
        Move(FilingState.RECEIVED, FilingState.CORRECTION, _ASKS),
        Move(FilingState.ACCEPTED, FilingState.CORRECTION, _ASKS),
        Move(FilingState.ACCEPTED, FilingState.APPROVED, Text("主管部门同意", "the authority approves it")),
        Move(FilingState.ACCEPTED, FilingState.REFUSED, Text("主管部门不同意", "the authority refuses it")),
        Move(FilingState.APPLIED, FilingState.WITHDRAWN, _WITHDRAWS),
        Move(FilingState.RECEIVED, FilingState.WITHDRAWN, _WITHDRAWS),
        Move(FilingState.CORRECTION, FilingState.WITHDRAWN, _WITHDRAWS),
        Move(FilingState.ACCEPTED, FilingState.WITHDRAWN, _WITHDRAWS),
    ),
)
GUIDES = Machine(
    "guide",
    Text("导游", "Guide"),
    GuideState,
    (
        Move(None, GuideState.APPLIED, _TAKEN_UP),
        Move(GuideState.APPLIED, GuideState.CONFIRMED, Text("旅行社确认", "the agency confirms the applicant")),
        Move(GuideState.APPLIED, GuideState.DECLINED, Text("旅行社不予确认", "the agency declines the applicant")),
        Move(GuideState.DECLINED, GuideState.CONFIRMED, Text("旅行社改为确认", "the agency confirms after all")),
        Move(GuideState.CONFIRMED, GuideState.VALID, Text("主管部门核准", "the authority approves the card")),
        Move(GuideState.APPLIED, GuideState.REFUSED, Text("主管部门不予核准", "the authority refuses the card")),
        Move(GuideState.CONFIRMED, GuideState.REFUSED, Text("主管部门不予核准", "the authority refuses the card")),
        Move(GuideState.DECLINED, GuideState.REFUSED, Text("主管部门不予核准", "the authority refuses the card")),
        Move(GuideState.VALID, GuideState.SUSPENDED, Text("主管部门暂停", "the authority suspends the card")),
        Move(GuideState.SUSPENDED, GuideState.VALID, Text("主管部门恢复", "the authority restores the card")),
        Move(GuideState.VALID, GuideState.CANCELLED, Text("主管部门注销", "the authority cancels the card")),
        Move(GuideState.SUSPENDED, GuideState.CANCELLED, Text("主管部门注销", "the authority cancels the card")),
    ),
)
LEADERS = Machine(
    "leader",
    Text("领队", "Tour leader"),
    LeaderState,
    (
        Move(None, LeaderState.APPLIED, Text("旅行社提交，或从门户取回", "filed by the agency, or pulled")),
        Move(LeaderState.APPLIED, LeaderState.FILED, Text("主管部门同意备案", "the authority files the leader")),
        Move(LeaderState.APPLIED, LeaderState.REFUSED, Text("主管部门不予备案", "the authority refuses the leader")),
        Move(LeaderState.REFUSED, LeaderState.APPLIED, Text("旅行社修改后重新提交", "the agency files it again")),
        Move(LeaderState.FILED, LeaderState.CANCELLED, Text("主管部门注销", "the authority cancels the leader")),
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
