"""Fixed-width text, as mainframes export it: a line is a record, and a column is so many bytes of GB18030."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.envelope import Path, Rejection, SourceRecord
from adapters.errors import Fatal
from adapters.formats.options import Read
from adapters.formats.problems import BAD_BYTES, EMPTY, LINE, TOO_LARGE, rejected, unreadable
from adapters.formats.source import Source, opened, size
from adapters.registry import Extension
from schemas.findings import Text

_LONGEST_LINE = 64 * 1024


def extension() -> Extension:
    """What the gateway finds under the entry point."""
    return Extension(formats={"fixedwidth": read})


def read(source: Source, options: Read) -> Iterator[SourceRecord | Rejection]:
    """The records of a document, line by line. Raises Unreadable, and Fatal for columns that have no widths."""
    columns = _columns(options)
    if size(source) == 0:
        raise unreadable(EMPTY)
    return _records(source, columns, options.encoding or "gb18030")


def _records(source: Source, columns: list[tuple[str, int]], encoding: str) -> Iterator[SourceRecord | Rejection]:
    ordinal = 0
    with opened(source) as file:
        for number in range(1, 1 << 40):
            line = file.readline(_LONGEST_LINE + 1)
            if not line:
                return
            if len(line) > _LONGEST_LINE:
                raise unreadable(TOO_LARGE, what=LINE, limit=f"{_LONGEST_LINE} B")
            line = line.rstrip(b"\r\n")
            if not line.strip():
                continue
            ordinal += 1
            yield _record(line, ordinal, number, columns, encoding)


def _record(
    line: bytes, ordinal: int, number: int, columns: list[tuple[str, int]], encoding: str
) -> SourceRecord | Rejection:
    place, data, at = f"line {number}", dict[str, str](), 0
    for name, width in columns:
        try:
            data[name] = line[at : at + width].decode(encoding).strip()
        except UnicodeDecodeError:
            return rejected(BAD_BYTES, ordinal, f"{place}, {name}")
        at += width

    def locate(path: Path) -> str:
        return f"{place}, {path[0]}" if path else place

    return SourceRecord(ordinal, data, place, locate)


def _columns(options: Read) -> list[tuple[str, int]]:
    """The names of the columns and how many bytes each has."""
    widths = options.records.split()
    if not widths or not all(width.isdecimal() and 0 < int(width) <= _LONGEST_LINE for width in widths):
        raise Fatal(Text("records 应为各列的字节数，如“10 24 8”", "records must be the bytes of each column: 10 24 8"))
    if len(widths) != len(options.columns):
        raise Fatal(
            Text(
                f"columns 有 {len(options.columns)} 列，records 有 {len(widths)} 个宽度，应相等",
                f"there are {len(options.columns)} columns and {len(widths)} widths in records: they go together",
            )
        )
    return [(name, int(width)) for name, width in zip(options.columns, widths, strict=True)]
