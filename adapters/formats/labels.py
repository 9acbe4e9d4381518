"""Label/value cells around a table, as printed forms have them: `团队编号：` | `BJ-01`, or both in one cell.

A form prints labels that a mapping does not name (`组团社盖章`, `地址`). They end a value as those do that it names, so
that an empty field never takes the next label for its value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from adapters.formats.headings import heading

_OF_WHOM = (
    "组团社|地接社|接待社|旅行社|公司|单位|领队|导游|全陪|司机|出境|入境|出发|返回|团队|本团|实际|游客|旅游者|紧急|联系|联络|授权"
    "|经办|负责|制表|填表|审核|复核|旅游行政管理部门|主管部门|边防检查站"
)
_WHAT = (
    "名称|地址|电话|手机|传真|邮编|邮箱|编号|序号|团号|号码|证号|许可证号|姓名|性别|日期|时间|年份|口岸|线路|航班|人数|总人数|人|签字"
    "|签名|签章|盖章|公章|审验章|加注|备注|说明|国家"
)
_PRINTED = rf"(?:{_OF_WHOM})*(?:{_WHAT})"
"""What forms of the trade print as labels, without a colon."""
_WORD = r"(?:[\u4e00-\u9fff]{2,16}|[\u4e00-\u9fff](?:\s+[\u4e00-\u9fff]){1,3})"
_COLON = r"\s*[:：]"
_BEGINS = re.compile(rf"\s*{_WORD}(?:[(（][^()（）]{{1,10}}[)）])?{_COLON}")
_BRACKETS = {"(": ")", "（": "）"}


def collect(
    row: int,
    cells: Sequence[Any],
    names: tuple[str, ...],
    values: dict[str, Any],
    *,
    places: dict[str, tuple[int, int]],
) -> bool:
    """Add what the labels of a row say to `values`, and where it stands to `places`. True when there was a label.

    A label's value is the rest of its cell, or the next cell that is neither empty nor a label. The first one counts.
    """
    if not names:
        return False
    found = False
    for column, cell in enumerate(cells):
        if not isinstance(cell, str) or not cell.strip():
            continue
        pairs = [(heading(cell), "")] if heading(cell) in names else _inside(cell, names)
        for nth, (name, value) in enumerate(pairs, 1):
            if name not in names:
                continue
            found = True
            at = _next_value(cells, column, names) if not value and nth == len(pairs) else None
            if at is not None:
                _keep(name, cells[at], (row, at), values, places=places)
            elif value:
                _keep(name, value, (row, column), values, places=places)
    return found


def is_label(cell: Any, names: tuple[str, ...]) -> bool:
    """Whether a cell is one of the labels, or begins with one and a colon."""
    if not isinstance(cell, str):
        return False
    begins = _pattern(names).match(cell.lstrip())
    return heading(cell) in names or (begins is not None and begins[1] is not None)


def looks_like_label(cell: Any) -> bool:
    """Whether a cell is what forms print as a label, or begins with words and a colon."""
    return isinstance(cell, str) and bool(re.fullmatch(_PRINTED, heading(cell)) or _BEGINS.match(cell))


def begins_with_label(cell: Any) -> bool:
    """Whether a cell begins with words and a colon."""
    return isinstance(cell, str) and (":" in cell or "：" in cell) and bool(_BEGINS.match(cell))


def _keep(
    name: str, value: Any, place: tuple[int, int], values: dict[str, Any], *, places: dict[str, tuple[int, int]]
) -> None:
    if name not in values:
        values[name], places[name] = value, place


def _next_value(cells: Sequence[Any], column: int, names: tuple[str, ...]) -> int | None:
    for at in range(column + 1, len(cells)):
        cell = cells[at]
        if cell is None or cell == "":
            continue
        return None if is_label(cell, names) or looks_like_label(cell) else at
    return None


def _inside(cell: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """`团队编号：BJ-01  年份：2017` as pairs; labels that nobody named are among them."""
    marks = list(_pattern(names).finditer(cell))
    ends = [*(mark.start() for mark in marks[1:]), len(cell)]
    return [
        (heading(mark[mark.lastindex or 0]), _value(cell, mark, end)) for mark, end in zip(marks, ends, strict=False)
    ]


def _value(cell: str, mark: re.Match[str], end: int) -> str:
    """What stands between a label and the next one, without the bracket that closes around the label or opens after."""
    value = cell[mark.end() : end].strip().rstrip("，,；;、").rstrip()
    opened = cell[mark.start() - 1 : mark.start()]
    if opened in _BRACKETS and value.endswith(_BRACKETS[opened]) and opened not in value:
        value = value[:-1]
    return value.rstrip("(（").rstrip()


@lru_cache(maxsize=64)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """A named label after a space, a bracket or a mark between facts; any words and a colon after a space.

    In a bracket only what forms print ends a value: `曼谷（不含：签证费）` is one.
    """
    spaced = (r"\s*".join(map(re.escape, name)) for name in sorted(names, key=len, reverse=True))
    named = "|".join(spaced)
    return re.compile(
        rf"(?<![^\s(（,，;；、])({named}){_COLON}|(?<!\S)({_WORD}){_COLON}|(?<=[(（])({_PRINTED}){_COLON}"
    )
