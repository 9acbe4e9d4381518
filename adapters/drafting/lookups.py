"""Tables for a partner's codes: each code that was seen, how often, and what it means where that is certain.

A code's name is never taken by likeness: only a name, an alias or a code of the list itself counts, and of documents
what their numbers are. Everything else is left to a person.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.check import TODO
from adapters.drafting.evidence import document_type, text_of
from adapters.drafting.sources import Source, is_blank
from adapters.mapping.cleaners.codelists import by_any_name

_ENOUGH = 3
_BY_CHECK = frozenset({"resident_id"})


@dataclass(slots=True)
class Row:
    """A partner's code, what it means or `TODO`, how often it was seen, and why."""

    code: str
    meaning: str
    seen: int
    why: str


@dataclass(slots=True)
class Tables:
    """The tables of a folder, by code list."""

    rows: dict[str, dict[str, Row]] = field(default_factory=dict)

    def add(self, codelist: str, source: Source, numbers: Source | None = None) -> str | None:
        """The name of what translates a source's codes: the code list itself where it knows them all, else a file of
        the folder. None when there are none."""
        counts = Counter(text_of(value) for value in source.values if not is_blank(value))
        known = by_any_name(codelist)
        if counts and all(text.casefold() in known for text in counts):
            return codelist
        if not counts:
            return codelist
        table = self.rows.setdefault(codelist, {})
        shown = _numbers_by_code(source, numbers)
        for code, times in counts.items():
            meaning, why = _meaning(code, codelist, shown.get(code, ()))
            before = table.get(code)
            seen = times + (before.seen if before else 0)
            table[code] = Row(code, meaning if before is None or meaning != TODO else before.meaning, seen, why)
        return f"{codelist}.csv"

    def files(self) -> dict[str, bytes]:
        return {f"{name}.csv": _csv(list(table.values())) for name, table in self.rows.items()}

    def todo(self) -> list[tuple[str, Row]]:
        """(file, row) of the codes that nobody has explained."""
        return [
            (f"{name}.csv", row) for name, table in self.rows.items() for row in table.values() if row.meaning == TODO
        ]


def _numbers_by_code(source: Source, numbers: Source | None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if numbers is not None and len(numbers.values) == len(source.values):
        for code, number in zip(source.values, numbers.values, strict=True):
            if not is_blank(code) and not is_blank(number):
                found.setdefault(text_of(code), []).append(text_of(number))
    return found


def _meaning(code: str, codelist: str, numbers: Sequence[str]) -> tuple[str, str]:
    known = by_any_name(codelist, unique=True).get(code.casefold())
    if known is not None:
        return known, "代码表中有此名称 named so in the list"
    if codelist == "document_types" and numbers:
        kinds = Counter(document_type(number) for number in numbers)
        kind, times = kinds.most_common(1)[0]
        why = f"{times}/{len(numbers)} 个号码形如 numbers look like {kind}" if kind else ""
        if kind and times == len(numbers) and (kind in _BY_CHECK or times >= _ENOUGH):
            return kind, why
        return TODO, why or "号码未能说明 its numbers do not tell"
    return TODO, "请向对接方询问 ask the partner"


def _csv(rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["from", "to", "seen", "why"])
    out.writerows([row.code, row.meaning, row.seen, row.why] for row in rows)
    return text.getvalue().encode()
