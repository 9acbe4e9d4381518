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
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, table_rows.Broken(QUOTE_OPEN)
            continue
        joined = "".join(cells)
        if "\0" in joined or charset.MARK in joined:
            yield line, _broken(cells)
        elif cells:
            yield line, cells


def _broken(cells: list[str]) -> table_rows.Broken:
    """What a row is refused for, at the first cell that has it."""
    for column, cell in enumerate(cells):
        if charset.MARK in cell:
            return table_rows.Broken(BAD_BYTES, column)
        if "\0" in cell:
            return table_rows.Broken(NUL, column)
    raise AssertionError("no cell is broken")


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
