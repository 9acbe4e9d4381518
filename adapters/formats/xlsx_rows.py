"""Rows of an .xlsx, one by one. Part of the subprocess that opens spreadsheets: no part of Yizhan is imported.

calamine is quicker, but holds a whole sheet, blank cells as well as others: a million rows of it take gigabytes, and
one blank in XFD1048576 makes any sheet that large. And it does not tell an error or a formula without a result from a
blank cell, nor a hidden row, nor a number whose format shows leading zeros. What is large or has any of these is read
here, from the sheet's XML as it unfolds, giving for everything else what calamine gives: text, floats, booleans, dates.
Source of the rules: ECMA-376 part 1, 18.3 (sheets) and 18.8 (styles).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs

MOST_TEXT = 256 << 20
_MOST_ROWS, _MOST_COLUMNS = 1 << 20, 1 << 14
_DIGITS = "0123456789"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_DATE_FORMATS = {*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)}
"""Of 18.8.30; 27 to 36 and 50 to 58 are dates and times in Chinese editions."""
_DURATION_FORMATS = {46}
_UNTOLD = re.compile(
    rb"""\bt\s*=\s*["']e["']|<(?:\w+:)?f[\s/>]|<(?:\w+:)?row\s[^>]{0,200}?hidden\s*="""
    rb"""|\br\s*=\s*["'](?:[A-Z]{3}\d|(?:[2-9]\d{5}|\d{7})["'])"""
)
"""Errors, formulas, hidden rows, cells far to the right or far below."""
_DATE_1904 = re.compile(rb"""\bdate1904\s*=\s*["'](?:1|true)["']""")
_PADDED_STYLE = re.compile(rb"""formatCode\s*=\s*["']0{2,}["';]""")
_PADDED = re.compile(r"0{2,}")
_MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^>]{0,200}?\bref\s*=\s*["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"""
)
_LONGEST_MATCH = 300
_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h|m|s)[^\]]*\]', re.IGNORECASE)
_DURATION = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)
_SAFE = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False}


class Broken(Exception):
    """The workbook is not what its parts say."""


def is_for_us(file: Any, limit: int) -> bool:
    """Whether an .xlsx unfolds to more than `limit` bytes of sheets, or has cells of which calamine does not tell all.

    False for what is no .xlsx at all.
    """
    try:
        archive = zipfile.ZipFile(file)
        parts = [part for part in archive.infolist() if part.filename.startswith("xl/worksheets/")]
        if sum(part.file_size for part in parts) > limit:
            return True
        if "xl/styles.xml" in archive.namelist() and _has(archive, "xl/styles.xml", _PADDED_STYLE):
            return True
        return any(_has(archive, part.filename, _UNTOLD) for part in parts)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, zlib.error):
        return False
    finally:
        file.seek(0)


def is_1904(file: Any) -> bool:
    """Whether an .xlsx counts days from 1904; False for what is no .xlsx at all."""
    try:
        archive = zipfile.ZipFile(file)
        return "xl/workbook.xml" in archive.namelist() and _has(archive, "xl/workbook.xml", _DATE_1904)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, zlib.error):
        return False
    finally:
        file.seek(0)


def _has(archive: zipfile.ZipFile, name: str, pattern: re.Pattern[bytes]) -> bool:
    """Whether a part holds a pattern, without parsing it: a match by mistake only costs time."""
    end = b""
    with archive.open(name) as part:
        while chunk := part.read(1 << 20):
            if pattern.search(end + chunk):
                return True
            end = chunk[-_LONGEST_MATCH:]
    return False


