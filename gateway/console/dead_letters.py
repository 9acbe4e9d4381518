"""The dead letters of a submission as a spreadsheet: what the partner wrote, bad cells marked, reasons beside them."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

_FORMULA = re.compile(r"^[\s　]*[=+\-@\t\r＝＋－＠]")
_CELL_LIMIT = 32_000
_OWN_COLUMNS = ("序号 No.", "位置 Locator", "原因 Reason", "处理建议 Advice")


def workbook(letters: Sequence[tuple[Any, Mapping[str, Any]]]) -> bytes:
    """An .xlsx of (dead letter, source) pairs; source fields become columns, nested ones by dotted path."""
    flat = [(letter, _flat(source)) for letter, source in letters]
    columns = list(dict.fromkeys(name for _, source in flat for name in source))
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        heading = book.add_format({"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "text_wrap": True})
        bad = book.add_format({"bg_color": "#FFD9D6", "num_format": "@"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        sheet = book.add_worksheet("未通过记录")
        sheet.freeze_panes(1, len(_OWN_COLUMNS))
        sheet.set_column(0, 0, 8)
        sheet.set_column(1, 1, 24)
        sheet.set_column(2, 3, 48)
        sheet.set_column(4, 4 + len(columns), 18)
        for column, name in enumerate([*_OWN_COLUMNS, *columns]):
            sheet.write_string(0, column, name, heading)
        for row, (letter, source) in enumerate(flat, start=1):
            errors = [finding for finding in letter.findings if finding["severity"] == "error"]
            places = {finding["locator"] for finding in errors}
            own = (str(letter.ordinal), letter.locator, _lines(errors, "reason"), _lines(errors, "advice"))
            for column, words in enumerate(own):
                sheet.write_string(row, column, words, wrapped)
            for column, name in enumerate(columns, start=len(own)):
                is_bad = any(_names(place, name) for place in places)
                sheet.write_string(row, column, neutral(source.get(name, "")), bad if is_bad else wrapped)
    return buffer.getvalue()


def neutral(value: object) -> str:
    """A cell that no spreadsheet takes for a formula, full-width signs included."""
    words = str(value)[:_CELL_LIMIT]
    return f"'{words}" if _FORMULA.match(words) else words


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, Mapping):
        items = [(str(name), item) for name, item in value.items()]
    elif isinstance(value, list):
        items = [(str(index), item) for index, item in enumerate(value)]
    else:
        return {path: "" if value is None else value}
    return {leaf: found for name, item in items for leaf, found in _flat(item, f"{path}.{name}".lstrip(".")).items()}


def _names(place: str, column: str) -> bool:
    """Whether a locator speaks of a source field: its last step is the field's name."""
    steps = [step for step in re.split(r"[/!.\[\],\s]+", place) if step]
    wanted = column.split(".")
    return steps[-len(wanted) :] == wanted or (len(wanted) == 1 and wanted[0] in steps)


def _lines(findings: Sequence[Mapping[str, Any]], member: str) -> str:
    return "\n".join(
        f"{finding['code']} {finding['title']['zh']}: {finding[member]['zh']} / {finding[member]['en']}"
        for finding in findings
    )
