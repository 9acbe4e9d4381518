"""What is filled in by hand: the fields of a form, made of a template and the schema, and the contract they say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from adapters.drafting.evidence import cleaner_of, profile
from adapters.drafting.likeness import likeness
from adapters.drafting.sources import Source
from adapters.drafting.targets import Target, names_of, targets
from adapters.drafting.words import is_of_the_trade
from adapters.mapping.cleaners import CLEANERS
from adapters.mapping.cleaners.codelists import by_any_name
from adapters.mapping.problems import Dirty
from adapters.word.meanings import contract
from gateway.base import problems
from gateway.base.problems import Refused
from schemas.codelists import codelist
from schemas.fields import Field, pattern_of
from schemas.findings import Text, veiled

MOST_ROWS = 200
"""Rows of a list that a form takes."""
_LONGEST_PASTED = 200_000
_OURS = frozenset({"/business_no", "/contract_type", "/template", "/headcount", "/callback_url"})
"""What is known without asking."""
_OF_ADDRESSES = ("province", "city", "district", "detail")
_ALIKE = 0.5
_INDEX = re.compile(r"\d{1,3}")
_LONG = 200
_MOST_CHOICES = 40
_TOO_MANY_ROWS = Text(
    f"一个列表最多 {MOST_ROWS} 行，未保存；请减少行数，或改用名单表报送",
    f"A list takes {MOST_ROWS} rows, and nothing was kept: take fewer, or hand in a roster instead",
)
_NO_FIELD = Text("表单中没有该项", "The form does not ask for that")
_PIPE = re.compile(r"[\t|]|\s{2,}|[,，]")


class Entry(StrEnum):
    """How a value is entered."""

    TEXT = "text"
    LONG = "long"
    DATE = "date"
    NUMBER = "number"
    MONEY = "money"
    CHOICE = "choice"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """A field to fill in: `pointer` with `*` for the rows of a list; `options` are codes with their names."""

    pointer: str
    title: Text
    entry: Entry
    is_required: bool
    options: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """Rows that were pasted, and what of it found no place in the form."""

    rows: Sequence[Mapping[str, str]]
    left: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Fields that belong together; a `list_at` is a list whose items have them."""

    title: Text
    fields: tuple[FormField, ...]
    list_at: str = ""


def sections(taken: Collection[str]) -> list[Section]:
    """The form of a template: its fields by JSON pointer, and whatever every contract needs besides."""
    wanted = {each for pointer in taken for each in _leaves(pointer)}
    wanted |= {field.path for field in _needed(wanted)}
    found: dict[str, list[FormField]] = {}
    for field in contract().fields():
        if field.path in wanted and field.path not in _OURS and _is_entered(field):
            found.setdefault(_section_of(field.path), []).append(_form_field(field))
    return [
        Section(title=contract().title(at) if at else Text("合同", "Contract"), fields=tuple(fields), list_at=_list(at))
        for at, fields in sorted(found.items(), key=lambda each: each[0] != "")
    ]


def _section_of(path: str) -> str:
    """The list that a field stands in, or the first object around it; "" for what stands in the contract itself."""
    at = path.find("/*")
    if at > 0:
        return path[:at]
    steps = path.split("/")
    return "/".join(steps[:2]) if len(steps) > 2 else ""


def _list(at: str) -> str:
    field = contract().field(at) if at else None
    return at if field is not None and field.type == "array" else ""


def _leaves(pointer: str) -> Iterator[str]:
    """A field, or where it is an object (an address) the values in it."""
    field = contract().field(pointer)
    if field is not None and field.type == "object":
        parts = (f"{pointer}/{name}" for name in _OF_ADDRESSES)
        yield from (part for part in parts if contract().field(part) is not None)
    else:
        yield pointer


def _needed(wanted: set[str]) -> Iterator[Field]:
    """Leaves that have to be there: of the contract, of objects it needs, and of those that are filled in."""
    around = {"/".join(path.split("/")[:end]) for path in wanted for end in range(1, path.count("/") + 2)}
    for field in contract().fields():
        parent = field.parent.removesuffix("/*")
        outer = contract().field(parent) if parent else None
        is_there = not parent or parent in around or (outer is not None and outer.required and outer.parent == "")
        if field.required and field.is_leaf and is_there:
            yield field


