"""What the pages of rosters show, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.base.clock import day_in_china
from gateway.console.shell.answer_checks import Check
from gateway.console.shell.record_words import (
    address,
    day_cell,
    division_words,
    filters,
    shown_state,
    state_cell,
    tone_of,
    waited,
)
from gateway.console.shell.tabular import Cell, Column, Row, Table, View
from gateway.ledger.rows import ListedRecord, RecordRow
from gateway.ledger.states import RosterState
from gateway.ledger.wanted import Order
from gateway.wording.dates import short_moment
from gateway.wording.languages import word
from gateway.wording.readable import NOTHING, shown_subkind
from schemas.findings import Text

BASE = "/rosters"
TABLE = Table(
    path=BASE,
    order=Order.OLDEST,
    columns=(
        Column(name="key", title=Text("团队编号", "Group number")),
        Column(name="type", title=Text("类型", "Type")),
        Column(name="agency", title=Text("旅行社", "Agency")),
        Column(name="uscc", title=Text("统一社会信用代码", "Credit code"), is_in_files_only=True),
        Column(name="departs", title=Text("出发", "Departs"), orders=(Order.SOONEST, Order.LATEST)),
        Column(name="returns", title=Text("返回", "Returns")),
        Column(name="people", title=Text("人数", "People"), is_number=True),
        Column(name="division", title=Text("辖区", "Division")),
        Column(name="sent", title=Text("提交", "Sent"), orders=(Order.OLDEST, Order.NEWEST)),
        Column(name="version", title=Text("版本", "Version"), is_number=True, is_in_files_only=True),
        Column(name="state", title=Text("状态", "State")),
        Column(name="reason", title=Text("退回理由", "Reason"), is_in_files_only=True),
    ),
    filters=filters("roster", "roster_types"),
    views=(
        View(title=Text("待审验", "To audit"), criteria={"state": RosterState.SUBMITTED}),
        View(title=Text("已审验", "Audited"), criteria={"state": RosterState.AUDITED}),
        View(title=Text("已退回", "Returned"), criteria={"state": RosterState.RETURNED}),
        View(title=Text("全部", "All"), criteria={}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A roster that was chosen in a list, as it was seen: its number, whose it is, in which version."""

    key: str
    agency_uscc: str
    version: int

    def __str__(self) -> str:
        return f"{self.version}/{self.agency_uscc}/{self.key}"

    @classmethod
    def read(cls, text: str) -> Choice:
        """Raises ValueError for what `str` never gave."""
        version, uscc, key = text.split("/", 2)
        if not (version.isascii() and version.isdecimal() and len(version) < 9 and key):
            raise ValueError(text)
        return cls(key=key, agency_uscc=uscc, version=int(version))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a chosen roster, or will; `why_not` says why nothing does."""

    choice: Choice
    row: RecordRow | None
    why_not: Text | None = None


def lines(rows: Iterable[ListedRecord], now: datetime, language: str, *, may_audit: bool = False) -> list[Row]:
    """The lines of the list; those that wait can be chosen by who may audit."""
    return [_line(row, now, language, may_audit=may_audit) for row in rows]


def _line(row: ListedRecord, now: datetime, language: str, *, may_audit: bool) -> Row:
    is_waiting = row.state == RosterState.SUBMITTED
    choice = Choice(key=row.key, agency_uscc=row.agency_uscc, version=row.version)
    return Row(
        name=row.key,
        choice=str(choice) if may_audit and is_waiting else "",
        cells={
            "key": Cell(text=row.key, href=address(BASE, row), is_code=True),
            "type": Cell(text=shown_subkind("roster", row.subkind, language)),
            "agency": Cell(text=row.agency_name, small=row.agency_uscc),
            "uscc": Cell(text=row.agency_uscc),
            "departs": _departs(row, now, language),
            "returns": day_cell(row.return_on),
            "people": Cell(text=str(row.headcount)),
            "division": Cell(text=division_words(row.division)),
            "sent": Cell(
                text=short_moment(row.stored_at, language),
                small=_waits(row.stored_at, now, language) if is_waiting else "",
            ),
            "version": Cell(text=str(row.version)),
            "state": state_cell("roster", row.state, language),
            "reason": Cell(text=row.state_reason or ""),
        },
    )


def _departs(row: ListedRecord, now: datetime, language: str) -> Cell:
    """The day of departure; of a group that has left while its roster waits it says so."""
    if row.depart_on is None:
        return Cell(text=NOTHING)
    is_late = row.state == RosterState.SUBMITTED and row.depart_on < day_in_china(now)
    return Cell(
        text=row.depart_on.isoformat(),
        small=word(Text("已出发", "has left"), language) if is_late else "",
        is_urgent=True,
    )


def _waits(since: datetime, now: datetime, language: str) -> str:
    time = waited(since, now, language)
    return word(Text(f"已等 {time}", f"waits {time}"), language)


def shown_outcomes(outcomes: Sequence[Outcome], language: str) -> list[dict[str, Any]]:
    """What becomes of each chosen roster."""
    return [
        {
            "key": each.choice.key,
            "choice": str(each.choice),
            "href": "" if each.row is None else address(BASE, each.row),
            "agency": "" if each.row is None else each.row.agency_name,
            "people": "" if each.row is None else each.row.headcount,
            "departs": "" if each.row is None or each.row.depart_on is None else each.row.depart_on.isoformat(),
            "state": "" if each.row is None else shown_state("roster", each.row.state, language),
            "tone": "" if each.row is None else tone_of(each.row.state),
            "why_not": "" if each.why_not is None else word(each.why_not, language),
        }
        for each in outcomes
    ]


CHANGED = Text("您查看之后已有变更，请重新查看", "It has changed since you looked: look again")
GONE = Text("未找到该名单表", "There is no such roster in sight")
NOT_WAITING = Text("已不在待审验状态", "It no longer waits for its audit")
NO_DECISION = Text("请选择审验通过或退回", "Choose whether to audit or to return it")
NO_REASON = Text("退回时请写明理由", "Say why it is returned")


def mistakes(decision: str, reason: str) -> Mapping[str, Text]:
    """What is wrong with a decision, by field; a return needs its reason."""
    if decision not in (RosterState.AUDITED, RosterState.RETURNED):
        return {"decision": NO_DECISION}
    return {"reason": NO_REASON} if decision == RosterState.RETURNED and not reason.strip() else {}


def decision_check(row: RecordRow, decision: str, reason: str, language: str) -> Check:
    """A decision about a roster as it is shown once more."""

    def said(zh: str, en: str) -> str:
        return word(Text(zh, en), language)

    is_audited = decision == RosterState.AUDITED
    people = said(f"{row.headcount} 人", f"{row.headcount} people")
    return Check(
        title=said("提交前核对", "Check before you send it"),
        list_path=BASE,
        list_title=said("名单表", "Rosters"),
        key=row.key,
        action=address(BASE, row),
        lines=(
            (said("团队编号", "Group number"), row.key),
            (said("旅行社", "Agency"), row.agency_name),
            (said("人数", "People"), people),
            (said("结论", "Decision"), said("审验通过", "Audit it") if is_audited else said("退回修改", "Return it")),
            *(((said("理由", "Reason"), reason),) if reason else ()),
        ),
        fields={"decision": decision, "reason": reason, "version": str(row.version)},
        confirm=said("确认审验", "Audit it") if is_audited else said("确认退回", "Return it"),
        warning=said("审验后名单只能减少人员", "After the audit the roster may only lose people") if is_audited else "",
    )
