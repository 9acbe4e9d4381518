"""The subprocess that opens spreadsheets. It runs in an enclosure, with no part of Yizhan imported but its siblings.

It reads the workbook on its standard input and writes frames to its standard output: a 4-byte big-endian length, then
JSON. Argument 1 is from how many unfolded bytes a sheet is read row by row, argument 2 the one sheet that is wanted.
Frames, in order:

    {"sheet": name, "left": column of the first cell from 0,
     "is_1904": whether its bare numbers of days count from 1904}     once a visible sheet
    [[cell, ...], ...]                                                rows of that sheet from the first, some at a time
    {"hidden": [number from 1, ...]}                                  which of the rows before nobody saw
    {"error": "password" | "broken" | "missing" | "bounds"}  or  {"end": true}   the last one

Blank rows at the top are rows: calamine tells them, though its `start` lies below them. A cell that shows an error
holds its text (`#N/A`), one with a formula but no result the formula; merged cells give their value to the rows that
they cover.

Dates are ISO text, numbers stay numbers (a document number that a spreadsheet mangled must be seen as one).
"""

from __future__ import annotations

import codecs
import os
import struct
import sys
from collections.abc import Iterable, Sequence
from datetime import timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import orjson
from lxml.etree import LxmlError  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs
from python_calamine import CalamineError, PasswordError, SheetTypeEnum, SheetVisibleEnum, load_workbook

_CELLS_A_FRAME = 20_000
_TEXT_A_FRAME = 4 << 20
_LONGEST_CELL = 32_768
"""One more than a cell of any spreadsheet program may hold; what is longer is cut, and refused for its length."""
_MOST_TEXT = 256 << 20
"""Characters of all cells. One text may be shared by a million cells."""
_MOST_CELLS, _CELLS_A_BYTE = 5_000_000, 100
"""Cells, blank ones among others included, that there may be in any file, and for each of its bytes."""


def _sibling_module(name: str) -> Any:
    """A module of this folder by its file: the folder itself is no place to import from, it has a `json` of its own."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - a .py file has a loader
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


xlsx_rows, marks = _sibling_module("xlsx_rows"), _sibling_module("sheet_marks")
for _needed in ("cp437", "utf-16-le", "latin-1"):  # no codec can be loaded once no file can be opened
    codecs.lookup(_needed)


def main(arguments: Sequence[str]) -> None:
    wanted = arguments[1] if len(arguments) > 1 else ""
    try:
        if xlsx_rows.is_for_us(sys.stdin.buffer, int(arguments[0])):
            _stream_rows(xlsx_rows.Workbook(sys.stdin.buffer), wanted)
        else:
            is_1904 = xlsx_rows.is_1904(sys.stdin.buffer)
            _stream(sys.stdin.buffer, wanted, is_1904=is_1904)
    except (PasswordError, marks.Locked):
        _send({"error": "password"})
    except BrokenPipeError:
        return
    except (MemoryError, _TooMuch):
        _send({"error": "bounds"})
    except (CalamineError, LxmlError, xlsx_rows.Broken, BadZipFile, KeyError, IndexError, ValueError, OSError):
        _send({"error": "broken"})


def _stream(file: Any, wanted: str, *, is_1904: bool) -> None:
    found = marks.marks_of(file)
    workbook = load_workbook(file)
    metas = workbook.sheets_metadata
    found += [marks.Marks()] * (len(metas) - len(found))
    chosen = [
        (meta.name, mark)
        for meta, mark in zip(metas, found, strict=False)
        if meta.visible == SheetVisibleEnum.Visible and meta.typ == SheetTypeEnum.WorkSheet
    ]
    if wanted:
        chosen = [one for one in chosen if one[0] == wanted]
    if not chosen:
        _send({"error": "missing"})
        return
    for name, mark in chosen:
        sheet = workbook.get_sheet_by_name(name)
        left = (sheet.start or (0, 0))[1]
        _send({"sheet": name, "left": left, "is_1904": is_1904 or mark.is_1904})
        merged = sheet.merged_cell_ranges or mark.merged
        rows = marks.marked(sheet.iter_rows(), mark, merged, left) if mark.cells or merged else sheet.iter_rows()
        _send_rows(rows)
        if mark.hidden:
            _send({"hidden": [number + 1 for number in mark.hidden]})
    _send({"end": True})


def _stream_rows(workbook: Any, wanted: str) -> None:
    names = [name for name in workbook.visible if wanted in ("", name)]
    if not names:
        _send({"error": "missing"})
        return
    for name in names:
        _send({"sheet": name, "left": 0, "is_1904": workbook.is_1904})
        merged = workbook.merged(name)
        rows = workbook.rows(name)
        rows = marks.marked(rows, marks.Marks(), merged, 0) if merged else rows
        _send_rows(rows)
        if workbook.hidden:
            _send({"hidden": workbook.hidden})
    _send({"end": True})


class _TooMuch(Exception):
    """There are more cells, or more text in them, than such a file can mean to hold."""


def _send_rows(rows: Iterable[list[Any]]) -> None:
    """Rows in frames of a bounded size, whatever is in them. Raises _TooMuch."""
    frame: list[list[Any]] = []
    cells_left = _MOST_CELLS + _CELLS_A_BYTE * os.fstat(sys.stdin.fileno()).st_size
    text_left = _MOST_TEXT
    cells = text = 0
    for row in rows:
        for at, cell in enumerate(row):
            if cell.__class__ is str:
                if len(cell) > _LONGEST_CELL:
                    row[at] = cell[:_LONGEST_CELL]
                text += len(row[at])
        cells += len(row) + 1
        frame.append(row)
        if cells >= _CELLS_A_FRAME or text >= _TEXT_A_FRAME:
            _send(frame)
            cells_left -= cells
            text_left -= text
            if cells_left < 0 or text_left < 0:
                raise _TooMuch
            cells = text = 0
            frame = []
    if frame:
        _send(frame)


def _send(frame: Any) -> None:
    payload = orjson.dumps(frame, default=_other)
    sys.stdout.buffer.write(struct.pack(">I", len(payload)) + payload)
    sys.stdout.buffer.flush()


def _other(value: Any) -> Any:
    """Durations, the one cell type that JSON has no form for, as hours and minutes."""
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60:02}:{minutes % 60:02}"
    raise ValueError(type(value).__name__)
