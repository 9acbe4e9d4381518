"""Spreadsheets (.xlsx, .xls, .ods): inspected as archives, then parsed by calamine in a bounded subprocess."""

from __future__ import annotations

import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol

import orjson

from adapters.enclosure import ENVIRONMENT, Enclosure
from adapters.envelope import Note
from adapters.errors import Unreadable
from adapters.formats import archive, table, table_rows
from adapters.formats.options import Read
from adapters.formats.places import Grid
from adapters.formats.problems import (
    ARCHIVE_BROKEN,
    HEADER_MISSING,
    SHEET_BOUNDS,
    SHEET_MISSING,
    SHEET_PASSWORD,
    unreadable,
)
from adapters.formats.source import Source, opened
from adapters.formats.unread import sheet_unread

_ENCLOSURE = Enclosure(Path(__file__).with_name("sheet_worker.py"), memory=512 << 20, seconds=600)
_ERRORS = {"password": SHEET_PASSWORD, "broken": ARCHIVE_BROKEN, "missing": SHEET_MISSING, "bounds": SHEET_BOUNDS}
_MAX_FRAME = 64 << 20
LARGE_BYTES = 48 << 20
"""Sheets that unfold to more are read row by row; calamine is quicker but holds twice as much as it reads."""


def read(source: Source, options: Read) -> Iterator[table.Item]:
    """Records of the named sheet, or of the visible ones that have the header. Raises Unreadable."""
    with sheets(source, options.sheet) as found:
        yield from tables(found, options)


class Pages(table_rows.Page, Protocol):
    """(name, rows) of sheets, each to be read before the next."""

    def __iter__(self) -> Iterator[tuple[str, table_rows.Rows]]: ...


def tables(pages: Pages, options: Read) -> Iterator[table.Item]:
    """Records of the pages that have the header, and notes on what was not read. Raises Unreadable when none has it.

    A further page goes on with the table above it, unless labels on it say something else: then it is a table of its
    own, as a form for another group is.
    """
    found = _Tables(pages, options)
    ordinal = 0
    while (begun := found.next()) is not None:
        first, rows = begun
        further, before = found.going_on(dict(first.values)), ordinal
        for item in table.records_of(first, rows, options, pages, further=further):
            if isinstance(item, Note):
                yield item
                continue
            ordinal = before + item.ordinal
            yield replace(item, ordinal=ordinal) if before else item
    yield from map(sheet_unread, found.others)


class _Tables:
    """The pages with the header, one after the other; `others` are the names of those that say something else."""

    def __init__(self, pages: Pages, options: Read) -> None:
        self._pages = iter(pages)
        self._options = options
        self._failure: Unreadable | None = unreadable(SHEET_MISSING, sheet=options.sheet or "")
        self._next: tuple[table_rows.Table, table_rows.Rows] | None = None
        self.others: list[str] = []

    def next(self) -> tuple[table_rows.Table, table_rows.Rows] | None:
        """A table that has begun, and its rows. Raises Unreadable when there is none at all."""
        if self._next is not None:
            found, self._next = self._next, None
            return found
        for name, rows in self._pages:
            watched = _Watched(rows)
            if self._options.columns and self._failure is None:  # without headings nobody knows what it is
                self._leave(name, watched)
                continue
            try:
                found = table.begun(iter(watched), self._options, Grid(name))
            except Unreadable as missing:
                if missing.finding.code != HEADER_MISSING.code:
                    raise
                self._failure = self._failure and missing
                self._leave(name, watched)
                continue
            self._failure = None
            return found
        if self._failure is not None:
            raise self._failure
        return None

    def going_on(self, said: dict[str, Any]) -> Iterator[tuple[table_rows.Table, table_rows.Rows]]:
        """The tables behind one whose labels above the header have `said` that, as long as they say nothing else."""
        while (found := self.next()) is not None:
            if found[0].values and found[0].values != said:
                self._next = found
                return
            yield found

    def _leave(self, name: str, rows: _Watched) -> None:
        if rows.has_said or any(_says_something(cells) for _, cells in rows):
            self.others.append(name)


class _Watched:
    """Rows, and whether any of those that were taken said something."""

    def __init__(self, rows: table_rows.Rows) -> None:
        self._rows = rows
        self.has_said = False

    def __iter__(self) -> table_rows.Rows:
        for number, cells in self._rows:
            self.has_said = _says_something(cells)
            yield number, cells
            if self.has_said:
                break
        yield from self._rows


def _says_something(cells: table_rows.Values | table_rows.Broken) -> bool:
    return not isinstance(cells, table_rows.Broken) and any(cell is not None and cell != "" for cell in cells)


@contextmanager
def sheets(source: Source, wanted: str | None = None) -> Iterator[_Frames]:
    """(name, rows) of every visible sheet, each to be read before the next. The subprocess ends with the context."""
    with opened(source) as file, _as_file(file) as real:
        archive.inspect(real)
        process = subprocess.Popen(
            _ENCLOSURE.command(str(LARGE_BYTES), *([wanted] if wanted else [])),
            stdin=real,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=1 << 20,
            env=ENVIRONMENT,
        )
        assert process.stdout is not None  # noqa: S101 - PIPE was asked for
        try:
            yield _Frames(process.stdout, wanted)
        finally:
            process.kill()
            process.stdout.close()
            process.wait()


class _Frames:
    """The worker's frames, with the one that opens the next sheet kept until somebody asks for that sheet.

    `hidden` has the numbers of the sheet's hidden rows once its rows have been read.
    """

    def __init__(self, pipe: IO[bytes], wanted: str | None) -> None:
        self._pipe = pipe
        self._wanted = wanted
        self._next: dict[str, Any] | None = None
        self.hidden: list[int] = []
        self.is_1904 = False

    def __iter__(self) -> Iterator[tuple[str, table_rows.Rows]]:
        self._next = self._opening(self._take())
        while self._next is not None:
            opening, self._next = self._next, None
            self.hidden.clear()
            self.is_1904 = opening.get("is_1904", False)
            rows = self._rows(opening["left"])
            yield opening["sheet"], rows
            for _ in rows:
                pass

    def _rows(self, left: int) -> table_rows.Rows:
        number = 0
        pad = [""] * left
        while isinstance(frame := self._take(), list) or "hidden" in frame:
            if not isinstance(frame, list):
                self.hidden += frame["hidden"]
                continue
            for cells in frame:
                number += 1
                yield number, pad + cells if left else cells
        self._next = self._opening(frame)

    def _opening(self, frame: Any) -> dict[str, Any] | None:
        if "error" in frame:
            raise unreadable(_ERRORS[frame["error"]], sheet=self._wanted or "")
        return frame if "sheet" in frame else None

    def _take(self) -> Any:
        header = self._pipe.read(4)
        length = struct.unpack(">I", header)[0] if len(header) == 4 else _MAX_FRAME + 1
        payload = self._pipe.read(length) if length <= _MAX_FRAME else b""
        if len(payload) != length:
            raise unreadable(SHEET_BOUNDS)
        return orjson.loads(payload)


@contextmanager
def _as_file(file: BinaryIO) -> Iterator[BinaryIO]:
    """A file that another process can inherit."""
    try:
        file.fileno()
    except OSError:
        with tempfile.TemporaryFile() as spooled:
            while chunk := file.read(1 << 20):
                spooled.write(chunk)
            spooled.seek(0)
            yield spooled  # type: ignore[misc]
    else:
        yield file
