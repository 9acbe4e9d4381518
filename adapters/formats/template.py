"""Workbooks made from our own template: a hidden row at the top says what every column is; no mapping is needed.

The sheets of a workbook are joined into one record a key, in canonical shape but with the values as typed; `derived`
mappings clean them. `options.records` names the kind ("contract.v1"). Workbooks are joined in memory.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from adapters.envelope import Path, SourceRecord
from adapters.formats import sheet, table
from adapters.formats.headings import heading, key_text
from adapters.formats.options import Read
from adapters.formats.places import Named, letters
from adapters.formats.problems import (
    HEADER_MISSING,
    TEMPLATE_DUPLICATE,
    TEMPLATE_EXAMPLE,
    TEMPLATE_MARKS,
    TEMPLATE_ORPHAN,
    TOO_LARGE,
    rejected,
    unreadable,
)
from adapters.formats.source import Source
from adapters.formats.table import Item
from adapters.formats.table_rows import Broken, Rows, Values
from adapters.formats.unread import sheet_unread
from schemas.findings import Text
from schemas.projections.layout import EXAMPLE_KEY, HELP_SHEET, Layout, example_of, template_layout

MAX_ROWS = 200_000
_ROWS = Text("填报模板的行数", "The number of rows in the template")
_MARKS_WITHIN = 10
_MARK = re.compile(r"[a-z_]+\.v\d+#/")
_EXAMPLE = key_text(EXAMPLE_KEY)


@dataclass(slots=True)
class _Page:
    """One filled sheet: the path of each column, and the rows below the headings."""

    name: str
    columns: list[str]
    rows: list[tuple[int, Values]]

    def index(self, path: str) -> int | None:
        return self.columns.index(path) if path in self.columns else None

    def count_from_1900(self, days: Collection[str]) -> None:
        """Bare numbers of days are those of the 1900 date system from now on, which mappings know."""
        at = [number for number, path in enumerate(self.columns) if path in days]
        self.rows = list(table.dated(iter(self.rows), at))  # type: ignore[arg-type]

    @property
    def array(self) -> str:
        """The list whose items the rows are: the longest of the columns' lists, "" for the records themselves."""
        return max((column.rpartition("/*")[0] for column in self.columns if "/*/" in column), key=len, default="")


def _days(layout: Layout) -> frozenset[str]:
    """The paths of columns that hold days."""
    columns = (column for each in layout.sheets for column in each.columns)
    return frozenset(column.path for column in columns if column.field and column.field.format == "date")


@dataclass(slots=True)
class _Draft:
    """A record in the making, with the cell of every value."""

    key: str
    place: str
    data: dict[str, Any] = field(default_factory=dict)
    cells: dict[Path, str] = field(default_factory=dict)

    def fill(self, base: Path, row: int, cells: Values, page: _Page, *, prefix: str) -> None:
        """Put a row's values at `base`; columns outside `prefix` name the row and are no values."""
        node = _reach(self.data, base)
        self.cells[base] = f"{page.name}!{row}"
        for column, (path, value) in enumerate(zip(page.columns, cells, strict=False)):
            if value is None or value == "" or not path.startswith(f"{prefix}/"):
                continue
            way = tuple(path.removeprefix(f"{prefix}/").removesuffix("/*").split("/"))
            _reach(node, way[:-1])[way[-1]] = value
            self.cells[base + way] = f"{page.name}!{letters(column)}{row}"


def read(source: Source, options: Read) -> Iterator[Item]:
    """Records of a filled template. Raises Unreadable when it is no template of the kind."""
    layout = template_layout(options.records)
    pages, others = _pages(source, layout)
    main = next((page for page in pages if not page.array and page.index(layout.key) is not None), None)
    if main is None:
        raise unreadable(HEADER_MISSING, rows=_MARKS_WITHIN, names=f"{layout.kind_id}#{layout.key}", found="")
    drafts: dict[str, _Draft] = {}
    refused = list(_records(main, layout, drafts))
    for page in sorted((page for page in pages if page.array), key=lambda page: page.array.count("/*")):
        refused += _items(page, layout, drafts)
    for ordinal, draft in enumerate(drafts.values(), 1):
        yield SourceRecord(ordinal, draft.data, draft.place, Named(draft.place, draft.cells))
    for ordinal, (problem, place, key) in enumerate(refused, len(drafts) + 1):
        yield rejected(problem, ordinal, place, key=key[:60])
    yield from map(sheet_unread, others)


def _pages(source: Source, layout: Layout) -> tuple[list[_Page], list[str]]:
    """The sheets that say what their columns are, and the names of those that hold something and do not.

    Raises Unreadable where no sheet is of any template.
    """
    pages: list[_Page] = []
    others: list[str] = []
    has_marks = False
    with sheet.sheets(source) as found:
        for name, rows in found:
            first, columns = _marks(rows)
            has_marks |= bool(columns)
            mine = _mine(columns, layout)
            if not any(mine):
                if first and name != HELP_SHEET:
                    others.append(name)
                continue
            page = _Page(name, mine, _data(rows, mine, layout))
            if found.is_1904:
                page.count_from_1900(_days(layout))
            pages.append(page)
            if sum(len(page.rows) for page in pages) > MAX_ROWS:
                raise unreadable(TOO_LARGE, what=_ROWS, limit=MAX_ROWS)
    if not has_marks:
        raise unreadable(TEMPLATE_MARKS)
    return pages, others


