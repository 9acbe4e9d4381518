"""The blanks of a contract in Word: lines, underscores, brackets, dots, form fields, boxes to tick, empty cells.

Each has what it is called by: the words before and behind it, the heading, the head of its column, the party whose it
is. Tables with a head and empty rows are lists: their first row stands for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from docx.document import Document

from adapters.word.outline import Cell, Outline, Standing, Table, outline_of
from adapters.word.parties import Parties
from adapters.word.problems import NO_BLANKS, TOO_MANY, unreadable
from adapters.word.runs import BOX, LINED, OBJECT, Line
from schemas.findings import Text

MOST_BLANKS = 600
_BLANKS = Text("填写处", "blanks")
_SPACE = r"[ \t\xa0\u2002\u2003\u3000]"
_RULED = rf"[{LINED}_＿]{{2,400}}"
_SPANS = re.compile(
    rf"(?P<object>{OBJECT})"
    rf"|(?P<box>[{BOX}□☐])"
    rf"|(?P<ruled>{_RULED})"
    rf"|【(?P<b1>{_SPACE}{{0,200}})】|［(?P<b2>{_SPACE}{{0,200}})］|\[(?P<b3>{_SPACE}{{0,200}})\]"
    rf"|〔(?P<b4>{_SPACE}{{0,200}})〕|（(?P<b5>{_SPACE}{{1,200}})）|\((?P<b6>{_SPACE}{{1,200}})\)"
    rf"|[【［\[（(<＜](?P<prompt>(?:请填写|请输入|请填|填写|此处填写|此处填)[^\]【】［］（）()<>＜＞]{{0,30}})[】］\]）)>＞]"
    r"|(?P<dots>…{3,40}|\.{6,200}|．{4,100}|·{6,100})"
)
_STOPS = "。；;！!？?\n"
_COLON = "：:"
_EDGE = re.compile(r"^[\s：:，,、（(“\"'《]{0,40}|[\s：:，,、“\"'《]{0,40}$")
_NUMBER = re.compile(
    r"^\s{0,20}(?:第[一二三四五六七八九十百\d]{1,5}[条款项]|\d{1,2}(?:[.．]\d{1,2}){1,3}[)）.．、]?|[（(]?\d{1,2}[)）.．、]"
    r"|[①-⑳]|[（(][一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}[、.．])\s{0,20}"
)
_IN_BRACKETS = re.compile(r"[（(]([^（()）]{1,8})[)）]$")
_WIDE = ("  ", "\u3000", "\t")
_SEVERAL = 2
_ABOVE = 6
_ORDINAL = re.compile(r"\s{0,5}(?:\d{1,3}|…{1,3})?\s{0,5}")
_LONGEST_LABEL, _LONGEST_UNIT = 40, 16
_HEADS, _FEWEST_COLUMNS, _FEWEST_ROWS = 2, 2, 2
_ENDS = re.compile("[；;。]")
_REFUSING = "不"


class BlankStyle(StrEnum):
    """How a blank is drawn."""

    RULED = "ruled"
    BRACKETED = "bracketed"
    PROMPTED = "prompted"
    DOTTED = "dotted"
    FIELD = "field"
    CELL = "cell"
    BOX = "box"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a blank stands: from letter `start` to `end` of a line; a cell whole."""

    line: Line | None = None
    start: int = 0
    end: int = 0
    cell: Cell | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A blank, numbered from 1 in the order of reading.

    `label` stands before it, `unit` behind. `loop` is the number of the list whose rows it is filled for, `choice` that
    of the boxes of which some are ticked; `label` is then the head of the column, or what a ticked box says.
    """

    number: int
    style: BlankStyle
    label: str
    unit: str
    heading: str
    party: str
    place: Place
    loop: int | None = None
    choice: int | None = None
    asks: str = ""
    is_ordinal: bool = False
    is_joined: bool = False
    """Whether its label is what stands behind the blank before it as well: `____天____夜`."""


@dataclass(slots=True, eq=False)
class Loop:
    """A table whose rows are filled for each item of a list: from row `first` on, `last` included."""

    number: int
    table: Table
    first: int
    last: int
    heads: tuple[str, ...]


@dataclass(slots=True)
class Reading:
    """What was found in a document."""

    outline: Outline
    blanks: list[Blank] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)


def read(document: Document) -> Reading:
    """The blanks of a document, which is harmless. Raises Unreadable (FORMAT-065, FORMAT-066)."""
    outline = outline_of(document)
    reading = Reading(outline)
    for table in outline.tables:
        at = 0
        while (loop := _loop(table, len(reading.loops) + 1, at)) is not None:
            reading.loops.append(loop)
            at = loop.last + 1
    _Finder(reading).find()
    if not reading.blanks:
        raise unreadable(NO_BLANKS)
    return reading


def _loop(table: Table, number: int, at: int) -> Loop | None:
    """The list that begins near row `at`: a head of columns over rows that are empty but for an ordinal.

    Of two columns only it takes two such rows: one may as well be a value under its name.
    """
    for head in range(at, min(at + _HEADS, len(table.rows) - 1)):
        cells = table.rows[head]
        if len(cells) < _FEWEST_COLUMNS or not all(cell.text and not _has_blank(cell) for cell in cells):
            continue
        first = head + 1
        last = first
        while last < len(table.rows) and _is_free(table.rows[last], len(cells)):
            last += 1
        if last - first >= (1 if len(cells) > _FEWEST_COLUMNS else _FEWEST_ROWS):
            return Loop(number, table, first, last - 1, tuple(cell.text for cell in cells))
    return None


def _is_free(row: Sequence[Cell], columns: int) -> bool:
    if len(row) != columns:
        return False
    return bool(_ORDINAL.fullmatch(row[0].text)) and all(cell.is_empty for cell in row[1:])


def _has_blank(cell: Cell) -> bool:
    return any(_SPANS.search(line.shape) for line in cell.lines)


class _Finder:
    """Goes through the lines and numbers what it finds."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._parties = Parties([standing.line.text for standing in reading.outline.lines])
        self._choices = 0
        self._asked = ""
        self._open: str | None = None

    def find(self) -> None:
        for standing in self._reading.outline.lines:
            cell = standing.cell
            loop = self._loop_at(standing.table, cell) if cell is not None else None
            if loop is not None and cell is not None:
                if cell.row == loop.first and cell.lines[0] is standing.line:
                    self._of_row(loop, cell)
                continue
            if cell is not None and standing.table is not None and cell.is_empty:
                if cell.lines[0] is standing.line:
                    self._of_cell(standing.table, cell)
                continue
            self._of_line(standing)

    def _loop_at(self, table: Table | None, cell: Cell) -> Loop | None:
        loops = (loop for loop in self._reading.loops if loop.table is table)
        return next((loop for loop in loops if loop.first <= cell.row <= loop.last), None)

    def _of_row(self, loop: Loop, cell: Cell) -> None:
        at = next(i for i, each in enumerate(loop.table.rows[loop.first]) if each is cell)
        self._add(
            BlankStyle.CELL,
            label=loop.heads[at],
            unit=unit.group(1) if (unit := _IN_BRACKETS.search(loop.heads[at])) else "",
            heading=loop.table.heading,
            place=Place(cell=cell),
            loop=loop.number,
            is_ordinal=at == 0 and (bool(cell.text) or _is_number(loop.heads[at])),
        )

    def _of_cell(self, table: Table, cell: Cell) -> None:
        label = self._beside(table, cell)
        if label:
            party = self._parties.of(label, self._around(table, cell))
            self._add(BlankStyle.CELL, label=label, heading=table.heading, party=party, place=Place(cell=cell))

    def _beside(self, table: Table, cell: Cell) -> str:
        """What an empty cell is called by: the one before it in the row, or the one above."""
        before = [each for each in table.rows[cell.row] if each.column < cell.column]
        if before and before[-1].text and not _has_blank(before[-1]):
            return _tidy(before[-1].text)
        if cell.row and (above := table.at(cell.row - 1, cell.column)) is not None and not _has_blank(above):
            return _tidy(above.text)
        return ""

    def _around(self, table: Table, cell: Cell) -> str:
        """Whose a cell is: as those before it in the row say, or those above, the nearest first."""
        texts = [each.text for each in table.rows[cell.row] if each.column < cell.column]
        for row in reversed(table.rows[max(0, cell.row - _ABOVE) : cell.row]):
            texts += [each.text for each in row]
        return self._parties.named(texts)

    def _of_line(self, standing: Standing) -> None:
        line, text = standing.line, standing.line.text
        found = list(_SPANS.finditer(line.shape))
        if not found:
            self._parties.pass_over(text)
            self._asked = text.strip() or self._asked
            self._open = None if text.strip() else self._open
            return
        table, cell = standing.table, standing.cell
        around = self._around(table, cell) if table and cell else ""
        beside = self._beside(table, cell) if table and cell else ""
        ends = [0, *(each.end() for each in found)]
        begins = [*(each.start() for each in found), len(text)]
        boxes = [at for at, each in enumerate(found) if each.lastgroup == "box"]
        choices = self._choices_of(text, found, boxes, beside)
        for at, match in enumerate(found):
            name = match.lastgroup or ""
            start, end = match.span(name)
            behind = text[ends[at + 1] : begins[at + 1]]
            place = Place(line=line, start=start, end=end)
            if name == "box":
                choice, asks = choices[at]
                self._add(
                    BlankStyle.BOX,
                    label=_option(self._behind(found, at, text))[0],
                    heading=standing.heading,
                    place=place,
                    choice=choice,
                    asks=asks,
                )
                continue
            before, outer = _label(text[ends[at] : begins[at]])
            label = before or (beside if at == 0 else "")
            label = line.atoms[start].name if name == "object" and not label else label
            label = match.group(name) if name == "prompt" else label
            self._add(
                _STYLES.get(name, BlankStyle.BRACKETED),
                label=label,
                unit=_unit(behind),
                heading=standing.heading,
                party=self._parties.of(label or outer, around, place=at),
                place=place,
                asks=outer,
                is_joined=at > 0 and _unit(text[ends[at] : begins[at]]) == label,
            )
        self._parties.end_line()
        if not boxes:
            self._asked, self._open = text.strip(), None

    def _choices_of(
        self, text: str, found: Sequence[re.Match[str]], boxes: Sequence[int], beside: str
    ) -> dict[int, tuple[int, str]]:
        """Of each box the number of its choice, and what that is about. A stop between pairs parts two choices."""
        groups: list[list[int]] = []
        for before, box in zip((None, *boxes), boxes, strict=False):
            if before is None or _ENDS.search(text[found[before].end() : found[box].start()]):
                groups.append([])
            groups[-1].append(box)
        if any(len(group) < _SEVERAL for group in groups):
            groups = [list(boxes)] if boxes else []
        said: dict[int, tuple[int, str]] = {}
        for group in groups:
            asks = self._choice_of(text, found, group, beside)
            about = self._topic(found, group, text) or asks
            said |= dict.fromkeys(group, (self._choices, about))
        return said

    def _choice_of(self, text: str, found: Sequence[re.Match[str]], boxes: Sequence[int], beside: str) -> str:
        """What the boxes of a line answer. A line that begins with its only box goes on with those above it."""
        if not boxes:
            return ""
        leads = len(boxes) == 1 and boxes[0] == 0 and not _NUMBER.sub("", text[: found[0].start()]).strip()
        if not leads or self._open is None:
            self._choices += 1
            before = _NUMBER.sub("", _label(text[: found[boxes[0]].start()])[0])
            self._open = before or beside or _tidy(self._asked)
        asked = self._open
        if not leads:
            self._open = None
        return asked

    def _topic(self, found: Sequence[re.Match[str]], boxes: Sequence[int], text: str) -> str:
        """What stands behind the last of several boxes after a space, or after its refusal: what all are about."""
        if len(boxes) < _SEVERAL:
            return ""
        said, topic = _option(self._behind(found, boxes[-1], text))
        refused = _REFUSING + _option(self._behind(found, boxes[0], text))[0]
        is_one = len(refused) > 1 and said.startswith(refused)
        return topic or (said.removeprefix(refused) if is_one else "")

    def _behind(self, found: Sequence[re.Match[str]], box: int, text: str) -> str:
        """What stands behind a box up to the next one, without the blanks in it."""
        said, start = "", found[box].end()
        for match in found[box + 1 :]:
            said = _joined(said, text[start : match.start()])
            start = match.end()
            if match.lastgroup == "box":
                return said
        return _joined(said, text[start:])

    def _add(self, style: BlankStyle, **said: Any) -> None:
        blanks = self._reading.blanks
        if len(blanks) >= MOST_BLANKS:
            raise unreadable(TOO_MANY, what=_BLANKS, limit=MOST_BLANKS)
        values: dict[str, Any] = {"unit": "", "party": ""} | said
        blanks.append(Blank(**values, number=len(blanks) + 1, style=style))


