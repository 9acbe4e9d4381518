"""What the pages of differences show: words, names and addresses in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from gateway.access.accounts import Actor
from gateway.access.powers import Power
from gateway.alerts.alerts import TITLES as ALERT_TITLES
from gateway.alerts.rows import AlertCode
from gateway.authority.open_differences import CIRCUIT, Concerned, Decidable, Difference, OpenConflict
from gateway.authority.rows import About, Turn
from gateway.console.reconciliations.words import DECISION_WORDS, PROBLEM_WORDS, TONES
from gateway.console.shell.record_words import address, division_words, waited
from gateway.console.shell.tabular import Cell, Column, Entry, Filter, Row, Table, View
from gateway.doors.sought_differences import printed_code_of, subject_of
from gateway.ledger.conflicts import ConflictReason
from gateway.reconcile.classes import TITLES, Decision
from gateway.wording.dates import moment
from gateway.wording.differences import differences, only_exchanged, reasons
from gateway.wording.languages import word
from gateway.wording.readable import NOTHING
from schemas import catalog
from schemas.catalog import kind_names
from schemas.findings import Text

BASE = "/differences"
DECISION = f"{BASE}/decision"
ABOUT: Mapping[About, Text] = {
    About.CONFLICT: Text("版本冲突", "Conflicts"),
    About.DISCREPANCY: Text("对账差异", "Discrepancies"),
    About.STANDSTILL: Text("对接停滞", "Standstills"),
}
TURNS: Mapping[Turn, Text] = {
    Turn.OFFICIAL: Text("待主管部门核定", "The authority decides"),
    Turn.OPERATOR: Text("待技术团队处理", "The technical team sees to it"),
    Turn.PORTAL: Text("等待门户", "Waits for the portal"),
}
_REASONS = {
    ConflictReason.BOTH_CHANGED: Text("双方都有变更", "Changed on both sides"),
    ConflictReason.SAME_NUMBER: Text("版本号相同而内容不同", "Other content under one version number"),
    ConflictReason.REFUSED_THERE: Text("门户已有新版本", "The portal holds another version"),
}
_CIRCUIT = Text("熔断", "Circuit open")
GONE = Text("已由他人核定，或已不存在", "Somebody has decided it, or it is there no more")
CHANGED = Text("您查看之后又有变化，请重新查看", "It has changed since you looked: look again")
NOT_ALLOWED = Text("此项不能如此核定", "This cannot be decided so")
FILE_FORMATS = ("xlsx", "csv")
COLUMNS = (
    Column(name="tag", title=Text("情况", "What"), is_in_files_only=True),
    Column(name="kind", title=Text("记录", "Record"), is_in_files_only=True),
    Column(name="subject", title=Text("名称", "Name"), is_in_files_only=True),
    Column(name="number", title=Text("编号", "Number"), is_in_files_only=True),
    Column(name="agency", title=Text("旅行社", "Agency"), is_in_files_only=True),
    Column(name="portal", title=Text("门户", "Portal"), is_in_files_only=True),
    Column(name="division", title=Text("行政区划", "Division"), is_in_files_only=True),
    Column(name="since", title=Text("自", "Since"), is_in_files_only=True),
    Column(name="turn", title=Text("该由谁处理", "Whose turn"), is_in_files_only=True),
    Column(
        name="differs", title=Text("不一致之处（本平台 | 对方）", "What differs (ours | theirs)"), is_in_files_only=True
    ),
)
_POWERS = {"roster": Power.READ_ROSTERS, "contract": Power.READ_CONTRACTS}
_OF_DECIDERS = ("filing", "pledge")
"""Kinds whose pages are for those who decide about them."""


def table_of(portals: Mapping[str, Text], divisions: Mapping[str, Text]) -> Table:
    """The criteria of the list, with the connectors and divisions that there are for somebody."""
    kinds = {name: catalog.kind(f"{name}.v1").title("") for name in kind_names()}
    filters = (
        Filter(name="about", title=Text("种类", "What"), entry=Entry.CHOICE, choices={**ABOUT}),
        Filter(name="connector", title=Text("门户", "Portal"), entry=Entry.CHOICE, choices=portals),
        Filter(name="kind", title=Text("记录", "Records"), entry=Entry.CHOICE, choices=kinds),
        Filter(name="division", title=Text("行政区划", "Division"), entry=Entry.CHOICE, choices=divisions),
        Filter(name="turn", title=Text("该由谁处理", "Whose turn"), entry=Entry.CHOICE, choices={**TURNS}),
    )
    views = tuple(View(title=words, criteria={"about": about.value}) for about, words in ABOUT.items())
    return Table(path=BASE, columns=COLUMNS, filters=filters, views=views, file_formats=FILE_FORMATS)


def line_of(shown: Shown) -> Row:
    """Something that does not agree as a line of a file."""
    values = {column.name: str(getattr(shown, column.name, "")) for column in COLUMNS}
    both = [f"{each.title} {each.ours} | {each.theirs}" for each in shown.fields]
    values["differs"] = "; ".join([*both, *shown.problems, *shown.notes])
    return Row(name=shown.name, cells={name: Cell(text=text) for name, text in values.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Something that does not agree. `choice` is what a decision names it by, empty where nothing is to be decided."""

    name: str
    choice: str
    tag: str
    tone: str
    subject: str
    href: str
    number: str
    kind: str
    agency: str
    portal: str
    portal_href: str
    division: str
    age: str
    since: str
    turn: str
    versions: str
    notes: Sequence[str]
    fields: Sequence[Any]
    problems: Sequence[str]

    @property
    def decide(self) -> str:
        """Where it is decided."""
        return f"{DECISION}?{urlencode({'row': self.choice})}" if self.choice else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """What a record is called, its number, and where it is shown."""

    subject: str
    number: str
    href: str


