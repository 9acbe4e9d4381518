"""A Word document in its order of reading: lines, with the heading they stand under and the cell they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from docx.document import Document
from docx.oxml.ns import qn

from adapters.word.problems import TOO_MANY, unreadable
from adapters.word.runs import Line, line_of
from schemas.findings import Text

MOST_LINES = 4000
MOST_CELLS = 8000
_LINES, _CELLS = Text("段落", "paragraphs"), Text("表格单元格", "cells of tables")
_P, _TBL, _SDT = qn("w:p"), qn("w:tbl"), qn("w:sdt")
_NUMBERED = re.compile(
    r"\s{0,20}(?:第[一二三四五六七八九十百\d]{1,5}[章条节部分]|[一二三四五六七八九十]{1,3}[、.．]|\d{1,2}[、.．])"
)
_HEADING_STYLES = ("heading", "title", "标题", "toc")
_LONGEST_HEADING = 40
_SENTENCE = re.compile("[。；：:，_＿□☐]")


@dataclass(slots=True, eq=False)
class Cell:
    """A cell of a table: where it stands in the grid, and its lines."""

    element: Any
    row: int
    column: int
    span: int
    lines: list[Line] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(line.text for line in self.lines).strip()

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing in it at all."""
        return not any(line.text.strip() or line.shape.strip() for line in self.lines)


@dataclass(slots=True, eq=False)
class Table:
    """A table as a grid: cells by row; one that goes on from the row above is left out."""

    element: Any
    rows: list[list[Cell]]
    heading: str

    def at(self, row: int, column: int) -> Cell | None:
        """The cell that covers a place of the grid."""
        return next((cell for cell in self.rows[row] if cell.column <= column < cell.column + cell.span), None)


@dataclass(slots=True, eq=False)
class Standing:
    """A line with where it stands: the heading above it, its table and cell, if it is in one."""

    line: Line
    heading: str
    table: Table | None = None
    cell: Cell | None = None


@dataclass(slots=True)
class Outline:
    """All lines and tables of a document; headers and footers come first."""

    lines: list[Standing] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    cells: int = 0
    body: Any = None


def outline_of(document: Document) -> Outline:
    """Raises Unreadable (FORMAT-066) for a document that is longer than any contract."""
    found = Outline(body=document.element.body)
    for part in _edges(document):
        _walk(part, found, "")
    _walk(document.element.body, found, "")
    return found


def _edges(document: Document) -> Iterator[Any]:
    """Headers and footers, each once."""
    seen: set[int] = set()
    for section in document.sections:
        for edge in (section.header, section.footer, section.first_page_header, section.first_page_footer):
            if edge.is_linked_to_previous:
                continue
            element = edge._element
            if id(element) not in seen:
                seen.add(id(element))
                yield element


def _walk(container: Any, found: Outline, heading: str) -> str:
    caption = ""
    for child in container:
        if child.tag == _P:
            line = line_of(child)
            heading = _heading(child, line) or heading
            caption = line.text.strip() or caption
            _add(found, Standing(line, heading))
        elif child.tag == _TBL:
            _table(child, found, caption if 0 < len(caption) <= _LONGEST_HEADING else heading)
            caption = ""
        elif child.tag == _SDT and (content := child.find(qn("w:sdtContent"))) is not None:
            heading = _walk(content, found, heading)
    return heading


def _table(element: Any, found: Outline, heading: str) -> None:
    table = Table(element, [], heading)
    found.tables.append(table)
    for number, row in enumerate(element.iter(qn("w:tr"))):
        if row.getparent() is not element and next(row.iterancestors(_TBL)) is not element:
            continue  # of a table inside
        table.rows.append(list(_cells(row, number, table, found)))


def _cells(row: Any, number: int, table: Table, found: Outline) -> Iterator[Cell]:
    column = 0
    for each in row.iter(qn("w:tc")):
        if next(each.iterancestors(qn("w:tr"))) is not row:
            continue
        span = _number(each, "w:gridSpan") or 1
        if not _goes_on(each):
            cell = Cell(each, number, column, span)
            found.cells += 1
            if found.cells > MOST_CELLS:
                raise unreadable(TOO_MANY, what=_CELLS, limit=MOST_CELLS)
            for child in each:
                if child.tag == _P:
                    line = line_of(child)
                    cell.lines.append(line)
                    _add(found, Standing(line, table.heading, table, cell))
                elif child.tag == _TBL:
                    _table(child, found, table.heading)
            yield cell
        column += span


def _goes_on(cell: Any) -> bool:
    merge = next(cell.iter(qn("w:vMerge")), None)
    return merge is not None and merge.get(qn("w:val")) in (None, "continue")


def _number(cell: Any, tag: str) -> int:
    found = next(cell.iter(qn(tag)), None)
    said = "" if found is None else found.get(qn("w:val"), "")
    return min(int(said), 64) if said.isdecimal() and len(said) < 4 else 0


def _add(found: Outline, standing: Standing) -> None:
    found.lines.append(standing)
    if len(found.lines) > MOST_LINES:
        raise unreadable(TOO_MANY, what=_LINES, limit=MOST_LINES)


def _heading(paragraph: Any, line: Line) -> str:
    """The text of a paragraph that is a heading; "" for another."""
    text = line.text.strip()
    if not text or len(text) > _LONGEST_HEADING or text != line.shape.strip():
        return ""
    style = next((each.get(qn("w:val"), "") for each in paragraph.iter(qn("w:pStyle"))), "")
    is_styled = style.casefold().startswith(_HEADING_STYLES)
    return text if is_styled or (_NUMBERED.match(text) and not _SENTENCE.search(text)) else ""