_STYLES = {
    "object": BlankStyle.FIELD,
    "ruled": BlankStyle.RULED,
    "prompt": BlankStyle.PROMPTED,
    "dots": BlankStyle.DOTTED,
}


def _joined(before: str, behind: str) -> str:
    """What stands around a blank, as if it were not there."""
    return before.rstrip() + behind.lstrip() if before else behind


def _is_number(head: str) -> bool:
    return head.strip() in ("序号", "编号", "No.", "NO", "No")


def _label(before: str) -> tuple[str, str]:
    """The words just before a blank that name it, of the text since the last one; and those that stand around them."""
    said = before
    for stop in _STOPS:
        said = said.rpartition(stop)[2]
    said = _tidy(_NUMBER.sub("", said))
    outer = ""
    for wide in _WIDE:
        said = said.rpartition(wide)[2] or said
    if said.count("（") > said.count("）"):
        outer, _, said = said.rpartition("（")
    for comma in "，,、":
        head, _, tail = said.rpartition(comma)
        if head and len(tail.strip()) > 1:
            said = tail
    for colon in _COLON:
        head, _, tail = said.rpartition(colon)
        if head and tail.strip():
            outer, said = head, tail
    return _tidy(_NUMBER.sub("", _tidy(said)))[-_LONGEST_LABEL:], _tidy(_NUMBER.sub("", outer))[-_LONGEST_LABEL:]


