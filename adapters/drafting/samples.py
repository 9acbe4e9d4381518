"""Samples of a partner's documents: their format, where their records lie, and what the reader has to be told."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adapters.drafting.words import concepts
from adapters.errors import Unreadable
from adapters.formats import charset, delimited, sheet, strict_json, xml
from adapters.formats.headings import heading, headings, several_rows
from adapters.formats.labels import looks_like_label
from adapters.formats.options import TOTALS
from schemas.vocabulary import vocabulary

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENVELOPE = ("Envelope", "Body")
_WITHIN = 30
_MOST_ROWS = 200
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to read a sample: `read` is what a mapping says under `read:`, and what is read that way.

    Of a table `columns` are its headings (`证件/号码` where a heading stands under another), `labels` the cells above,
    `around` is what stands around records of JSON and XML,
    `start` the row of the first heading from 0, `places` the headings by their column from 0.
    """

    read: Mapping[str, Any]
    records: Sequence[Mapping[str, Any]]
    columns: tuple[str, ...] = ()
    labels: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[Sequence[Any]] = ()
    around: Mapping[str, Any] = field(default_factory=dict)
    depth: int = 0
    start: int = 0
    places: Mapping[int, str] = field(default_factory=dict)

    @property
    def is_table(self) -> bool:
        return bool(self.columns)

    @property
    def has_headings(self) -> bool:
        return "columns" not in self.read


def layouts(file: Path) -> list[Layout]:
    """The ways in which a sample may be read. Raises Unreadable."""
    raw = file.read_bytes()
    if raw[:4] in (_ZIP, _OLE):
        return _sheet(file)
    text = charset.decode(raw[: 1 << 20]).lstrip("\ufeff \t\r\n")
    if text[:1] == "<":
        return _xml(raw)
    if text[:1] in ("{", "["):
        return _json(raw, text)
    return _delimited(charset.decode(raw))


# --- JSON and XML: every object or list of objects may be the record -------------------------------------------------


def _json(raw: bytes, text: str) -> list[Layout]:
    try:
        tree = strict_json.loads(raw)
    except Unreadable:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        tree = [strict_json.loads(line.encode()) for line in lines]
    return [replace(layout, around=_around(tree, layout.read["records"])) for layout in _places(tree, (), 0)]


def _around(tree: Any, records: str) -> Mapping[str, Any]:
    """A document of one object without its records."""
    if records == "$" or not isinstance(tree, Mapping):
        return {}
    first, _, rest = records.partition(".")
    inner = _around(tree.get(first), rest or "$")
    return {name: child for name, child in tree.items() if name != first} | ({first: inner} if inner else {})


def _places(node: Any, steps: tuple[str, ...], depth: int) -> Iterator[Layout]:
    if isinstance(node, list):
        records = [item for item in node if isinstance(item, Mapping)]
        if records:
            yield Layout({"format": "json", "records": ".".join(steps) or "$"}, records[:_MOST_ROWS], depth=depth)
        return
    if not isinstance(node, Mapping) or depth > _DEEPEST:
        return
    if not _is_wrapper(node):
        yield Layout({"format": "json", "records": ".".join(steps) or "$"}, [node], depth=depth)
    for name, child in node.items():
        if "." not in name:
            yield from _places(child, (*steps, name), depth + 1)


def _is_wrapper(node: Mapping[str, Any]) -> bool:
    """Whether an object holds nothing but one other object, or a list of them."""
    child = next(iter(node.values()), None)
    if isinstance(child, list):
        return len(node) == 1 and any(isinstance(item, Mapping) for item in child)
    return len(node) == 1 and isinstance(child, Mapping)


def _xml(raw: bytes) -> list[Layout]:
    root = xml.parse(raw)
    found: dict[str, list[Any]] = {}
    depths: dict[str, int] = {}
    _elements(root, 0, found, depths)
    return [
        Layout(
            {"format": "xml", "records": name}, records[:_MOST_ROWS], depth=depths[name], around=_outside(root, name)
        )
        for name, records in found.items()
        if all(isinstance(record, Mapping) and not _is_wrapper(record) for record in records)
    ]


