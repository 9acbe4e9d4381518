"""Workbooks made from our own template: a hidden first row says what every column is, so that no mapping is needed.

The sheets of a workbook are joined into one record a key, in canonical shape but with the values as typed; `derived`
mappings clean them. `options.records` names the kind ("contract.v1"). Workbooks are joined in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters.envelope import Path, Rejection, SourceRecord
from adapters.formats import sheet
from adapters.formats.options import Read
from adapters.formats.places import Named, letters
from adapters.formats.problems import (
    HEADER_MISSING,
    TEMPLATE_DUPLICATE,
    TEMPLATE_ORPHAN,
    TOO_LARGE,
    rejected,
    unreadable,
)
from adapters.formats.source import Source
from adapters.formats.table_rows import Broken, Values
from schemas.projections.layout import EXAMPLE_KEY, FIRST_DATA_ROW, MACHINE_ROW, Layout, template_layout

MAX_ROWS = 200_000


@dataclass(slots=True)
class _Page:
    """One filled sheet: the path of each column, and the rows below the headings."""

    name: str
    columns: list[str]
    rows: list[tuple[int, Values]]

    def index(self, path: str) -> int | None:
        return self.columns.index(path) if path in self.columns else None

    @property
    def array(self) -> str:
        """The list whose items the rows are: the longest of the columns' lists, "" for the records themselves."""
        return max((column.rpartition("/*")[0] for column in self.columns if "/*/" in column), key=len, default="")


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


def read(source: Source, options: Read) -> Iterator[SourceRecord | Rejection]:
    """Records of a filled template. Raises Unreadable when it is no template of the kind."""
    layout = template_layout(options.records)
    pages = _pages(source, layout)
    main = next((page for page in pages if not page.array and page.index(layout.key) is not None), None)
    if main is None:
        raise unreadable(HEADER_MISSING, rows=1, names=f"{layout.kind_id}#{layout.key}", found="")
    drafts: dict[str, _Draft] = {}
    refused = list(_records(main, layout, drafts))
    for page in sorted((page for page in pages if page.array), key=lambda page: page.array.count("/*")):
        refused += _items(page, layout, drafts)
    for ordinal, draft in enumerate(drafts.values(), 1):
        yield SourceRecord(ordinal, draft.data, draft.place, Named(draft.place, draft.cells))
    for ordinal, (problem, place, key) in enumerate(refused, len(drafts) + 1):
        yield rejected(problem, ordinal, place, key=key[:60])


def _pages(source: Source, layout: Layout) -> list[_Page]:
    pages: list[_Page] = []
    with sheet.sheets(source) as found:
        for name, rows in found:
            mark = f"{layout.kind_id}#"
            number, cells = next(rows, (0, []))
            if number != MACHINE_ROW + 1 or isinstance(cells, Broken):
                continue
            columns = [str(cell).removeprefix(mark) if str(cell).startswith(mark) else "" for cell in cells]
            if any(columns):
                data = [(n, c) for n, c in rows if n > FIRST_DATA_ROW and not isinstance(c, Broken) and any(c)]
                pages.append(_Page(name, columns, data))
            if sum(len(page.rows) for page in pages) > MAX_ROWS:
                raise unreadable(TOO_LARGE, what="template", limit=f"{MAX_ROWS} rows")
    return pages


def _records(page: _Page, layout: Layout, drafts: dict[str, _Draft]) -> Iterator[tuple[Any, str, str]]:
    at = page.index(layout.key) or 0
    for row, cells in page.rows:
        key = _text(cells, at)
        if key == EXAMPLE_KEY:
            continue
        place = f"{page.name}!{row}"
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
        if key == EXAMPLE_KEY:
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
    value = cells[at] if at is not None and at < len(cells) else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value if value is not None else "").strip()
