"""What the pages of filings, people, branches and outlets say, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from gateway.access.powers import Power
from gateway.authority.qualification_steps import NEEDS_REASON, UNDECIDED, next_states
from gateway.console.shell.record_words import address, division_words, due_cell, state_cell, states
from gateway.console.shell.tabular import Cell, Column, Entry, Filter, Row, Table, View
from gateway.ledger.rows import ListedRecord
from gateway.ledger.wanted import Order
from gateway.wording.dates import short_moment
from gateway.wording.languages import word
from gateway.wording.readable import shown_subkind
from schemas.codelists import codelist
from schemas.findings import Text

AGENCIES, AGENCIES_NEED = "/agencies", Power.READ_AGENCIES
"""Where the agency of a record is shown, and to whom."""
NO_DECISION = Text("请选择办理结果", "Choose what is to be done")
NO_REASON = Text("请写明理由", "Say why")
CHANGED = Text("您查看之后已有变更，请重新查看", "It has changed since you looked: look again")
ACTIONS: Mapping[str, Mapping[str, Text]] = {
    "filing": {
        "accepted": Text("受理", "Accept it"),
        "correction": Text("要求补正", "Ask for more"),
        "approved": Text("同意", "Approve it"),
        "refused": Text("不同意", "Refuse it"),
    },
    "guide": {
        "valid": Text("核准导游证", "Let the card be valid"),
        "refused": Text("不予核准", "Refuse the card"),
        "suspended": Text("暂停导游证", "Suspend the card"),
        "cancelled": Text("注销导游证", "Cancel the card"),
    },
    "leader": {
        "filed": Text("同意备案", "File the leader"),
        "refused": Text("不予备案", "Refuse the leader"),
        "cancelled": Text("注销备案", "Cancel the leader"),
    },
}
"""What an authority may do, by kind and by the state that it leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A kind as its pages call it, one and many; `types` is the code list of its types, where it has any."""

    kind: str
    base: str
    title: Text
    key_title: Text
    nothing_yet: Text
    types: str = ""

    def table(self) -> Table:
        """The list; by itself what waits stands first, the most urgent before."""
        return Table(
            path=self.base,
            order=Order.DUE if self.kind == "filing" else Order.NEWEST,
            columns=self._columns(),
            filters=(
                Filter(name="number", title=self.key_title),
                Filter(name="agency", title=Text("旅行社名称或信用代码", "Agency or credit code")),
                Filter(name="state", title=Text("状态", "State"), entry=Entry.CHOICE, choices=states(self.kind)),
                *self._types(),
            ),
            views=self._views(),
        )

    def _types(self) -> tuple[Filter, ...]:
        if not self.types:
            return ()
        title, choices = Text("类型", "Type"), dict(codelist(self.types))
        return (Filter(name="subkind", title=title, entry=Entry.CHOICE, choices=choices),)

    def _columns(self) -> tuple[Column, ...]:
        type_ = (Column(name="type", title=Text("类型", "Type")),) if self.types else ()
        due = (Column(name="due", title=Text("办结期限", "Due")),) if self.kind == "filing" else ()
        return (
            Column(name="key", title=self.key_title),
            *type_,
            Column(name="agency", title=Text("旅行社", "Agency")),
            Column(name="uscc", title=Text("统一社会信用代码", "Credit code"), is_in_files_only=True),
            *due,
            Column(name="division", title=Text("辖区", "Division")),
            Column(name="changed", title=Text("最近变更", "Last change"), orders=(Order.OLDEST, Order.NEWEST)),
            Column(name="state", title=Text("状态", "State")),
        )

    def _views(self) -> tuple[View, ...]:
        found = [View(title=Text("全部", "All"), criteria={})]
        return (*found, *(View(title=words, criteria={"state": state}) for state, words in states(self.kind).items()))


def lines(
    rows: Iterable[ListedRecord], language: str, *, base: str, days: Mapping[date, int | None] | None = None
) -> list[Row]:
    """The lines of a list; `days` says how many are left until a day, for what waits."""
    return list(map(partial(_line, language=language, base=base, days=days or {}), rows))


def _line(row: ListedRecord, *, language: str, base: str, days: Mapping[date, int | None]) -> Row:
    left = days.get(row.due_on) if row.due_on is not None and row.state in UNDECIDED else None
    return Row(
        name=row.key,
        cells={
            "key": Cell(text=row.key, href=address(base, row), is_code=True),
            "type": Cell(text=shown_subkind(row.kind, row.subkind, language)),
            "agency": Cell(text=row.agency_name, small=row.agency_uscc),
            "uscc": Cell(text=row.agency_uscc),
            "due": due_cell(row.due_on, left, language),
            "division": Cell(text=division_words(row.division)),
            "changed": Cell(text=short_moment(row.stored_at, language)),
            "state": state_cell(row.kind, row.state, language),
        },
    )


def choices(kind: str, state: str, language: str) -> list[tuple[str, str]]:
    """What may be done to a record in a state."""
    return [(each.value, word(ACTIONS[kind][each], language)) for each in next_states(kind, state)]


def mistakes(kind: str, state: str, decision: str, reason: str) -> dict[str, Text]:
    """What is wrong with a decision, by field; what ends something, or puts it off, needs its reason."""
    if decision not in next_states(kind, state):
        return {"decision": NO_DECISION}
    return {"reason": NO_REASON} if decision in NEEDS_REASON and not reason else {}
