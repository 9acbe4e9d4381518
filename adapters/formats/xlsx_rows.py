"""Rows of a large .xlsx, one by one. Part of the subprocess that opens spreadsheets: no part of Yizhan is imported.

calamine holds a whole sheet; a million rows of it take gigabytes. This reads the sheet's XML as it unfolds, giving what
calamine gives: text, floats, booleans, dates. Source of the rules: ECMA-376 part 1, 18.3 (sheets) and 18.8 (styles).
"""

from __future__ import annotations

import re
import zipfile
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
_DATE_FORMATS = {*range(14, 23), 45, 47}
_DURATION_FORMATS = {46}
_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h|m|s)[^\]]*\]', re.IGNORECASE)
_DURATION = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)
_SAFE = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False}


class Broken(Exception):
    """The workbook is not what its parts say."""


def is_large(file: Any, limit: int) -> bool:
    """Whether the sheets of a workbook unfold to more than `limit` bytes; False for what is no .xlsx at all."""
    try:
        members = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    finally:
        file.seek(0)
    return sum(m.file_size for m in members if m.filename.startswith("xl/worksheets/")) > limit


class Workbook:
    """A workbook whose sheets are read one after the other. Raises Broken, lxml's and zipfile's errors."""

    def __init__(self, file: Any) -> None:
        self._archive = zipfile.ZipFile(file)
        self._strings = _Strings(self._archive)
        self._formats = _formats(self._archive)
        book = self._tree("xl/workbook.xml")
        properties = book.find("{*}workbookPr")
        is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        self._epoch = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)
        targets = {one.get("Id"): one.get("Target", "") for one in self._tree("xl/_rels/workbook.xml.rels")}
        self.visible = {
            sheet.get("name", ""): _part(targets[sheet.get(_RELATION) or sheet.get(_STRICT_RELATION)])
            for sheet in book.iterfind("{*}sheets/{*}sheet")
            if sheet.get("state", "visible") == "visible"
        }

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Every row from the first; rows that the sheet leaves out are empty."""
        number = 0
        with self._archive.open(self.visible[name]) as part:
            for element in _elements(part, "{*}row"):
                position = int(element.get("r") or number + 1)
                if not number < position <= _MOST_ROWS:
                    raise Broken(f"row {position} after row {number}")
                for _ in range(number + 1, position):
                    yield []
                number = position
                yield self._cells(element)

    def _cells(self, row: Any) -> list[Any]:
        cells: list[Any] = []
        for cell in row:
            place = cell.get("r")
            column = _column(place.rstrip(_DIGITS)) if place else len(cells)
            if not len(cells) <= column < _MOST_COLUMNS:
                raise Broken(f"cell {place} is out of order")
            cells += [""] * (column - len(cells))
            cells.append(self._value(cell))
        return cells

    def _value(self, cell: Any) -> Any:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return "".join(_text(part) for part in cell if part.tag.endswith("}is"))
        value = next((part.text for part in cell if part.tag.endswith("}v")), None)
        if value is None:
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
        moment = self._epoch + timedelta(milliseconds=round(value * 86_400_000))
        return _date(moment) if value >= 1 else moment.time().isoformat()

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
    """Style number (as text) -> "date" or "duration", for the styles that make a number one."""
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
