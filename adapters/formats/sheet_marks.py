"""What calamine does not tell of .xls and .ods: errors, formulas without a result, merges, hidden rows, a password.

Part of the subprocess that opens spreadsheets: no part of Yizhan is imported. Rows and columns count from 0. Sources:
[MS-CFB], [MS-XLS] 2.4 (BoundSheet8, Date1904, FilePass, Row, BoolErr, Formula); OpenDocument 1.3 part 3, 9.1 and 19.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs

Region = tuple[tuple[int, int], tuple[int, int]]

_END_OF_CHAIN, _MOST_SECTORS = 0xFFFFFFFA, 1 << 21
_SMALL_STREAM = 4096
_ERRORS = {
    0: "#NULL!",
    7: "#DIV/0!",
    15: "#VALUE!",
    23: "#REF!",
    29: "#NAME?",
    36: "#NUM!",
    42: "#N/A",
    43: "#GETTING_DATA",
}
_FORMULA, _END, _DATE_MODE, _FILEPASS, _SHEET = 0x0006, 0x000A, 0x0022, 0x002F, 0x0085
_ERROR, _ROW, _FORMULA_4 = 0x0205, 0x0208, 0x0406
_HIDDEN = 0x20
_MOST_REPEATED = 10_000
_SAFE = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False}
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"


class Locked(Exception):
    """The workbook asks for a password."""


@dataclass(slots=True)
class Marks:
    """What stands on one sheet beside plain values: the text of cells at fault, merged regions, hidden rows.

    `is_1904` says from when its numbers of days count.
    """

    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[Region] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    is_1904: bool = False


def marks_of(file: Any) -> list[Marks]:
    """The marks of every sheet in order; none for what is neither .xls nor .ods. Raises Locked."""
    start = file.read(8)
    file.seek(0)
    try:
        if start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            return _of_xls(file.read())
        return _of_ods(file) if start[:2] == b"PK" else []
    except (struct.error, IndexError, ValueError, zipfile.BadZipFile, etree.LxmlError):
        return []  # broken: calamine will say so
    finally:
        file.seek(0)


def marked(rows: Iterator[list[Any]], marks: Marks, merged: Sequence[Region], left: int) -> Iterator[list[Any]]:
    """`rows` (their first cell in column `left`) with what their marks say.

    A merged cell gives its value to every row that it covers, in its first column; a row that has nothing else stays
    blank.
    """
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in marks.cells.items():
        if column >= left:
            by_row.setdefault(row, []).append((column - left, text))
    starts: dict[int, list[tuple[int, int]]] = {}
    for (top, column), (bottom, _) in merged:
        if bottom > top:
            starts.setdefault(top, []).append((column - left, bottom))
    lasting: dict[int, tuple[int, Any]] = {}
    for number, cells in enumerate(rows):
        for column, text in by_row.get(number, ()):
            cells += [""] * (column + 1 - len(cells))
            cells[column] = text
        if lasting:
            lasting = {column: one for column, one in lasting.items() if one[0] >= number}
            if any(cell is not None and cell != "" for cell in cells):
                for column, (_, value) in lasting.items():
                    cells += [""] * (column + 1 - len(cells))
                    cells[column] = value
        for column, bottom in starts.get(number, ()):
            if 0 <= column < len(cells) and cells[column] not in (None, ""):
                lasting[column] = (bottom, cells[column])
        yield cells


def _of_xls(raw: bytes) -> list[Marks]:
    book = _workbook_stream(raw)
    sheets: list[int] = []
    is_1904 = False
    for kind, record in _records(book, 0):
        if kind == _DATE_MODE:
            is_1904 = record[:1] == b"\x01"
        if kind == _FILEPASS:
            raise Locked
        if kind == _SHEET:
            sheets.append(struct.unpack_from("<I", record)[0])
    return [_of_xls_sheet(book, at, Marks(is_1904=is_1904)) for at in sheets]


def _of_xls_sheet(book: bytes, at: int, marks: Marks) -> Marks:
    for kind, record in _records(book, at):
        if kind == _ERROR and record[7]:
            marks.cells[struct.unpack_from("<HH", record)] = _ERRORS.get(record[6], "#N/A")
        elif kind in (_FORMULA, _FORMULA_4) and record[12:14] == b"\xff\xff" and record[6] == 2:
            marks.cells[struct.unpack_from("<HH", record)] = _ERRORS.get(record[8], "#N/A")
        elif kind == _ROW and record[12] & _HIDDEN:
            marks.hidden.append(struct.unpack_from("<H", record)[0])
    return marks


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of one substream, from its BOF to its EOF."""
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        if kind == _END:
            return
        yield kind, book[at + 4 : at + 4 + length]
        at += 4 + length