def _outside(root: Any, record: str) -> Mapping[str, Any]:
    whole = xml.plain(root)
    return _without(whole, record) if isinstance(whole, Mapping) and _depth_of(root, record) else {}


def _depth_of(root: Any, record: str) -> int:
    return 0 if str(root.tag).rpartition("}")[2] == record else 1


def _without(node: Mapping[str, Any], record: str) -> dict[str, Any]:
    return {
        name: _without(child, record) if isinstance(child, Mapping) else child
        for name, child in node.items()
        if name != record
    }


def _elements(element: Any, depth: int, found: dict[str, list[Any]], depths: dict[str, int]) -> None:
    """Every element with something in it, by local name; those inside one of the same name belong to it."""
    name = str(element.tag).rpartition("}")[2]
    if name not in _ENVELOPE and name != "Header" and (len(element) or element.attrib):
        found.setdefault(name, []).append(xml.plain(element))
        depths.setdefault(name, depth)
    if name == "Header":
        return
    for child in element:
        if depth <= _DEEPEST:
            _elements(child, depth + 1, found, depths)


# --- Tables ----------------------------------------------------------------------------------------------------------


def _delimited(text: str) -> list[Layout]:
    delimiter = max(delimited.DELIMITERS, key=lambda each: text[:4000].count(each))
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cell.strip() for cell in row)]
    return [_table(rows[:_MOST_ROWS], {"format": "delimited"})]


def _sheet(file: Path) -> list[Layout]:
    found = []
    with sheet.sheets(file) as pages:
        for _, numbered in pages:
            rows = [list(cells) for _, cells in numbered if isinstance(cells, (list, tuple))][:_MOST_ROWS]
            if sum(len([cell for cell in row if not _is_empty(cell)]) for row in rows) > 3:
                table = _table(rows, {"format": "sheet"})
                found.append(replace(table, depth=len(found)))
    return found


def _table(rows: Sequence[Sequence[Any]], read: Mapping[str, Any]) -> Layout:
    """A table with the row that is most like one of headings, if any is, and the label cells above it."""
    at = _heading_row(rows)
    if at is None:
        width = max((len(row) for row in rows), default=0)
        columns = tuple(f"第{number}列" for number in range(1, width + 1))
        return Layout(
            {**read, "columns": list(columns)},
            [dict(zip(columns, row, strict=False)) for row in rows],
            columns,
            {},
            rows,
        )
    if at + 1 < len(rows) and _is_below(rows[at], rows[at + 1]):
        at += 1
    upper, names = _names(rows, at)
    first = at + 1
    body = [row for row in rows[first:] if not _is_total(row)]
    labels = _labels(rows[:upper])
    columns = tuple(name for name in names if name)
    places = [place for place, name in enumerate(names) if name]
    data = [{names[place]: row[place] if place < len(row) else None for place in places} for row in body]
    data = [record for record in data if any(not _is_empty(cell) for cell in record.values())]
    several = {"header_rows": "2"} if upper < at else {}
    return Layout(
        {**read, **several}, data, columns, labels, rows, start=upper, places={at: names[at] for at in places}
    )


def _heading_row(rows: Sequence[Sequence[Any]]) -> int | None:
    """The row of headings: words of the trade, no values, and as many as the rows below it have cells."""
    best, found = 0.0, None
    for at, row in enumerate(rows[:_WITHIN]):
        texts = [str(cell) for cell in row if not _is_empty(cell)]
        if len(texts) < 2:
            continue
        words = sum(_is_word(text) for text in texts)
        below = rows[at + 1] if at + 1 < len(rows) else ()
        filled = sum(not _is_empty(cell) for cell in below)
        values = sum(_is_value(cell) for cell in row)
        score = words - 2.0 * values - (0.5 * abs(len(texts) - filled) if below else 0.0)
        if any(text.rstrip().endswith((":", "：")) for text in texts):
            score -= 2.0
        if score > best and words >= 0.5 * len(texts) and values <= _MOST_VALUES * len(texts):
            best, found = score, at
    return found


