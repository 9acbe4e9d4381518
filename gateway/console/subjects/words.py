"""What the pages of subject access say, in one language. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.authority.revealing import PURPOSES
from gateway.console.shell.record_words import division_words
from gateway.console.shell.tabular import Cell, Column, Row, Table
from gateway.retention.subjects import SUBJECT_PURPOSES, Held, Shown
from gateway.wording.dates import day, moment
from gateway.wording.languages import word
from schemas import catalog
from schemas.findings import Text

BASE = "/subjects"
TABLE = Table(
    path=BASE,
    columns=(
        Column(name="kind", title=Text("种类", "Kind")),
        Column(name="number", title=Text("编号", "Number")),
        Column(name="agency", title=Text("旅行社", "Agency")),
        Column(name="fields", title=Text("个人信息字段", "Personal fields")),
        Column(name="shown", title=Text("查看记录", "Shown to")),
        Column(name="until", title=Text("可以删除的日期", "Can be erased from")),
    ),
    filters=(),
)
_ON_HOLD = Text("已保全，解除后方可删除", "Held for a case: once the hold is lifted")
_BY_PORTAL = Text("由门户保存，请向其主管部门申请", "Kept by a portal: ask its authority")
_TO_NOBODY = Text("无人查看过遮盖的信息", "Nobody looked behind the masks")


def purposes(language: str) -> list[tuple[str, str]]:
    return [(purpose.value, word(words, language)) for purpose, words in SUBJECT_PURPOSES.items()]


def lines(found: Sequence[Held], language: str) -> list[Row]:
    """A line for each record."""
    return [_line(each, language) for each in found]


def _line(each: Held, language: str) -> Row:
    row, comma = each.row, word(Text("、", ", "), language)
    titles = dict.fromkeys(word(title, language) for title in each.fields)
    shown = "; ".join(_shown(one, language) for one in each.shown)
    return Row(
        name=f"{row.kind}-{row.key}",
        cells={
            "kind": Cell(text=word(catalog.kind(row.schema).title(""), language)),
            "number": Cell(text=row.code or row.key, is_code=True),
            "agency": Cell(text=row.agency_name, small=division_words(row.division)),
            "fields": Cell(text=comma.join(titles)),
            "shown": Cell(text=shown or word(_TO_NOBODY, language)),
            "until": Cell(text=_until(each, language)),
        },
    )


def _shown(one: Shown, language: str) -> str:
    purpose = next((word(words, language) for name, words in PURPOSES.items() if name.value == one.purpose), "")
    return f"{one.actor} · {moment(one.at, language)} · {purpose}"


def _until(each: Held, language: str) -> str:
    if each.is_on_hold:
        return word(_ON_HOLD, language)
    return word(_BY_PORTAL, language) if each.erasable_on is None else day(each.erasable_on, language)