def _is_entered(field: Field) -> bool:
    if field.type == "array":
        return field.schema["items"]["type"] == "string"
    return field.is_leaf and not field.path.endswith("/*") and field.path.count("/*") <= 1


def _form_field(field: Field) -> FormField:
    entry, options = Entry.TEXT, ()
    if field.format == "date":
        entry = Entry.DATE
    elif field.type == "boolean":
        entry = Entry.YES_NO
    elif field.schema.get("x-money"):
        entry = Entry.MONEY
    elif field.type == "integer":
        entry = Entry.NUMBER
    elif field.codelist and len(codelist(field.codelist)) <= _MOST_CHOICES and not field.is_open_list:
        entry, options = Entry.CHOICE, tuple(codelist(field.codelist).items())
    elif field.schema.get("maxLength", 0) > _LONG:
        entry = Entry.LONG
    return FormField(pointer=field.path, title=field.title, entry=entry, is_required=field.required, options=options)


def body_of(values: Mapping[str, str], kept: Mapping[str, Any], form: Sequence[Section]) -> dict[str, Any]:
    """The contract that the values of a form say, by JSON pointer (`/travellers/0/name`), each in its clean form, with
    whatever the form does not ask for as it is `kept`.

    What cannot be cleaned stays as it was written: the check tells what is wrong with it. Rows that the form leaves
    empty go. Raises Refused (REQUEST-001) for what the form does not ask for, and for too many rows.
    """
    asked = frozenset(field.pointer for section in form for field in section.fields)
    said: dict[str, Any] = {}
    for pointer, written in values.items():
        field, text = contract().field(pointer), written.strip()
        if field is None or field.path not in asked:
            raise Refused(problems.BAD_REQUEST, _NO_FIELD, parameter=veiled(pointer)[:_LONG])
        if text:
            _put(said, pointer.split("/")[1:], _clean(field, text))
    return _merged(said, kept, asked, "")


def _merged(said: Mapping[str, Any], kept: Mapping[str, Any], asked: frozenset[str], at: str) -> dict[str, Any]:
    """An object with what is said of the fields that are asked for, and the rest as it was."""
    made: dict[str, Any] = {}
    for name in dict.fromkeys((*kept, *said)):
        pointer, old, new = f"{at}/{name}", kept.get(name), said.get(name)
        is_within = any(each.startswith(f"{pointer}/") for each in asked)
        if pointer in asked:
            value = new
        elif not is_within:
            value = old
        elif any(each.startswith(f"{pointer}/*/") for each in asked):
            value = _rows_of(new or {}, old if isinstance(old, list) else [], asked, f"{pointer}/*")
        else:
            value = _merged(new or {}, old if isinstance(old, Mapping) else {}, asked, pointer) or None
        if value is not None:
            made[name] = value
    return made


def _rows_of(
    said: Mapping[str, Any], kept: Sequence[Any], asked: frozenset[str], at: str
) -> list[dict[str, Any]] | None:
    """Rows that something is said in, each with what was kept of it. Raises Refused (REQUEST-001)."""
    rows = sorted((int(number), row) for number, row in said.items() if _INDEX.fullmatch(number))
    if len(rows) > MOST_ROWS or len(rows) < len(said):
        raise too_many_rows()
    before = {number: row for number, row in enumerate(kept) if isinstance(row, Mapping)}
    return [_merged(row, before.get(number, {}), asked, at) for number, row in rows] or None


def too_many_rows() -> Refused:
    return Refused(problems.BAD_REQUEST, _TOO_MANY_ROWS)


def _clean(field: Field, text: str) -> Any:
    if field.type == "array":
        known = by_any_name(field.schema["items"]["x-codelist"]) if "x-codelist" in field.schema["items"] else {}
        parts = [part.strip() for part in re.split("[、,，;；]", text) if part.strip()]
        return [known.get(part.casefold(), part) for part in parts]
    if field.type == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if field.codelist:
        return by_any_name(field.codelist).get(text.casefold(), text)
    target = _targets().get(field.path)
    cleaner = cleaner_of(target) if target else None
    if cleaner is None:
        return text
    try:
        return CLEANERS[cleaner](text)
    except Dirty:
        return text