class Words:
    """Says what does not agree, to somebody in a language at a moment; `portals` are the titles of the connectors."""

    def __init__(self, actor: Actor, portals: Mapping[str, Text], now: datetime, language: str) -> None:
        self._actor = actor
        self._portals = portals
        self._now = now
        self._language = language

    def shown(self, each: Difference) -> Shown:
        """A line of the list."""
        row = each.row
        facts = {
            "name": row.name,
            "division": division_words(row.division),
            "age": waited(row.since, self._now, self._language),
            "since": moment(row.since, self._language),
            "turn": self._said(TURNS[row.turn]),
            **self._portal(row.connector),
        }
        if each.decidable is None:
            return Shown(**self._standstill(row.codes or ()), **facts)
        return Shown(**self._to_decide(each.decidable, each.record), **facts)

    def decidable(self, each: Decidable, record: Concerned | None, connector: str | None) -> Shown:
        """The same for what is about to be decided, wherever it was chosen."""
        since = each.conflict.opened_at if isinstance(each, OpenConflict) else each.discrepancy.since
        division = each.conflict.division if isinstance(each, OpenConflict) else each.discrepancy.division
        return Shown(
            name=str(each.name),
            division=division_words(division),
            age=waited(since, self._now, self._language),
            since=moment(since, self._language),
            turn="",
            **self._portal(connector),
            **self._to_decide(each, record),
        )

    def title(self, record: Concerned | None, key: str) -> Title:
        """What a record is called; of one that is not in sight the number that was given."""
        number = printed_code_of(record) or (key if record is None else record.row.key)
        return Title(subject=subject_of(record), number=number, href=self._href(record))

    def choices(self, allowed: frozenset[Decision]) -> list[tuple[str, str]]:
        """What may be decided, in its order."""
        return [(each.value, self._said(words)) for each, words in DECISION_WORDS.items() if each in allowed]

    def _to_decide(self, each: Decidable, record: Concerned | None) -> dict[str, Any]:
        key = each.record_key
        fields, language = each.fields, self._language
        alike = only_exchanged(fields, language)
        facts = self._conflict(each) if isinstance(each, OpenConflict) else self._discrepancy(each)
        return facts | {
            "choice": f"{each.seen}/{each.name}" if each.allowed else "",
            "subject": subject_of(record) or key.key,
            "href": self._href(record),
            "number": printed_code_of(record) or key.key,
            "kind": self._said(catalog.kind(f"{key.kind}.v1").title("")),
            "agency": "" if record is None else record.row.agency_name,
            "fields": differences(key.kind, fields or (), language),
            "problems": reasons(fields or (), language),
            "notes": [*facts["notes"], *([alike] if alike else [])],
        }

    def _conflict(self, each: Any) -> dict[str, Any]:
        row = each.conflict
        waits = Text(
            "门户的版本尚未取回，下次同步后可作比较。",
            "Their version has not been pulled yet; after the next sync both can be compared.",
        )
        return {
            "tag": self._said(_REASONS[row.reason]),
            "tone": "bad",
            "versions": f"{row.revision} / {row.their_revision}",
            "notes": [self._said(waits)] if row.theirs is None else [],
        }

    def _discrepancy(self, each: Any) -> dict[str, Any]:
        row = each.discrepancy
        ours, theirs = (NOTHING if one is None else str(one) for one in (row.our_revision, row.their_revision))
        return {
            "tag": self._said(TITLES[row.class_]),
            "tone": TONES[row.class_],
            "versions": f"{ours} / {theirs}",
            "notes": [self._said(PROBLEM_WORDS[row.problem])] if row.problem else [],
        }

    def _standstill(self, codes: Sequence[str]) -> dict[str, Any]:
        titles = [self._said(_CIRCUIT if code == CIRCUIT else ALERT_TITLES[AlertCode(code)]) for code in codes]
        parted = self._said(Text("、", ", "))
        nothing = dict.fromkeys(("choice", "href", "number", "kind", "agency", "versions", "subject"), "")
        return nothing | {"tag": parted.join(titles), "tone": "warn", "notes": (), "fields": (), "problems": ()}

    def _portal(self, connector: str | None) -> dict[str, str]:
        """By its name; for whoever edits connectors it leads there, else to its reconciliations."""
        if connector is None:
            return {"portal": "", "portal_href": ""}
        title = self._said(self._portals[connector]) if connector in self._portals else connector
        place = f"/connectors/{connector}"
        if not self._actor.may(Power.EDIT_CONNECTORS):
            place = f"/reconciliations?{urlencode({'connector': connector})}"
        return {"portal": title, "portal_href": place}

    def _href(self, record: Concerned | None) -> str:
        if record is None:
            return ""
        row = record.row
        needs = Power.DECIDE_FILINGS if row.kind in _OF_DECIDERS else _POWERS.get(row.kind, Power.READ_AGENCIES)
        plural = catalog.kind(row.schema).plural
        return address(f"/{plural}", row) if self._actor.may(needs) else ""

    def _said(self, words: Text) -> str:
        return word(words, self._language)
