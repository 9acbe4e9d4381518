"""Cells of spreadsheets and CSV files that people will open."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"^[\s\u200b\u2060\ufeff]*[=+\-@\t\r＝＋－＠﹦﹢﹣﹫]")
_DASHES = re.compile(r"[-－]{1,3}")
_CELL_LIMIT = 32_000


def neutral(value: object) -> str:
    """Words that no spreadsheet takes for a formula, full-width signs included. A mere dash stays as it is."""
    words = str(value)
    if len(words) > _CELL_LIMIT:
        words = words[:_CELL_LIMIT] + "…"
    return f"'{words}" if _FORMULA.match(words) and not _DASHES.fullmatch(words) else words
