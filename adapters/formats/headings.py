"""How headings and labels are compared, in documents and in mapping files alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from schemas.plain_text import normalised

_LONGEST = 200
_UNSEEN = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF])
_REMARKS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕")


def heading(text: str) -> str:
    """NFKC, without white space, line breaks, what nobody sees, and marks around: `团队 编号：` is `团队编号`.

    What is longer than a heading stays as it is.
    """
    if len(text) > _LONGEST:
        return text
    return "".join(normalised("NFKC", text).translate(_UNSEEN).split()).lstrip("*").rstrip(":*")


def headings(cells: Sequence[Any], known: Collection[str] = ()) -> list[str]:
    """The headings of a row. A heading that comes again is numbered: `电话`, `电话#2`.

    What stands in brackets is a remark where the rest is a `known` heading and no other column has it:
    `护照号码(必填)` is `护照号码`, but of `姓名(中文)` and `姓名(英文)` neither is `姓名`.
    """
    names = [heading(str(cell)) if cell is not None else "" for cell in cells]
    bare = [name if name in known or len(name) > _LONGEST else heading(_REMARKS.sub("", name)) for name in names]
    taken = Counter(bare)
    plain = [short if short in known and taken[short] == 1 else name for name, short in zip(names, bare, strict=True)]
    return _numbered(plain)


def two_rows(above: Sequence[Any], cells: Sequence[Any], known: Collection[str]) -> list[str]:
    """The headings of two rows, of which the upper one has cells that reach over several columns of the lower one.

    `证件` above `类型` and `号码` makes `证件类型` and `证件号码` where these are known; what stands in one row only
    counts as it is.
    """
    upper, over = "", []
    for at in range(len(cells)):
        own = heading(str(above[at])) if at < len(above) and above[at] is not None else ""
        upper = own or upper
        over.append((own, upper))
    names = []
    for (own, upper), cell in zip(over, cells, strict=True):
        lower = heading(str(cell)) if cell is not None else ""
        joined = upper + lower
        names.append(lower if lower in known else joined if lower and joined in known else lower or own)
    return headings(names, known)


def several_rows(rows: Sequence[Sequence[Any]], known: Collection[str]) -> list[str]:
    """The headings of several rows, those of a column joined by a slash: `证件/类型`.

    A cell above reaches to the right as far as the next one that says something, there or further up, which is what
    merged cells look like; but where below it only the lowest heading is `known`, and no other column's, it is that.
    """
    width = max(map(len, rows))
    said = [_said(row, width) for row in rows]
    reached = [_reached(said[: nth + 1]) for nth in range(len(said) - 1)]
    names = []
    for at, lowest in enumerate(said[-1]):
        is_column = any(row[at] for row in said)
        names.append("/".join(filter(None, [*(row[at] for row in reached), lowest])) if is_column else "")
    for at, lowest in enumerate(said[-1]):
        is_below_another = not any(row[at] for row in said[:-1])
        if is_below_another and lowest in known and lowest not in names and names[at] not in known:
            names[at] = lowest
    return headings(names, known)


def _said(row: Sequence[Any], width: int) -> list[str]:
    """The headings of one row, as wide as the widest."""
    return [heading(str(row[at])) if at < len(row) and row[at] is not None else "" for at in range(width)]


def _reached(rows: Sequence[Sequence[str]]) -> list[str]:
    """The last of some rows of headings with each cell as far to the right as it reaches."""
    reach, found = "", []
    for own in zip(*rows, strict=True):
        reach = own[-1] if any(own) else reach
        found.append(reach)
    return found


def key_text(cell: Any) -> str:
    """A key as it counts, however wide its letters are written: 12 of a number cell is `12`."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = "" if cell is None else str(cell)
    return normalised("NFKC", text).strip()


def _numbered(names: Sequence[str]) -> list[str]:
    times: dict[str, int] = {}
    found = []
    for name in names:
        times[name] = times.get(name, 0) + 1
        found.append(name if times[name] == 1 else f"{name}#{times[name]}")
    return found