def _marks(rows: Rows) -> tuple[bool, Values]:
    """Read up to the row that says what the columns are. Gives whether a row held anything, and that row."""
    says_something = False
    for _, cells in islice(rows, _MARKS_WITHIN):
        if isinstance(cells, Broken) or not any(cells):
            continue
        says_something = True
        if any(isinstance(cell, str) and _MARK.match(cell) for cell in cells):
            return True, cells
    return says_something, ()


def _mine(marks: Values, layout: Layout) -> list[str]:
    """The path of each column that is of this kind."""
    mark = f"{layout.kind_id}#"
    return [str(cell).removeprefix(mark) if str(cell).startswith(mark) else "" for cell in marks]


def _data(rows: Rows, columns: list[str], layout: Layout) -> list[tuple[int, Values]]:
    """The rows below the headings, wherever a row was put in between."""
    filled = [(number, cells) for number, cells in rows if not isinstance(cells, Broken) and any(cells)]
    title = heading(layout.sheets[0].columns[0].title.zh)
    key_at = columns.index(layout.key) if layout.key in columns else 0
    for at, (_, cells) in enumerate(filled[:_MARKS_WITHIN]):
        if key_at < len(cells) and heading(str(cells[key_at])) == title:
            return filled[at + 1 :]
    return filled[1:]


def _is_example(cells: Values, page: _Page, layout: Layout) -> bool:
    """Whether a row with the example's key says nothing but the example."""
    shown = {column.path: example_of(column) for each in layout.sheets for column in each.columns}
    return all(
        cell in ("", None) or not path or path == layout.key or _shown(cell) == _shown(shown.get(path, cell))
        for path, cell in zip(page.columns, cells, strict=False)
    )


def _shown(value: Any) -> str:
    text = value.date().isoformat() if isinstance(value, datetime) else key_text(value)
    return "".join(text.removesuffix("T00:00:00").split())


def _records(page: _Page, layout: Layout, drafts: dict[str, _Draft]) -> Iterator[tuple[Any, str, str]]:
    at = page.index(layout.key) or 0
    for row, cells in page.rows:
        key = _text(cells, at)
        place = f"{page.name}!{row}"
        if key == _EXAMPLE:
            if not _is_example(cells, page, layout):
                yield TEMPLATE_EXAMPLE, f"{page.name}!{letters(at)}{row}", EXAMPLE_KEY
            continue
        if key in drafts:
            yield TEMPLATE_DUPLICATE, place, key
            continue
        draft = drafts[key] = _Draft(key, place)
        draft.fill((), row, cells, page, prefix="")


def _items(page: _Page, layout: Layout, drafts: dict[str, _Draft]) -> Iterator[tuple[Any, str, str]]:
    at, array = page.index(layout.key) or 0, page.array
    outer = array.rpartition("/*/")[0]
    parent_at = page.index(f"{outer}/*") if outer else None
    for row, cells in page.rows:
        key = _text(cells, at)
        if key == _EXAMPLE:
            if not _is_example(cells, page, layout):
                yield TEMPLATE_EXAMPLE, f"{page.name}!{letters(at)}{row}", EXAMPLE_KEY
            continue
        draft = drafts.get(key)
        base = _base(draft, array, outer, _text(cells, parent_at)) if draft else None
        if draft is None or base is None:
            yield TEMPLATE_ORPHAN, f"{page.name}!{row}", key
            continue
        draft.fill(base, row, cells, page, prefix=f"{array}/*")


def _base(draft: _Draft, array: str, outer: str, parent: str) -> Path | None:
    """Where the next item of a list goes; None when the item that should hold the list does not exist."""
    base: Path = ()
    if outer:
        base = tuple(outer.strip("/").split("/"))
        items = _reach(draft.data, base[:-1]).get(base[-1], [])
        number = int(float(parent)) if parent.replace(".", "", 1).isdecimal() else 0
        if not 1 <= number <= len(items):
            return None
        base += (number - 1,)
    way = tuple(array.removeprefix(f"{outer}/*" if outer else "").strip("/").split("/"))
    items = _reach(draft.data, base + way[:-1]).setdefault(way[-1], [])
    items.append({})
    return (*base, *way, len(items) - 1)


def _reach(node: Any, way: Path) -> Any:
    """The object at a way; objects on it are made as needed, list items exist."""
    for step in way:
        node = node[step] if isinstance(step, int) else node.setdefault(step, {})
    return node


def _text(cells: Values, at: int | None) -> str:
    return key_text(cells[at]) if at is not None and at < len(cells) else ""
