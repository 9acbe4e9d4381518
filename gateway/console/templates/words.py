"""What the pages of model contracts say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from adapters.word.meanings import BY_HAND, PLACES, contract, field_of, forms_of, parsed, title_of, values_of
from gateway.console.shell.record_words import division_words
from gateway.console.shell.tabular import Cell, Column, Entry, Filter, Row, Table, View, state_filter, state_view
from gateway.persons.person import Person
from gateway.templates.fields import not_asked_for
from gateway.templates.rows import TemplateRow, WorkRow
from gateway.templates.states import TemplateState
from gateway.wording.dates import day, moment
from gateway.wording.languages import word
from schemas.codelists import codelist
from schemas.findings import Text

STATES: Mapping[TemplateState, tuple[Text, str]] = {
    TemplateState.UPLOADED: (Text("待处理", "Waits to be made"), "wait"),
    TemplateState.IN_WORK: (Text("处理中", "In work"), "wait"),
    TemplateState.FOR_REVIEW: (Text("待审核", "For review"), "warn"),
    TemplateState.PUBLISHED: (Text("已发布", "Published"), "good"),
    TemplateState.SUPERSEDED: (Text("已停用", "Out of use"), "none"),
    TemplateState.WITHDRAWN: (Text("已撤回", "Given up"), "none"),
}
OTHER = "other"
"""Chosen in the list where the field is written beside it."""
_SURE = 0.75
_NATION = Text("全国", "The nation")
_STYLES = {
    "ruled": Text("下划线", "line"),
    "bracketed": Text("括号", "brackets"),
    "prompted": Text("提示语", "prompt"),
    "dotted": Text("点线", "dots"),
    "field": Text("表单域", "form field"),
    "cell": Text("空单元格", "empty cell"),
    "box": Text("勾选框", "box"),
}


_IN_USE = Text("在用和在办", "In use and in work")
TABLE = Table(
    path="/templates",
    columns=(
        Column(name="title", title=Text("名称", "Title")),
        Column(name="code", title=Text("编号", "Code")),
        Column(name="version", title=Text("版本", "Version"), is_number=True),
        Column(name="type", title=Text("合同类型", "Type")),
        Column(name="division", title=Text("适用范围", "Where")),
        Column(name="valid_from", title=Text("启用日期", "In force since")),
        Column(name="state", title=Text("状态", "State")),
    ),
    filters=(
        state_filter({state: words for state, (words, _) in STATES.items()}, unchosen=_IN_USE),
        Filter(
            name="contract_type",
            title=Text("合同类型", "Type"),
            entry=Entry.CHOICE,
            choices=dict(codelist("contract_types").items()),
        ),
    ),
    views=(
        View(title=_IN_USE, criteria={}),
        *(state_view(state, STATES[state][0]) for state in (TemplateState.FOR_REVIEW, TemplateState.PUBLISHED)),
    ),
)


def line_of(row: TemplateRow, _: Person, language: str) -> Row:
    """A version of a template as a line of the list."""
    shown = shown_template(row, language)
    cells = {each.name: Cell(text=str(shown[each.name])) for each in TABLE.columns}
    cells |= {
        "title": Cell(text=row.title, href=shown["href"]),
        "code": Cell(text=row.code, is_code=True),
        "state": Cell(text=shown["state"], tone=shown["tone"]),
    }
    return Row(name=row.title, cells=cells)


def shown_template(row: TemplateRow, language: str) -> dict[str, Any]:
    state, tone = STATES[row.state]
    return {
        "id": str(row.id),
        "code": row.code,
        "version": row.version,
        "href": f"/templates/{row.code}/{row.version}",
        "bench": f"/template-bench/{row.code}/{row.version}",
        "title": row.title,
        "type": word(codelist("contract_types")[row.contract_type], language),
        "division": word(_NATION, language) if row.tenant_id is None else division_words(row.division),
        "state": word(state, language),
        "tone": tone,
        "blanks": row.blanks,
        "open": row.open,
        "uploaded": moment(row.uploaded_at, language),
        "uploaded_by": row.uploaded_by,
        "worked_by": row.worked_by or "",
        "submitted": "" if row.submitted_at is None else moment(row.submitted_at, language),
        "decided": "" if row.decided_at is None else moment(row.decided_at, language),
        "decided_by": row.decided_by or "",
        "reason": row.reason or "",
        "valid_from": "" if row.valid_from is None else day(row.valid_from, language),
        "valid_until": "" if row.valid_until is None else day(row.valid_until, language),
        "is_by_hand": row.is_by_hand,
        "is_made": bool(row.fields or row.places),
        "lacking": [word(contract().title(pointer), language) for pointer in not_asked_for(row.fields)],
    }


def shown_blanks(work: WorkRow, language: str) -> list[dict[str, Any]]:
    """Every blank with the words around it and what it may mean; tables and choices begin where they begin."""
    shown: list[dict[str, Any]] = []
    heading, group = "", ""
    for blank in work.reading["blanks"]:
        number = str(blank["number"])
        meaning = work.meanings[number]
        score = next((each["score"] for each in blank["candidates"] if each["meaning"] == meaning), 1.0)
        here = f"loop{blank['loop']}" if blank["loop"] else f"choice{blank['choice']}" if blank["choice"] else ""
        shown.append(
            {
                "number": number,
                "style": word(_STYLES[blank["style"]], language),
                "label": blank["label"],
                "unit": blank["unit"],
                "heading": blank["heading"] if blank["heading"] != heading else "",
                "begins": blank["asks"] if here and here != group else "",
                "is_listed": blank["loop"] is not None,
                "meaning": meaning,
                "title": word(title_of(meaning), language) if meaning else "",
                "options": list(_options(blank, meaning, language)),
                "is_open": not meaning,
                "is_unsure": bool(meaning) and score < _SURE,
            }
        )
        heading, group = blank["heading"], here
    return shown


def _options(blank: Mapping[str, Any], meaning: str, language: str) -> Iterator[tuple[str, str]]:
    """What may be chosen: what it means now, candidates, what the platform puts in, a pen."""
    seen: set[str] = set()
    places = [] if blank["loop"] else [f"@{name}" for name in PLACES]
    for each in [meaning, *(each["meaning"] for each in blank["candidates"]), *places, BY_HAND]:
        if each and each not in seen:
            seen.add(each)
            yield each, word(title_of(each), language)


@cache
def every_field(language: str) -> Sequence[tuple[str, str]]:
    """All that a blank can mean, for who writes it: the meaning, and what it is called."""
    found = []
    for field in contract().fields():
        path = field.path.strip("/").replace("/*/", "/").replace("/", ".")
        steps = field.path.split("/*")
        if len(steps) > 2 or field.path.endswith("/*"):
            continue
        if len(steps) == 2:
            path = f"{steps[0].strip('/').replace('/', '.')}/{steps[1].strip('/').replace('/', '.')}"
        meaning = parsed(path)
        if meaning is None or field_of(meaning) is None:
            continue
        forms = forms_of(field)
        ways = [path, *(f"{path}#{form}" for form in forms[1:]), *(f"{path}={value}" for value in values_of(field))]
        if field.codelist and len(values_of(field)) > _MOST_VALUES:
            ways = [path]
        found += [(way, word(title_of(way), language)) for way in ways]
    return tuple(found)


_MOST_VALUES = 12


def chosen_meanings(form: Mapping[str, str]) -> dict[str, str]:
    """What a form says of blanks by number; `OTHER` means what is written beside it."""
    found: dict[str, str] = {}
    for name, value in form.items():
        kind, _, number = name.partition("-")
        if kind == "m" and number.isdecimal():
            found[number] = form.get(f"o-{number}", "").strip() if value == OTHER else value
    return found