class Workbook:
    """A workbook whose sheets are read one after the other. Raises Broken, lxml's and zipfile's errors."""

    def __init__(self, file: Any) -> None:
        self._archive = zipfile.ZipFile(file)
        self._strings = _Strings(self._archive)
        self._formats = _formats(self._archive)
        book = self._tree("xl/workbook.xml")
        properties = book.find("{*}workbookPr")
        self.is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        self.hidden: list[int] = []
        targets = {one.get("Id"): one.get("Target", "") for one in self._tree("xl/_rels/workbook.xml.rels")}
        self.visible = {
            sheet.get("name", ""): _part(targets[sheet.get(_RELATION) or sheet.get(_STRICT_RELATION)])
            for sheet in book.iterfind("{*}sheets/{*}sheet")
            if sheet.get("state", "visible") == "visible"
        }

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Every row from the first; rows that the sheet leaves out are empty. Hidden ones are noted in `hidden`."""
        number = 0
        self.hidden.clear()
        with self._archive.open(self.visible[name]) as part:
            for element in _elements(part, "{*}row"):
                position = int(element.get("r") or number + 1)
                if not number < position <= _MOST_ROWS:
                    raise Broken(f"row {position} after row {number}")
                for _ in range(number + 1, position):
                    yield []
                number = position
                if element.get("hidden") in ("1", "true"):
                    self.hidden.append(number)
                yield self._cells(element)

    def merged(self, name: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """The merged regions of a sheet; they stand behind its rows, so that the part is looked through for them."""
        found: list[tuple[tuple[int, int], tuple[int, int]]] = []
        end = b""
        with self._archive.open(self.visible[name]) as part:
            while chunk := part.read(1 << 20):
                text = end + chunk
                last = 0
                for match in _MERGED.finditer(text):
                    last = match.end()
                    top, bottom = int(match[2]) - 1, int(match[4]) - 1
                    found.append(((top, _column(match[1].decode())), (bottom, _column(match[3].decode()))))
                end = text[max(last, len(text) - _LONGEST_MATCH) :]
        return found

    def _cells(self, row: Any) -> list[Any]:
        cells: list[Any] = []
        for cell in row:
            place = cell.get("r")
            column = _column(place.rstrip(_DIGITS)) if place else len(cells)
            if not len(cells) <= column < _MOST_COLUMNS:
                raise Broken(f"cell {place} is out of order")
            cells += [""] * (column - len(cells))
            cells.append(self._value(cell))
        while cells and cells[-1] == "":
            cells.pop()
        return cells

    def _value(self, cell: Any) -> Any:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return "".join(_text(part) for part in cell if part.tag.endswith("}is"))
        value = next((part.text or "" for part in cell if part.tag.endswith("}v")), None)
        if value is None:
            return next((f"={part.text or '(…)'}" for part in cell if part.tag.endswith("}f")), "")
        if not value:
            return ""
        match kind:
            case "s":
                return self._strings[int(value)]
            case "b":
                return value.strip() in ("1", "true")
            case "n":
                return self._number(float(value), self._formats.get(cell.get("s", "0"), ""))
        return value

    def _number(self, value: float, kind: str) -> Any:
        if not kind:
            return value
        if kind == "duration":
            return timedelta(days=value)
        if _PADDED.fullmatch(kind):
            return str(int(value)).zfill(len(kind)) if value.is_integer() and value >= 0 else value
        moment = self._epoch(value) + timedelta(milliseconds=round(value * 86_400_000))
        return _date(moment) if value >= 1 else moment.time().isoformat()

    def _epoch(self, serial: float) -> datetime:
        """The day 0 of a serial. Excel's 1900 has a 29 February, day 60: what stands before it is a day nearer."""
        if self.is_1904:
            return datetime(1904, 1, 1)
        return datetime(1899, 12, 31 if serial < 60 else 30)

    def _tree(self, name: str) -> Any:
        with self._archive.open(name) as part:
            return etree.parse(part, etree.XMLParser(**_SAFE)).getroot()


class _Strings:
    """The shared strings in two flat buffers; a list of a million would take five times as much."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._text = bytearray()
        self._ends = array("Q")
        if "xl/sharedStrings.xml" not in archive.namelist():
            return
        with archive.open("xl/sharedStrings.xml") as part:
            for element in _elements(part, "{*}si"):
                self._text += _text(element).encode()
                self._ends.append(len(self._text))
                if len(self._text) > MOST_TEXT:
                    raise Broken("too much shared text")

    def __getitem__(self, index: int) -> str:
        start = self._ends[index - 1] if index else 0
        return self._text[start : self._ends[index]].decode()


def _elements(part: Any, tag: str) -> Iterator[Any]:
    """The elements of one name, each gone when the next comes. A DOCTYPE has no business in a workbook."""
    for _, element in etree.iterparse(part, tag=tag, **_SAFE):
        if element.getprevious() is None and element.getroottree().docinfo.doctype:
            raise Broken("a DOCTYPE")
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _text(element: Any) -> str:
    """The text of a string item: its own, or that of its runs; phonetic hints are no text."""
    found = ""
    for part in element:
        if part.tag.endswith("}t"):
            found += part.text or ""
        elif part.tag.endswith("}r"):
            found += _text(part)
    return found


def _formats(archive: zipfile.ZipFile) -> dict[str, str]:
    """Style number (as text) -> "date", "duration" or zeros to fill up with, for the styles that make a number one."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    with archive.open("xl/styles.xml") as part:
        styles = etree.parse(part, etree.XMLParser(**_SAFE)).getroot()
    custom = {int(f.get("numFmtId")): f.get("formatCode", "") for f in styles.iterfind("{*}numFmts/{*}numFmt")}
    found = {}
    for index, style in enumerate(styles.iterfind("{*}cellXfs/{*}xf")):
        if kind := _format_kind(int(style.get("numFmtId", "0")), custom):
            found[str(index)] = kind
    return found


def _format_kind(number: int, custom: dict[int, str]) -> str:
    if number in custom:
        if _PADDED.fullmatch(shown := custom[number].split(";")[0]):
            return shown
        letters = _NOT_LETTERS.sub("", custom[number].split(";")[0])
        if _DURATION.search(letters):
            return "duration"
        return "date" if _DATE.search(letters) and "general" not in letters.lower() else ""
    return "date" if number in _DATE_FORMATS else "duration" if number in _DURATION_FORMATS else ""


def _date(moment: datetime) -> date | datetime:
    return moment.date() if (moment.hour, moment.minute, moment.second, moment.microsecond) == (0,) * 4 else moment


@lru_cache(maxsize=_MOST_COLUMNS)
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _part(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