@cache
def _targets() -> Mapping[str, Target]:
    return {each.field.path: each for each in targets(contract())}


def _put(into: dict[str, Any], steps: Sequence[str], value: Any) -> None:
    """Lists are kept by the numbers of their rows until all is there."""
    step, *rest = steps
    if not rest:
        into[step] = value
    else:
        inner = into.setdefault(step, {})
        if isinstance(inner, dict):
            _put(inner, rest, value)


def entered(body: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    """The values of a contract as a form has them: pointers with the numbers of rows, and text."""
    for name, value in body.items():
        pointer = f"{at}/{name}"
        if isinstance(value, Mapping):
            yield from entered(value, pointer)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for number, item in enumerate(value):
                yield from entered(item, f"{pointer}/{number}")
        elif isinstance(value, list):
            yield pointer, "、".join(map(str, value))
        else:
            yield pointer, str(value).lower() if isinstance(value, bool) else str(value)


def pasted(text: str, columns: Sequence[FormField]) -> Pasted:
    """Rows pasted from a sheet, as values by the name of their field inside the item.

    A first row that names the columns decides what each is; otherwise they come in the order of the form.
    Raises Refused (REQUEST-001) for more rows or text than a form takes.
    """
    if len(text) > _LONGEST_PASTED:
        raise too_many_rows()
    rows = [row for row in _rows(text) if any(row)]
    if not rows:
        return Pasted(rows=[], left=())
    named = _named(rows[0], columns)
    has_heads = sum(head is not None for head in named) * 2 > len(rows[0])
    heads = [None if head in named[:at] else head for at, head in enumerate(named)]  # a second one of a name is left
    order = heads if has_heads else list(columns[: len(rows[0])])
    body = rows[has_heads:]
    if len(body) > MOST_ROWS:
        raise too_many_rows()
    left = [head for head, column in zip(rows[0], heads, strict=True) if column is None and head] if has_heads else []
    left += [cell for row in body for cell in row[len(order) :] if cell]
    taken = [
        {_inner(column): cell for column, cell in zip(order, row, strict=False) if column is not None and cell}
        for row in body
    ]
    return Pasted(rows=taken, left=tuple(left))


def _named(cells: Sequence[str], columns: Sequence[FormField]) -> list[FormField | None]:
    """The field that each cell names as its heading."""
    known = {_bare(name): column for column in columns for name in _names(column)}
    return [known.get(_bare(cell)) or _like(cell, columns) for cell in cells]


def _like(head: str, columns: Sequence[FormField]) -> FormField | None:
    """The column that a head is most like, if any; nobody's name or number is."""
    if not is_of_the_trade(_bare(head)):
        return None
    source = Source("", ("",), (), (head,), is_column=True)
    scored = [
        (likeness(source, target, profile(())).score, order)
        for order, column in enumerate(columns)
        if (target := _targets().get(column.pointer)) is not None
    ]
    score, order = max(scored, default=(0.0, 0))
    return columns[order] if score > _ALIKE else None


def _rows(text: str) -> Iterable[list[str]]:
    text = "\n".join(text.splitlines())
    if "\t" in text:
        return ([cell.strip() for cell in line.split("\t")] for line in text.split("\n"))
    return ([cell.strip() for cell in _PIPE.split(line.strip())] for line in text.splitlines())


def _names(column: FormField) -> Iterator[str]:
    field = contract().field(column.pointer)
    if field is not None:
        yield from names_of(field.schema)
        outer = contract().field(field.parent)
        if outer is not None and field.name == "number":
            yield from names_of(outer.schema)


def _bare(name: str) -> str:
    """A heading without the remark behind it, the star of what is required, and spaces."""
    return re.sub(r"[（(][^)）]{0,20}[)）]?|[\s*]", "", name).casefold()


def _inner(column: FormField) -> str:
    return column.pointer.partition("/*/")[2]


def is_column(list_at: str, column: FormField) -> bool:
    return pattern_of(column.pointer).startswith(f"{list_at}/*/")
