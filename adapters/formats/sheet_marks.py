"""What calamine does not tell of .xls and .ods: errors, formulas without a result, leading zeros that a format shows,
merges, hidden rows, a password.

Part of the subprocess that opens spreadsheets: no part of Yizhan is imported. Rows and columns count from 0. Sources:
[MS-CFB], [MS-XLS] 2.4 (BoundSheet8, Date1904, FilePass, Row, BoolErr, Formula, Format, XF, Number, RK, MulRk);
OpenDocument 1.3 part 3, 9.1, 16.29 and 19.
"""

from __future__ import annotations

import re
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
_FORMAT, _XF, _NUMBER, _RK, _MULRK, _BOF = 0x041E, 0x00E0, 0x0203, 0x027E, 0x00BD, 0x0809
_HIDDEN = 0x20
_PADDED = re.compile(r"0{2,}")
_MOST_COLUMNS = 1 << 14
_MOST_REPEATED = 10_000
_SAFE = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False}
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FORMATS = "{urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"


class Locked(Exception):
    """The workbook asks for a password."""


@dataclass(slots=True)
class Marks:
    """What stands on one sheet beside plain values: the text of cells at fault or with leading zeros, merged regions,
    hidden rows.

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
    formats: dict[int, int] = {}
    styles: list[int] = []
    is_1904 = is_8 = False
    for kind, record in _records(book, 0):
        if kind == _DATE_MODE:
            is_1904 = record[:1] == b"\x01"
        elif kind == _FILEPASS:
            raise Locked
        elif kind == _SHEET:
            sheets.append(struct.unpack_from("<I", record)[0])
        elif kind == _BOF:
            is_8 = record[:2] == b"\x00\x06"
        elif kind == _FORMAT:
            formats[struct.unpack_from("<H", record)[0]] = _width(_format_code(record, is_8=is_8))
        elif kind == _XF:
            styles.append(struct.unpack_from("<H", record, 2)[0])
    widths = [formats.get(number, 0) for number in styles]
    return [_of_xls_sheet(book, at, Marks(is_1904=is_1904), widths) for at in sheets]


def _format_code(record: bytes, *, is_8: bool) -> str:
    """The code of a FORMAT record; before edition 8 its length is one byte and its letters are one byte each."""
    if not is_8:
        return record[3:].decode("latin-1")
    return record[5:].decode("utf-16-le" if record[4] & 1 else "latin-1", "replace")


def _width(code: str) -> int:
    """To how many digits the format of a positive number fills up with zeros; 0 when it does not, or shows more."""
    shown = code.split(";")[0]
    return len(shown) if _PADDED.fullmatch(shown) else 0


def _mark_zeros(marks: Marks, place: tuple[int, int], value: float, width: int) -> None:
    if width and value.is_integer() and value >= 0:
        marks.cells[place] = str(int(value)).zfill(width)


def _of_xls_sheet(book: bytes, at: int, marks: Marks, widths: Sequence[int]) -> Marks:
    """The marks of one sheet. `widths` tells of every style to how many digits it fills up with zeros."""
    has_zeros = any(widths)
    for kind, record in _records(book, at):
        if kind == _ERROR and record[7]:
            marks.cells[struct.unpack_from("<HH", record)] = _ERRORS.get(record[6], "#N/A")
        elif kind in (_FORMULA, _FORMULA_4) and record[12:14] == b"\xff\xff":
            if record[6] == 2:
                marks.cells[struct.unpack_from("<HH", record)] = _ERRORS.get(record[8], "#N/A")
        elif kind == _ROW and record[12] & _HIDDEN:
            marks.hidden.append(struct.unpack_from("<H", record)[0])
        elif has_zeros:
            for place, style, value in _numbers_of(kind, record):
                _mark_zeros(marks, place, value, widths[style])
    return marks


def _numbers_of(kind: int, record: bytes) -> Iterator[tuple[tuple[int, int], int, float]]:
    """Place, style and value of the numbers that a record holds."""
    if kind in (_NUMBER, _FORMULA, _FORMULA_4):
        row, column, style, value = struct.unpack_from("<HHHd", record)
        yield (row, column), style, value
    elif kind == _RK:
        row, column, style, packed = struct.unpack_from("<HHHI", record)
        yield (row, column), style, _unpacked(packed)
    elif kind == _MULRK:
        row, first = struct.unpack_from("<HH", record)
        for nth, (style, packed) in enumerate(struct.iter_unpack("<HI", record[4:-2])):
            yield (row, first + nth), style, _unpacked(packed)


def _unpacked(packed: int) -> float:
    """The number of an RK: 30 bits, of an integer or the upper ones of a float, perhaps times 100."""
    if packed & 2:
        value = float((packed ^ 1 << 31) - (1 << 31) >> 2)
    else:
        value = struct.unpack("<d", struct.pack("<II", 0, packed & ~3))[0]
    return value / 100 if packed & 1 else value


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
    zeros = _Zeros()
    if "styles.xml" in archive.namelist():
        with archive.open("styles.xml") as part:
            for _, element in etree.iterparse(part, tag=_Zeros.TAGS, **_SAFE):
                zeros.learn(element)
    marks: list[Marks] = []
    number = 0
    with archive.open("content.xml") as part:
        table, row, column = (f"{_TABLE}{name}" for name in ("table", "table-row", "table-column"))
        tags = (table, row, column, *_Zeros.TAGS)
        for event, element in etree.iterparse(part, events=("start", "end"), tag=tags, **_SAFE):
            if element.tag == table:
                if event == "start":
                    marks.append(Marks())
                    zeros.columns.clear()
                    number = 0
            elif event == "end" and element.tag == row:
                number += _mark_ods_rows(element, number, marks[-1], zeros)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
            elif event == "end":
                zeros.learn(element)
    return marks


class _Zeros:
    """To how many digits the styles of an .ods fill up with zeros, by the names of formats and styles."""

    TAGS = (f"{_FORMATS}number-style", f"{_STYLE}style", f"{_TABLE}table-column")

    def __init__(self) -> None:
        self._formats: dict[str, int] = {}
        self._styles: dict[str, int] = {}
        self.columns: list[int] = []
        """Of a sheet's columns, as they stand for cells that name no style."""

    def learn(self, element: Any) -> None:
        """Take note of a format, a style or a column. What they name stands before them."""
        name = element.get(f"{_STYLE}name", "")
        if element.tag == self.TAGS[0]:
            self._formats[name] = self._of_format(element)
        elif element.tag == self.TAGS[1]:
            data = element.get(f"{_STYLE}data-style-name")
            parent = self._styles.get(element.get(f"{_STYLE}parent-style-name", ""), 0)
            self._styles[name] = parent if data is None else self._formats.get(data, 0)
        else:
            times = int(element.get(f"{_TABLE}number-columns-repeated", "1"))
            width = self._styles.get(element.get(f"{_TABLE}default-cell-style-name", ""), 0)
            self.columns += [width] * min(times, _MOST_COLUMNS - len(self.columns))

    def _of_format(self, element: Any) -> int:
        for mapped in element.iterfind(f"{_STYLE}map"):
            if mapped.get(f"{_STYLE}condition", "").replace(" ", "") in ("value()>=0", "value()>0"):
                return self._formats.get(mapped.get(f"{_STYLE}apply-style-name", ""), 0)
        shown = [part for part in element if part.tag in (f"{_FORMATS}number", f"{_FORMATS}text")]
        if len(shown) != 1 or shown[0].get(f"{_FORMATS}decimal-places", "0") != "0":
            return 0
        digits = int(shown[0].get(f"{_FORMATS}min-integer-digits", "0"))
        return digits if digits > 1 and shown[0].get(f"{_FORMATS}grouping") != "true" else 0

    def width(self, cell: Any, row: Any, column: int) -> int:
        """Of a cell: its own style counts, else that of its row, else that of its column."""
        name = cell.get(f"{_TABLE}style-name") or row.get(f"{_TABLE}default-cell-style-name")
        if name is not None:
            return self._styles.get(name, 0)
        return self.columns[column] if column < len(self.columns) else 0


