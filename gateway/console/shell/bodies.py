"""A canonical body as people read it: facts in groups, lists as tables, findings beside their values. Pure.

The body comes masked; nothing is opened here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.wording.languages import ZH, word
from gateway.wording.readable import shown_value
from schemas import catalog
from schemas.fields import pattern_of
from schemas.findings import Text

_MAIN = Text("基本信息", "The record")
_NUMBER = "seq_no"
_ROW = re.compile(r"(/[a-z_]+)/([0-9]{1,6})/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A finding as it is told beside a value; `where` names the value, with its row in a list."""

    code: str
    where: str
    severity: str
    reason: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    title: str
    text: str
    found: Sequence[Told] = ()

    @property
    def severity(self) -> str:
        """The worst of what was found; empty for nothing."""
        return next((name for name in ("error", "warning") if any(each.severity == name for each in self.found)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A list of the body: a column for every field that any of its items has."""

    title: str
    columns: Sequence[str]
    numbers: Sequence[str]
    rows: Sequence[Sequence[Value]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    title: str
    values: Sequence[Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """`found` are all findings, told once more in one place: a wide table may hide the cell that one stands in."""

    groups: Sequence[Group] = ()
    grids: Sequence[Grid] = ()
    found: Sequence[Told] = ()


def shown_body(kind: str, body: Mapping[str, Any], findings: Sequence[Mapping[str, Any]], language: str) -> Body:
    """A masked body of a kind with what was found in it, everything in the order of its schema."""
    view = _View(kind, language, findings)
    main = [view.value(place, item) for place, item in view.members("", body) if not _is_structured(item)]
    groups = [Group(title=word(_MAIN, language), values=main)]
    for place, item in view.members("", body):
        if isinstance(item, Mapping):
            groups.append(Group(title=view.title(place), values=list(view.leaves(place, item))))
    grids = [view.grid(place, items) for place, items in view.tables("", body)]
    return Body(groups=groups, grids=grids, found=[view.told(each) for each in findings])


def place_of(kind: str, pointer: str, language: str) -> str:
    """A field as people name it: by its title, in a list with the list's and the row."""
    view = _View(kind, language, ())
    return view.where(pointer, view.title(pointer))


def _is_table(item: Any) -> bool:
    return isinstance(item, list) and bool(item) and isinstance(item[0], Mapping)


def _is_structured(item: Any) -> bool:
    return isinstance(item, Mapping) or _is_table(item)


@cache
def _order(kind: str) -> Mapping[str, int]:
    """The fields of a kind by their places in the schema."""
    return {each.path: at for at, each in enumerate(catalog.kind(f"{kind}.v1").fields())}


class _View:
    """One body in one language, with what was found in it."""

    def __init__(self, kind: str, language: str, findings: Sequence[Mapping[str, Any]]) -> None:
        self._kind = kind
        self._language = language
        self._findings = findings

    def title(self, pointer: str) -> str:
        return word(catalog.kind(f"{self._kind}.v1").title(pointer), self._language)

    def members(self, pointer: str, item: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """The members of an object by their pointers, in the order of the schema."""
        order = _order(self._kind)
        found = [(f"{pointer}/{name}", inner) for name, inner in item.items()]
        return sorted(found, key=lambda each: order.get(pattern_of(each[0]), len(order)))

    def value(self, pointer: str, item: Any) -> Value:
        return Value(title=self.title(pointer), text=self._text(pointer, item), found=self._found(pointer))

    def leaves(self, pointer: str, item: Mapping[str, Any], *, is_flat: bool = False) -> Iterator[Value]:
        """Every value below an object; of the lists in it too when it `is_flat`, else they are tables of their own."""
        for below, inner in self.members(pointer, item):
            if isinstance(inner, Mapping):
                yield from self.leaves(below, inner, is_flat=is_flat)
            elif is_flat or not _is_table(inner):
                yield self.value(below, inner)

    def tables(self, pointer: str, item: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
        """Every list of objects below an object that is not itself in a list."""
        for below, inner in self.members(pointer, item):
            if isinstance(inner, Mapping):
                yield from self.tables(below, inner)
            elif _is_table(inner):
                yield below, inner

    def grid(self, pointer: str, items: Sequence[Mapping[str, Any]]) -> Grid:
        """A list as a table; an item that has a number of its own is known by it."""
        rows: list[dict[str, Value]] = []
        numbers: list[str] = []
        for at, item in enumerate(items):
            numbers.append(str(item.get(_NUMBER, at + 1)))
            rest = {name: inner for name, inner in item.items() if name != _NUMBER}
            rows.append({value.title: value for value in self.leaves(f"{pointer}/{at}", rest, is_flat=True)})
        columns = list(dict.fromkeys(title for row in rows for title in row))
        cells = [[row.get(title, Value(title=title, text="")) for title in columns] for row in rows]
        return Grid(title=self.title(pointer), columns=columns, numbers=numbers, rows=cells)

    def _text(self, pointer: str, item: Any) -> str:
        if isinstance(item, Mapping):
            return " ".join(value.text for value in self.leaves(pointer, item))
        if isinstance(item, list):
            parted = "、" if self._language == ZH else ", "
            return parted.join(self._text(f"{pointer}/{at}", inner) for at, inner in enumerate(item))
        return shown_value(self._kind, pointer, item, self._language)

    def _found(self, pointer: str) -> list[Told]:
        return [self.told(each) for each in self._findings if each["field"] == pointer]

    def told(self, finding: Mapping[str, Any]) -> Told:
        """A finding in the language of the page."""
        language = "zh" if self._language == ZH else "en"
        return Told(
            code=finding["code"],
            where=self.where(finding["field"], finding["title"][language]),
            severity=finding["severity"],
            reason=finding["reason"][language],
            advice=finding["advice"][language],
        )

    def where(self, pointer: str, title: str) -> str:
        """A field by its title, in a list with the list's and the row."""
        row = _ROW.match(pointer)
        if row is None:
            return title
        number = int(row[2]) + 1
        whose = word(Text(f"第 {number} 行", f"row {number}"), self._language)
        return f"{self.title(row[1])} {whose} · {title}"
