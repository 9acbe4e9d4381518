"""The menu of the console: each page says itself what it is called there, under which duty, and who sees it."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import NamedTuple

import gateway.console
from gateway.access.accounts import Actor
from gateway.access.powers import Power
from gateway.authority.waiting import MOST_COUNTED
from gateway.wording.languages import word
from schemas.findings import Text


class Section(StrEnum):
    """The groups of the menu, in their order."""

    REPORT = "report"
    DECIDE = "decide"
    RECORDS = "records"
    EXCHANGE = "exchange"
    OVERSIGHT = "oversight"
    ADMINISTRATION = "administration"


SECTIONS: Mapping[Section, Text] = {
    Section.REPORT: Text("报送", "Report"),
    Section.DECIDE: Text("审验与核定", "Audit and decide"),
    Section.RECORDS: Text("业务档案", "Records"),
    Section.EXCHANGE: Text("数据交换", "Exchange"),
    Section.OVERSIGHT: Text("监督", "Oversight"),
    Section.ADMINISTRATION: Text("机构管理", "Administration"),
}


class Entry(NamedTuple):
    """A line of the menu. `place` orders them; `needs` is the power without which nobody sees it; `waits` names
    the count that stands beside it, and `filter` is what it opens with, so that this is what one sees. A line that
    `comes_and_goes` is another way into a page, there while something waits.
    """

    place: int
    path: str
    words: Text
    section: Section
    needs: Power
    waits: str = ""
    filter: str = ""
    comes_and_goes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatWaits:
    """Numbers, and how urgent the first of them is in words, by the names that entries give."""

    counts: Mapping[str, int]
    since: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry as it is shown: `waiting` is empty when nothing waits, `since` how long the oldest has waited, or how
    much time there is for the most urgent, where that is known, `is_here` marks the page that is open.
    """

    path: str
    words: str
    waiting: str
    is_counted: bool
    since: str
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    name: str
    title: str
    lines: tuple[Line, ...]


@cache
def entries() -> tuple[Entry, ...]:
    """The lines of `MENU` of every `pages` of the console, in their order."""
    found: list[Entry] = []
    for module in pkgutil.walk_packages(gateway.console.__path__, "gateway.console."):
        if module.name.endswith(".pages"):
            found += getattr(import_module(module.name), "MENU", ())
    return tuple(sorted(found))


def menu(actor: Actor, path: str, waiting: WhatWaits, language: str) -> tuple[Group, ...]:
    """What somebody may open, by duties; `path` is where they are."""
    may_open = [entry for entry in entries() if actor.may(entry.needs)]
    seen = [entry for entry in may_open if waiting.counts.get(entry.waits, 0) or not entry.comes_and_goes]
    here = _here(seen, path)
    groups = []
    for section, title in SECTIONS.items():
        lines = tuple(_line(entry, here, waiting, language) for entry in seen if entry.section is section)
        if lines:
            groups.append(Group(name=section.value, title=word(title, language), lines=lines))
    return tuple(groups)


def _here(seen: list[Entry], path: str) -> str:
    """The entry that a page belongs to: the longest address that its own begins with."""
    above = [entry.path for entry in seen if path == entry.path or path.startswith(f"{entry.path}/")]
    return max(above, key=len, default="")


def _line(entry: Entry, here: str, waiting: WhatWaits, language: str) -> Line:
    return Line(
        path=entry.path + entry.filter,
        words=word(entry.words, language),
        waiting=bounded(waiting.counts.get(entry.waits, 0)),
        is_counted=bool(entry.waits),
        since=waiting.since.get(entry.waits, ""),
        is_here=entry.path == here and not entry.comes_and_goes,
    )


def bounded(count: int) -> str:
    """A count beside a line: nothing for none; many are not told exactly, because nobody counts so far."""
    if count >= MOST_COUNTED:
        return f"{MOST_COUNTED - 1}+"
    return str(count) if count else ""