def _mark_ods_rows(row: Any, number: int, marks: Marks, zeros: _Zeros) -> int:
    """Take note of one element that stands for some equal rows; gives how many."""
    times = int(row.get(f"{_TABLE}number-rows-repeated", "1"))
    for nth in range(min(times, _MOST_REPEATED)):
        if row.get(f"{_TABLE}visibility") in ("collapse", "filter"):
            marks.hidden.append(number + nth)
        _mark_ods_row(row, number + nth, marks, zeros)
    return times


def _mark_ods_row(row: Any, number: int, marks: Marks, zeros: _Zeros) -> None:
    column = 0
    for cell in row:
        spanned = int(cell.get(f"{_TABLE}number-rows-spanned", "1"))
        if spanned > 1:
            marks.merged.append(((number, column), (number + spanned - 1, column)))
        kind = cell.get(f"{_OFFICE}value-type")
        times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        if cell.get(f"{_CALC}value-type") == "error":
            marks.cells[number, column] = "".join(cell.itertext()).strip() or "#VALUE!"
        elif (formula := cell.get(f"{_TABLE}formula")) and kind is None:
            marks.cells[number, column] = f"={formula.partition('=')[2]}"
        elif kind == "float":
            value = float(cell.get(f"{_OFFICE}value", "nan"))
            for place in range(column, min(column + times, _MOST_COLUMNS)):
                _mark_zeros(marks, (number, place), value, zeros.width(cell, row, place))
        column += times