def _is_word(text: str) -> bool:
    """Whether a cell says the name of a field: known words, short, and no value."""
    if len(text) > 30 or _is_value(text):
        return False
    known = vocabulary().weights
    means = concepts(text)
    return any(each in known for each in means) or bool(_IDENTIFIER.fullmatch(text))


_MOSTLY = 0.7
"""Of a row of headings so many are words that are known."""
_MOST_VALUES = 0.1
"""Of a row of headings so many may look like values: `2025年营收`."""
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z_]*\d{0,3}")
_LABEL = re.compile(r"(?:^|(?<=[\s(（,，;；]))([\u3400-\u9fffA-Za-z]{1,16}+)\s{0,3}+[:：]")
"""A label in a cell; its value goes as far as the next one."""
_VALUE = re.compile(r"[\d\s.,:/\-]{3,}|.*\d{4,}.*|.{5,}公司|.*旅行社有限.*", re.ASCII | re.DOTALL)


def _is_value(cell: Any) -> bool:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return True
    return isinstance(cell, str) and bool(_VALUE.fullmatch(cell.strip()))


def _names(rows: Sequence[Sequence[Any]], at: int) -> tuple[int, list[str]]:
    """(the first of the heading rows, the names of the columns). A row above that reaches over several is one of them;
    a row of headings may also be the upper one, where the next has no values."""
    above = rows[at - 1] if at else ()
    if _spans(above, rows[at]):
        return at - 1, several_rows([above, rows[at]], ())
    names = headings(rows[at])
    return at, ["" if _is_empty(cell) else name for cell, name in zip(rows[at], names, strict=True)]


def _is_below(row: Sequence[Any], below: Sequence[Any]) -> bool:
    """Whether the next row goes on with headings: nothing but names, some under a heading that reaches over them."""
    names = [str(cell) for cell in below if not _is_empty(cell)]
    words = sum(map(_is_word, names))
    return words > 1 and words >= _MOSTLY * len(names) and not any(map(_is_value, below)) and _spans(row, below)


def _spans(above: Sequence[Any], row: Sequence[Any]) -> bool:
    """Whether a row is one of headings over those of the next: it has several words, and gaps where that has names."""
    words = [str(cell) for cell in above if not _is_empty(cell)]
    if len(words) < 2 or any(word.rstrip().endswith((":", "：")) or _is_value(word) for word in words):
        return False
    if sum(map(_is_word, words)) < _MOSTLY * len(words):
        return False
    gaps = sum(
        1 for place, cell in enumerate(row) if not _is_empty(cell) and (place >= len(above) or _is_empty(above[place]))
    )
    own = sum(
        1 for place, cell in enumerate(above) if not _is_empty(cell) and (place >= len(row) or _is_empty(row[place]))
    )
    return gaps > 0 and (own > 0 or len(words) + gaps >= len([cell for cell in row if not _is_empty(cell)]))


def _labels(rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Label and value cells above a table: `团号：` | `A-1`, or both in one cell."""
    found: dict[str, Any] = {}
    for row in rows:
        cells = [cell for cell in row if not _is_empty(cell)]
        at = 0
        while at < len(cells):
            cell = str(cells[at]) if isinstance(cells[at], str) else ""
            inside = _inside(cell)
            for name, value in inside:
                if value.strip() and _is_word(name):
                    found.setdefault(heading(name), value.strip())
            if inside and inside[-1][1].strip():
                at += 1
                continue
            if cell and (_is_word(cell) or looks_like_label(cell)) and at + 1 < len(cells):
                following = cells[at + 1]
                if not (isinstance(following, str) and looks_like_label(following)):
                    found.setdefault(heading(cell), following)
                    at += 1
            at += 1
    return found


def _inside(cell: str) -> list[tuple[str, str]]:
    """The labels in a cell with what stands behind each."""
    marks = list(_LABEL.finditer(cell))
    ends = [*(mark.start() for mark in marks[1:]), len(cell)]
    return [(mark[1], cell[mark.end() : end].strip()) for mark, end in zip(marks, ends, strict=False)]


def _is_total(row: Sequence[Any]) -> bool:
    first = next((str(cell) for cell in row if not _is_empty(cell)), "")
    return heading(first).casefold() in TOTALS or first[:2] in TOTALS


def _is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
