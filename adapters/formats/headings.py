"""How headings and labels are compared, in documents and in mapping files alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any


def heading(text: str) -> str:
    """NFKC, without white space, line breaks and closing marks: `团队 编号：` is `团队编号`."""
    return "".join(unicodedata.normalize("NFKC", text).split()).rstrip(":*")


def headings(cells: Sequence[Any]) -> list[str]:
    """The headings of a row. A heading that comes again is numbered: `电话`, `电话#2`."""
    times: dict[str, int] = {}
    found = []
    for cell in cells:
        name = heading(str(cell)) if cell is not None else ""
        times[name] = times.get(name, 0) + 1
        found.append(name if times[name] == 1 else f"{name}#{times[name]}")
    return found
