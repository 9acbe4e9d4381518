"""The subprocess that opens spreadsheets. Run as a file, with no part of Yizhan imported.

It binds itself in memory, time and files before it looks at a byte, reads the workbook on its standard input and writes
frames to its standard output: a 4-byte big-endian length, then JSON. Frames, in order:

    {"sheet": name, "top": row of the first cell from 1, "left": column from 0}    once a visible sheet
    [[cell, ...], ...]                                                             rows of that sheet, some at a time
    {"error": "password" | "broken" | "missing"}  or  {"end": true}                the last one

Dates are ISO text, numbers stay numbers (a document number that a spreadsheet mangled must be seen as one).
"""

from __future__ import annotations

import resource
import struct
import sys
from datetime import timedelta
from itertools import islice
from typing import Any

MEMORY = 3 << 30
SECONDS = 300
ROWS_A_FRAME = 500


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        _stream(load_workbook(sys.stdin.buffer), sys.argv[1] if len(sys.argv) > 1 else "")
    except PasswordError:
        _send({"error": "password"})
    except BrokenPipeError:
        return
    except (CalamineError, ValueError, OSError):
        _send({"error": "broken"})


def _stream(workbook: Any, wanted: str) -> None:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    names = [
        meta.name
        for meta in workbook.sheets_metadata
        if meta.visible == SheetVisibleEnum.Visible and meta.typ == SheetTypeEnum.WorkSheet
    ]
    if wanted:
        names = [name for name in names if name == wanted]
    if not names:
        _send({"error": "missing"})
        return
    for name in names:
        sheet = workbook.get_sheet_by_name(name)
        top, left = sheet.start or (0, 0)
        _send({"sheet": name, "top": top + 1, "left": left})
        rows = sheet.iter_rows()
        while chunk := list(islice(rows, ROWS_A_FRAME)):
            _send(chunk)
    _send({"end": True})
    sys.stdout.buffer.flush()


def _send(frame: Any) -> None:
    import orjson

    payload = orjson.dumps(frame, default=_other)
    sys.stdout.buffer.write(struct.pack(">I", len(payload)) + payload)
    sys.stdout.buffer.flush()


def _other(value: Any) -> Any:
    """Durations, the one cell type that JSON has no form for, as hours and minutes."""
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60:02}:{minutes % 60:02}"
    raise ValueError(type(value).__name__)


if __name__ == "__main__":
    main()
