"""Delimited text: CSV and its relatives, in whatever encoding and with whatever delimiter a partner's system writes."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice

from adapters.errors import Unreadable
from adapters.formats import charset, table, table_rows
from adapters.formats.headings import headings
from adapters.formats.options import Read
from adapters.formats.places import Grid
from adapters.formats.problems import BAD_BYTES, EMPTY, ENCODING, LINE, NUL, QUOTE_OPEN, TOO_LARGE, unreadable
from adapters.formats.source import Source, opened, size

DELIMITERS = (",", ";", "\t", "|", "，")
MAX_CELL = 1 << 20
MAX_LINE = 2 << 20
_SAMPLE_ROWS = 100
_CTRL_Z = "\x1a"
_PADDING = "\x1a\0\r\n\t "
_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


def read(source: Source, options: Read) -> Iterator[table.Item]:
    """Records of a delimited document, row by row. Raises Unreadable."""
    if size(source) == 0:
        raise unreadable(EMPTY)
    return _read(source, options)


def _read(source: Source, options: Read) -> Iterator[table.Item]:
    with opened(source) as file:
        codec = charset.declared(options.encoding) if options.encoding else charset.detect_file(file)
        text = io.TextIOWrapper(file, encoding=charset.codec_of(codec), errors=charset.MARKING, newline="")
        try:
            delimiter = _NAMED.get(options.delimiter or "", options.delimiter) or _sniff(text, options)
            text.seek(0)
            yield from table.records(_rows(text, delimiter), options, Grid())
        except Unreadable as error:
            if error.finding.code != BAD_BYTES.code:
                raise
            raise unreadable(ENCODING, encoding=codec, locator=error.finding.locator) from None
        finally:
            text.detach()


def _rows(text: io.TextIOWrapper, delimiter: str) -> table_rows.Rows:
    """(first line of the row, cells). A row that cannot be split is `Broken`; the next ones pass."""
    csv.field_size_limit(MAX_CELL)
    lines: list[str] = []
    reader = csv.reader(_kept(_lines(text), lines), delimiter=delimiter, strict=True)
    width = 0
    while True:
        line = reader.line_num + 1
        lines.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield from _recovered(line, lines, delimiter, width)
            continue
        if len(lines) > 1 and _swallows(cells, delimiter, width):
            yield from _recovered(line, lines, delimiter, width)
        elif cells:
            width = len(cells)
            yield line, _checked(cells)


def _kept(lines: Iterator[str], kept: list[str]) -> Iterator[str]:
    for line in lines:
        kept.append(line)
        yield line


def _swallows(cells: list[str], delimiter: str, width: int) -> bool:
    """Whether a value goes over whole rows, because its quote is ended by one that begins another value."""
    return width > 2 and any("\n" in cell and cell.count(delimiter) >= width - 1 for cell in cells)


def _recovered(first: int, lines: list[str], delimiter: str, width: int) -> table_rows.Rows:
    """The rows in `lines`, whose first has a quote that does not end: itself, broken, and those behind it.

    Behind it a line is a row for certain when it, and every one after it, has as many cells as the row before all this;
    what lies before such lines is named as lost with the broken row.
    """
    rows = [_alone(line, delimiter, width) for line in lines[1:]]
    at = len(rows)
    while at and width > 1 and (rows[at - 1] is not None or not lines[at].strip()):
        at -= 1
    yield first, table_rows.Broken(QUOTE_OPEN, until=first + at) if at else _left_open(lines[0], delimiter)
    for number, row in enumerate(rows[at:], first + 1 + at):
        if row is not None:
            yield number, row


def _alone(line: str, delimiter: str, width: int) -> table_rows.Values | table_rows.Broken | None:
    """The row that one line is, broken where its own quote is left open; None when it is no row of that width."""
    if len(cells := _cells(line, delimiter)) == width:
        return _checked(cells)
    return _left_open(line, delimiter) if len(_cells(f'{line.rstrip()}"', delimiter)) == width else None


def _left_open(line: str, delimiter: str) -> table_rows.Broken:
    """A row whose last value has a quote that does not end, with the cells before it."""
    before = _checked(_cells(f'{line.rstrip()}"', delimiter)[:-1])
    return table_rows.Broken(QUOTE_OPEN, cells=before.cells if isinstance(before, table_rows.Broken) else tuple(before))


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of one line; none when it cannot be split."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _checked(cells: list[str]) -> table_rows.Values | table_rows.Broken:
    """The row, unless a character in it could not be read or may not be."""
    joined = "".join(cells)
    if "\0" not in joined and charset.MARK not in joined:
        return cells
    faults = [BAD_BYTES if charset.MARK in cell else NUL if "\0" in cell else None for cell in cells]
    column, problem = next((at, fault) for at, fault in enumerate(faults) if fault is not None)
    sound = tuple(None if fault else cell for cell, fault in zip(cells, faults, strict=True))
    return table_rows.Broken(problem, column, sound)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines of bounded length: a line of nothing but delimiters would unfold to a hundred times its size.

    Where DOS ended a file with Ctrl-Z and padding, it ends.
    """
    for number in count(1):
        line = text.readline(MAX_LINE + 1)
        if not line:
            return
        if len(line) > MAX_LINE:
            raise unreadable(TOO_LARGE, what=LINE, limit=f"{MAX_LINE >> 20} MiB", locator=f"line {number}")
        if _CTRL_Z in line and not line.partition(_CTRL_Z)[2].strip(_PADDING):
            padding = text.read(charset.SAMPLE)
            if not padding.strip(_PADDING):
                yield from filter(None, [line.partition(_CTRL_Z)[0]])
                return
            padding += text.readline()
            yield line
            yield from io.StringIO(padding, newline="")
            continue
        yield line


def _sniff(text: io.TextIOWrapper, options: Read) -> str:
    """The delimiter that gives the headings that are wanted, else the one that cuts most of the rows alike."""
    sample = text.read(charset.SAMPLE)
    if not sample.strip():
        raise unreadable(EMPTY)
    wanted = frozenset(options.header or options.group_by)
    return max(DELIMITERS, key=lambda delimiter: _fitness(sample, delimiter, wanted))


def _fitness(sample: str, delimiter: str, wanted: frozenset[str]) -> tuple[int, int, int]:
    widths: Counter[int] = Counter()
    most = 0
    try:
        for cells in islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), _SAMPLE_ROWS):
            widths[len(cells)] += len(cells) > 1
            most = max(most, len(wanted.intersection(headings(cells, wanted)))) if len(cells) > 1 else most
    except csv.Error:
        pass
    width, times = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return most, times, width