def _unit(behind: str) -> str:
    """The words just behind a blank, up to the next stop."""
    said = behind.lstrip("】］]〕）)")
    for stop in (*_STOPS, *_COLON, *_WIDE, "，", ",", "、", "（", "(", "）", ")"):
        said = said.partition(stop)[0]
    return said.strip()[:_LONGEST_UNIT]


def _option(behind: str) -> tuple[str, str]:
    """What a box to tick says: the words behind it; and what follows them after a space."""
    said = _NUMBER.sub("", behind)
    for stop in "；;。，（(\n":
        said = said.partition(stop)[0]
    said, _, topic = said.strip().strip("/／").replace("\u3000", " ").partition(" ")
    return _tidy(said)[:_LONGEST_LABEL], _tidy(topic)[:_LONGEST_LABEL]


def _tidy(text: str) -> str:
    return _EDGE.sub("", text.replace("\ufffc", "")).strip()


def shown(blanks: Sequence[Blank]) -> Iterator[dict[str, Any]]:
    """Blanks as plain values."""
    for blank in blanks:
        yield {
            "number": blank.number,
            "style": blank.style.value,
            "label": blank.label,
            "unit": blank.unit,
            "heading": blank.heading,
            "party": blank.party,
            "loop": blank.loop,
            "choice": blank.choice,
            "asks": blank.asks,
        }