def _workbook_stream(raw: bytes) -> bytes:
    """The stream that holds the workbook in a compound file; empty when there is none."""
    shift = struct.unpack_from("<H", raw, 30)[0]
    if shift not in (9, 12):
        return b""
    size = 1 << shift
    directory_at, small_fat_at = struct.unpack_from("<I", raw, 48)[0], struct.unpack_from("<I", raw, 60)[0]

    def sector(number: int) -> bytes:
        return raw[(number + 1) * size : (number + 2) * size]

    fat_sectors = [number for number in struct.unpack_from("<109I", raw, 76) if number < _END_OF_CHAIN]
    more = struct.unpack_from("<I", raw, 68)[0]
    while more < _END_OF_CHAIN and len(fat_sectors) < _MOST_SECTORS:
        *numbers, more = struct.unpack(f"<{size // 4}I", sector(more))
        fat_sectors += [number for number in numbers if number < _END_OF_CHAIN]
    fat = _numbers(b"".join(map(sector, fat_sectors)))
    entries = _chain(directory_at, fat, sector)
    root = entries[:128]
    for at in range(0, len(entries), 128):
        name = (
            entries[at : at + struct.unpack_from("<H", entries, at + 64)[0]].decode("utf-16-le", "replace").rstrip("\0")
        )
        if name not in ("Workbook", "Book"):
            continue
        start, length = struct.unpack_from("<I", entries, at + 116)[0], struct.unpack_from("<I", entries, at + 120)[0]
        if length >= _SMALL_STREAM:
            return _chain(start, fat, sector)[:length]
        small = _chain(struct.unpack_from("<I", root, 116)[0], fat, sector)
        pieces = [small[begin : begin + 64] for begin in range(0, len(small), 64)]
        return _chain(start, _numbers(_chain(small_fat_at, fat, sector)), pieces.__getitem__)[:length]
    return b""


def _chain(number: int, fat: Sequence[int], sector: Callable[[int], bytes]) -> bytes:
    """The content of the sectors that follow one another from `number` on."""
    parts: list[bytes] = []
    while number < _END_OF_CHAIN and len(parts) <= len(fat):
        parts.append(sector(number))
        number = fat[number]
    return b"".join(parts)


def _numbers(raw: bytes) -> Sequence[int]:
    return struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])


def _of_ods(file: Any) -> list[Marks]:
    archive = zipfile.ZipFile(file)
    if "content.xml" not in archive.namelist():
        return []
    marks: list[Marks] = []
    number = 0
    with archive.open("content.xml") as part:
        tags = (f"{_TABLE}table", f"{_TABLE}table-row")
        for event, element in etree.iterparse(part, events=("start", "end"), tag=tags, **_SAFE):
            if element.tag == tags[0]:
                if event == "start":
                    marks.append(Marks())
                    number = 0
            elif event == "end":
                number += _mark_ods_rows(element, number, marks[-1])
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    return marks


def _mark_ods_rows(row: Any, number: int, marks: Marks) -> int:
    """Take note of one element that stands for some equal rows; gives how many."""
    times = int(row.get(f"{_TABLE}number-rows-repeated", "1"))
    for nth in range(min(times, _MOST_REPEATED)):
        if row.get(f"{_TABLE}visibility") in ("collapse", "filter"):
            marks.hidden.append(number + nth)
        _mark_ods_row(row, number + nth, marks)
    return times


def _mark_ods_row(row: Any, number: int, marks: Marks) -> None:
    column = 0
    for cell in row:
        spanned = int(cell.get(f"{_TABLE}number-rows-spanned", "1"))
        if spanned > 1:
            marks.merged.append(((number, column), (number + spanned - 1, column)))
        kind = cell.get(f"{_OFFICE}value-type")
        if cell.get(f"{_CALC}value-type") == "error":
            marks.cells[number, column] = "".join(cell.itertext()).strip() or "#VALUE!"
        elif (formula := cell.get(f"{_TABLE}formula")) and kind is None:
            marks.cells[number, column] = f"={formula.partition('=')[2]}"
        column += int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
