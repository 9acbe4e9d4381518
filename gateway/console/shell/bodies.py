"""A canonical body as people read it: facts in groups, lists as tables, findings beside their values. Pure.

The body comes masked; nothing is opened here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.wording.languages import ZH, word
from gateway.wording.readable import shown_value
from schemas import catalog
from schemas.findings import Text

_MAIN = Text("基本信息", "The record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A finding as it is told beside a value."""

    code: str
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
    rows: Sequence[Sequence[Value]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    title: str
    values: Sequence[Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """`general` are the findings that no value shown is alone about."""

    groups: Sequence[Group] = ()
    grids: Sequence[Grid] = ()
    general: Sequence[Told] = field(default_factory=list)


def shown_body(kind: str, body: Mapping[str, Any], findings: Sequence[Mapping[str, Any]], language: str) -> Body:
    """A masked body of a kind with what was found in it."""
    view = _View(kind, language, findings)
    main = [view.value(f"/{name}", item) for name, item in body.items() if not _is_structured(item)]
    groups = [Group(title=word(_MAIN, language), values=main)]
    for name, item in body.items():
        if isinstance(item, Mapping):
            groups.append(Group(title=view.title(f"/{name}"), values=list(view.leaves(f"/{name}", item))))
    grids = [view.grid(f"/{name}", item) for name, item in body.items() if _is_table(item)]
    return Body(groups=groups, grids=grids, general=view.rest())


def _is_table(item: Any) -> bool:
    return isinstance(item, list) and bool(item) and isinstance(item[0], Mapping)


def _is_structured(item: Any) -> bool:
    return isinstance(item, Mapping) or _is_table(item)


class _View:
    """One body in one language; remembers which findings have found their place."""

    def __init__(self, kind: str, language: str, findings: Sequence[Mapping[str, Any]]) -> None:
        self._kind = kind
        self._language = language
        self._findings = findings
        self._placed: set[str] = set()

    def title(self, pointer: str) -> str:
        return word(catalog.kind(f"{self._kind}.v1").title(pointer), self._language)

    def value(self, pointer: str, item: Any) -> Value:
        return Value(title=self.title(pointer), text=self._text(pointer, item), found=self._found(pointer))

    def leaves(self, pointer: str, item: Mapping[str, Any]) -> Iterator[Value]:
        """Every value below an object, in its order."""
        for name, inner in item.items():
            below = f"{pointer}/{name}"
            if isinstance(inner, Mapping):
                yield from self.leaves(below, inner)
            else:
                yield self.value(below, inner)

    def grid(self, pointer: str, items: Sequence[Mapping[str, Any]]) -> Grid:
        rows = [{value.title: value for value in self.leaves(f"{pointer}/{at}", item)} for at, item in enumerate(items)]
        columns = list(dict.fromkeys(title for row in rows for title in row))
        empty = [[row.get(title, Value(title=title, text="")) for title in columns] for row in rows]
        return Grid(title=self.title(pointer), columns=columns, rows=empty)

    def rest(self) -> list[Told]:
        """The findings that stand beside no value."""
        return [self._told(each) for each in self._findings if each["field"] not in self._placed]

    def _text(self, pointer: str, item: Any) -> str:
        if isinstance(item, Mapping):
            return " ".join(value.text for value in self.leaves(pointer, item))
        if isinstance(item, list):
            parted = "、" if self._language == ZH else ", "
            return parted.join(self._text(f"{pointer}/{at}", inner) for at, inner in enumerate(item))
        return shown_value(self._kind, pointer, item, self._language)

    def _found(self, pointer: str) -> list[Told]:
        found = [each for each in self._findings if each["field"] == pointer]
        if found:
            self._placed.add(pointer)
        return [self._told(each) for each in found]

    def _told(self, finding: Mapping[str, Any]) -> Told:
        zh_or_en = "zh" if self._language == ZH else "en"
        return Told(
            code=finding["code"],
            severity=finding["severity"],
            reason=finding["reason"][zh_or_en],
            advice=finding["advice"][zh_or_en],
        )
