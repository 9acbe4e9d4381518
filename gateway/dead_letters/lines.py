"""A dead letter as lines of a sheet: the partner's values, which of them are bad, and why. Pure.

Tables (spreadsheets, CSV) come back as the rows they were; nested documents (JSON, XML, filled templates) as one line a
field, since a group of forty travellers would otherwise be hundreds of columns wide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from adapters.envelope import Path
from adapters.formats.places import LINES, ROWS, Pointer, XPath, row_of, row_place

FIELD, VALUE = "字段 Field", "值 Value"
MOST_COLUMNS = 500
_HEADING = re.compile(r"column \d+ \((?P<name>.*)\)$", re.DOTALL)
_CELL = re.compile(r"!(?P<letters>[A-Z]{1,3})?\d+$")
_FIRST = re.compile(r"\[1\]")

Finding = Mapping[str, Any]


class SheetLetter(Protocol):
    """What a sheet needs of a dead letter."""

    @property
    def ordinal(self) -> int: ...
    @property
    def locator(self) -> str: ...
    @property
    def findings(self) -> Sequence[Finding]: ...


@dataclass(slots=True)
class Line:
    """One row to be written. `bad` names the cells at fault; `findings` are those that belong on this row."""

    ordinal: int
    record: str
    cells: dict[str, Any]
    bad: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    @property
    def locator(self) -> str:
        """The places of the findings in the partner's document, or that of the record."""
        return "\n".join(dict.fromkeys(finding["locator"] for finding in self.findings)) or self.record


def lines_of(letters: Sequence[tuple[SheetLetter, Any]]) -> Iterator[Line]:
    """The lines of (dead letter, source) pairs, all in one layout; each error of a letter is on one of its lines.

    Where sources have no common columns, or too many, a line is a field.
    """
    nested = any(_is_nested(source) for _, source in letters) or _has_many_columns(source for _, source in letters)
    for letter, source in letters:
        errors = [finding for finding in letter.findings if finding["severity"] == "error"]
        lay_out = _fields if nested else _rows
        yield from lay_out(letter, source if isinstance(source, Mapping) else {"": source}, errors)


def _has_many_columns(sources: Iterable[Any]) -> bool:
    names: set[str] = set()
    for source in sources:
        names.update(source if isinstance(source, Mapping) else ())
        if len(names) > MOST_COLUMNS:
            return True
    return False


def _is_nested(source: Any) -> bool:
    if not isinstance(source, Mapping):
        return False
    return any(isinstance(value, Mapping | list) for name, value in source.items() if name not in (ROWS, LINES))


def _rows(letter: SheetLetter, source: Mapping[str, Any], errors: Sequence[Finding]) -> list[Line]:
    above = {name: value for name, value in source.items() if name not in (ROWS, LINES)}
    rows = source.get(ROWS) or [above]
    lines = [Line(letter.ordinal, letter.locator, above | row) for row in rows]
    start = row_of(letter.locator) or 0
    numbers: Sequence[int | str] = source.get(LINES) or list(range(start, start + len(lines)))
    number_of = row_place if isinstance(numbers[0], str) else row_of
    for error in errors:
        number = number_of(error["locator"])
        inside = number is not None and number in numbers
        index = numbers.index(number) if number is not None and inside else 0
        lines[index].findings.append(error)
        name = _column(error, list(rows[index]) if inside else [], lines[index].cells)
        if name is not None:
            lines[index].bad.add(name)
    return lines


def _column(error: Finding, columns: Sequence[str], cells: Mapping[str, Any]) -> str | None:
    """The column a locator speaks of: by its heading, by its letter, or by the title of the field."""
    locator = error["locator"]
    if heading := _HEADING.search(locator):
        return heading["name"] if heading["name"] in cells else None
    if error["title"]["zh"] in cells:
        return error["title"]["zh"]
    cell = _CELL.search(locator)
    if cell is None or cell["letters"] is None:
        return None
    index = _index(cell["letters"])
    return columns[index] if index < len(columns) else None


def _index(letters: str) -> int:
    """A is 0, Z is 25, AA is 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def _fields(letter: SheetLetter, source: Mapping[str, Any], errors: Sequence[Finding]) -> list[Line]:
    waiting = list(errors)
    lines: list[Line] = []
    for path, value in _leaves(source):
        places = _places(letter.locator, path)
        here = [error for error in waiting if _FIRST.sub("", error["locator"]) in places]
        waiting = [error for error in waiting if error not in here]
        if value in (None, "") and not here:
            continue
        cells = {FIELD: ".".join(map(str, path)), VALUE: value}
        lines.append(Line(letter.ordinal, letter.locator, cells, {VALUE} if here else set(), here))
    missing = [
        Line(letter.ordinal, letter.locator, {FIELD: error["title"]["zh"], VALUE: None}, {VALUE}, [error])
        for error in waiting
    ]
    return missing + lines


def _places(record: str, path: Path) -> set[str]:
    """How a JSON or XML locator would name a place; the first of a list may also go without its number."""
    prefix = record if record[:1] in ("", "/") else f"{record} "
    return {_FIRST.sub("", place) for place in (Pointer(prefix)(path), XPath(record)(path))}


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from _leaves(item, (*path, str(name)))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    elif path:
        yield path, None if isinstance(value, Mapping | list) else value
