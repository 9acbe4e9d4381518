"""What has happened to a record: its arrival, its versions, what the audit log says of its states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway import audit
from gateway.authority.desk import Action
from gateway.console.shell.record_words import shown_state
from gateway.doors.listed_records import states_of
from gateway.doors.looking_into import Step
from gateway.doors.requests import Inquiry
from gateway.ledger.rows import RecordRow
from gateway.wording.dates import moment
from gateway.wording.languages import word
from schemas.findings import Text

_MOST = 200
_ARRIVED = Text("收到并通过校验", "Accepted")
_DOCUMENTS: Mapping[str, Text] = {
    "contract": Text("登记合同文件", "Document registered"),
    "pledge": Text("上传承诺书", "Pledge uploaded"),
    "filing": Text("提交材料", "Material handed in"),
}
_TAKEN_AWAY = Text("撤回材料", "Material taken back")
_WORDS: Mapping[Action, Text] = {
    Action.CHANGE: Text("主管部门变更", "Changed by the authority"),
    Action.VERDICT: Text("主管部门核实", "Verified by the authority"),
    Action.TAKE_OVER: Text("采纳旅行社提交的信息", "What the agency said is taken over"),
    Action.CONFIRM: Text("旅行社确认", "Confirmed by the agency"),
    Action.DECLINE: Text("旅行社不予确认", "Declined by the agency"),
    Action.PENALTY: Text("行政处罚登记", "Penalties entered"),
    Action.DECISION: Text("主管部门办理", "Decided by the authority"),
    Action.KEEP_OURS: Text("与门户不一致，以本平台为准", "Other at the portal: ours kept"),
    Action.KEEP_THEIRS: Text("与门户不一致，以门户为准", "Other at the portal: theirs kept"),
    Action.IGNORE: Text("与门户不一致，予以忽略", "Other at the portal: ignored"),
}
_DECIDED = frozenset({Action.KEEP_OURS, Action.KEEP_THEIRS, Action.IGNORE})
"""Their reason is told to whoever sees the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    at: datetime
    what: str
    by: str = ""
    why: str = ""

    def shown(self, language: str) -> dict[str, str]:
        return {"at": moment(self.at, language), "what": self.what, "by": self.by, "why": self.why}


async def life_of(call: Inquiry, row: RecordRow, steps: Sequence[Step], language: str) -> list[dict[str, str]]:
    """The first thing first. Who only looked does not stand here."""
    sought = audit.Sought(object=row.code or row.key, since=row.issued_at)
    entries = await audit.listed(call.services.database, call.principal.scope, sought, _MOST)
    found = [Happened(at=row.issued_at, what=word(_ARRIVED, language))]
    found += [Happened(at=step.at, what=_amended(step, language)) for step in steps]
    for entry in entries:
        kind, _, verb = entry.action.partition(".")
        if kind == row.kind and (what := _did(kind, verb, language)):
            why = entry.detail.get("reason", "") if verb in _DECIDED else ""
            found.append(Happened(at=entry.at, what=what, by=entry.actor, why=why))
    return [each.shown(language) for each in sorted(found, key=lambda each: each.at)]


def _amended(step: Step, language: str) -> str:
    return word(Text(f"变更为版本 {step.after}", f"Amended to version {step.after}"), language)


def _did(kind: str, verb: str, language: str) -> str:
    """An act that changed a record; empty for one that did not."""
    if verb == "document" and kind in _DOCUMENTS:
        return word(_DOCUMENTS[kind], language)
    if verb == "taken_away":
        return word(_TAKEN_AWAY, language)
    if verb in tuple(_WORDS):
        return word(_WORDS[Action(verb)], language)
    return shown_state(kind, verb, language) if verb in states_of(kind) else ""
