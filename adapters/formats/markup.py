"""Tables in markup that call themselves .xls: HTML, as web systems export it, and XML Spreadsheet 2003.

Both are small enough to be read whole. What a merged cell says holds for the rows that it covers, as in a workbook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from adapters.formats import xml
from adapters.formats.problems import TOO_LARGE, unreadable
from adapters.formats.sheet_marks import Marks, Region, marked
from adapters.formats.source import Source, whole
from adapters.formats.table_rows import Rows
from schemas.findings import Text

MOST_ROWS, MOST_COLUMNS, MOST_SPAN = 100_000, 1024, 10_000
MOST_CELLS = 2_000_000
_TABLE = Text("表格", "A table")
_PARTING = ("br", "p", "div", "li", "tr", "td", "th")
_SAFE_DIGITS = 16
SPREADSHEET_2003 = "urn:schemas-microsoft-com:office:spreadsheet"
_SS = f"{{{SPREADSHEET_2003}}}"


class Pages:
    """(name, rows) of every table; `hidden` has the numbers of the hidden rows of the one that was given last."""

    def __init__(self, source: Source, read: Callable[[bytes, list[int]], Iterator[tuple[str, Rows]]]) -> None:
        self._source = source
        self._read = read
        self.hidden: list[int] = []
        self.is_1904 = False

    def __iter__(self) -> Iterator[tuple[str, Rows]]:
        return self._read(whole(self._source), self.hidden)


def html(raw: bytes, hidden: list[int]) -> Iterator[tuple[str, Rows]]:
    """The outermost tables of an HTML document. Raises Unreadable."""
    tables = [table for table in xml.parse_html(raw).iter("table") if next(table.iterancestors("table"), None) is None]
    for nth, table in enumerate(tables, 1):
        hidden.clear()
        yield (
            f"table{nth}",
            _rows([list(_html_cells(row)) for row in table.iter("tr") if next(row.iterancestors("table")) is table]),
        )


def spreadsheet_2003(raw: bytes, hidden: list[int]) -> Iterator[tuple[str, Rows]]:
    """The sheets of an XML Spreadsheet 2003. Raises Unreadable."""
    for sheet in xml.parse(raw, most_children=MOST_ROWS).iterfind(f"{_SS}Worksheet"):
        if sheet.findtext("{*}WorksheetOptions/{*}Visible") not in (None, "SheetVisible"):
            continue
        hidden.clear()
        lines: list[list[_Cell]] = []
        for row in sheet.iterfind(f"{_SS}Table/{_SS}Row"):
            lines += [[] for _ in range(len(lines) + 1, _whole(row.get(f"{_SS}Index"), most=MOST_ROWS))]
            if row.get(f"{_SS}Hidden") == "1":
                hidden.append(len(lines) + 1)
            lines.append(list(_xml_cells(row)))
        yield sheet.get(f"{_SS}Name", ""), _rows(lines)


_Cell = tuple[int, Any, int, int]
"""Its column from 0 (-1 where the next free one), value, rows and columns."""


def _html_cells(row: Any) -> Iterator[_Cell]:
    for cell in row:
        if cell.tag in ("td", "th"):
            down, across = (max(1, _whole(cell.get(name))) for name in ("rowspan", "colspan"))
            yield -1, _text(cell), down, across


def _text(cell: Any) -> str:
    """The words of a cell; a line break, a paragraph or an inner cell parts them."""
    for node in cell.iter(*_PARTING):
        node.tail = f" {node.tail or ''}"
    return " ".join("".join(cell.itertext()).split())


def _xml_cells(row: Any) -> Iterator[_Cell]:
    for cell in row.iterfind(f"{_SS}Cell"):
        down, across = _whole(cell.get(f"{_SS}MergeDown"), 0) + 1, _whole(cell.get(f"{_SS}MergeAcross"), 0) + 1
        yield _whole(cell.get(f"{_SS}Index"), 0) - 1, _xml_value(cell), down, across


def _xml_value(cell: Any) -> Any:
    data = cell.find(f"{_SS}Data")
    if data is None:
        formula = cell.get(f"{_SS}Formula")
        return formula or ""
    text = "".join(data.itertext())
    match data.get(f"{_SS}Type"):
        case "Number":
            return _number(text)
        case "Boolean":
            return text == "1"
        case "DateTime":
            return text.removesuffix(".000").removesuffix("T00:00:00")
    return text


def _number(text: str) -> Any:
    """A number, or its digits where a number of a spreadsheet would not give them back."""
    try:
        number = float(text)
    except ValueError:
        return text
    digits = text.lstrip("-").partition(".")[0]
    is_whole = len(digits) < _SAFE_DIGITS and (digits == "0" or not digits.startswith("0"))
    return number if is_whole else text


def _rows(lines: list[list[_Cell]]) -> Rows:
    """The rows with every cell in its column: one that reaches down takes its place in the rows below."""
    merged: list[Region] = []
    rows: list[list[Any]] = []
    taken: dict[int, int] = {}
    unfolded = 0
    for number, line in enumerate(lines):
        taken = {column: bottom for column, bottom in taken.items() if bottom >= number}
        row: list[Any] = []
        at = 0
        for wanted, value, down, across in line:
            at = max(at, wanted)
            while wanted < 0 and at in taken:
                at += 1
            if at + across > MOST_COLUMNS or number >= MOST_ROWS:
                raise unreadable(TOO_LARGE, what=_TABLE, limit=f"{MOST_ROWS} x {MOST_COLUMNS}")
            unfolded += across
            if unfolded > MOST_CELLS:
                raise unreadable(TOO_LARGE, what=_TABLE, limit=f"{MOST_CELLS}")
            row += [""] * (at + across - len(row))
            row[at] = value
            if down > 1:
                merged.append(((number, at), (number + down - 1, at)))
                taken.update(dict.fromkeys(range(at, at + across), number + down - 1))
            at += across
        rows.append(row)
    return iter(list(enumerate(marked(iter(rows), Marks(), merged, 0), 1)))


def _whole(text: str | None, default: int = 1, *, most: int = MOST_SPAN) -> int:
    is_number = text is not None and len(text) < 10 and text.isascii() and text.isdecimal()
    return min(int(text or default), most) if is_number else default
