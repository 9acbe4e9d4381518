"""How a kind spreads over the sheets of a workbook; the writer and any reader share this description.

One sheet holds one row a record; every array of objects has a sheet of its own whose first column repeats the
record's key. An array inside an array item also names the row of that item (1 = the record's first). The first row of
each sheet is hidden and says what each column is, as `<kind>#<field path>`; the reader needs nothing else. Row two has
the headings, data begins in row three. A row whose key is `EXAMPLE_KEY` is an illustration and no data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from itertools import chain

from schemas.catalog import Kind, kind
from schemas.codelists import codelist
from schemas.fields import Field
from schemas.findings import Text

MACHINE_ROW, HEADING_ROW, FIRST_DATA_ROW = 0, 1, 2
EXAMPLE_KEY = "示例（导入时忽略）"
LIST_SEPARATOR = "；"
YES, NO = "是", "否"
MAIN_SHEET, HELP_SHEET = "基本信息", "说明"


class Role(StrEnum):
    """What a column is for: a field, the key of the record, or the row number of the enclosing array item."""

    FIELD = "field"
    KEY = "key"
    PARENT_ROW = "parent_row"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `path` is absolute (`/travellers/*/name`), with `*` for the item that the row describes.

    `is_required`: a row cannot do without it; a field required only within an optional object is not.
    """

    path: str
    role: Role
    title: Text
    type: str
    field: Field | None
    is_required: bool
    is_list: bool = False

    def machine_name(self, kind_id: str) -> str:
        """What stands in the hidden row."""
        return f"{kind_id}#{self.path}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `path` is that of the array ("" for the sheet with one row a record)."""

    name: str
    path: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The sheets of a kind, the one with one row a record first."""

    kind_id: str
    key: str
    sheets: tuple[Sheet, ...]


@cache
def template_layout(kind_id: str) -> Layout:
    """The layout of a kind. Raises KeyError for an unknown kind."""
    each = kind(kind_id)
    (key,) = each.key
    key_field = next(field for field in each.fields() if field.path == f"/{key}")
    arrays = [field for field in each.fields() if _is_table(field)]
    main = Sheet(MAIN_SHEET, "", tuple(chain([_key_column(key_field)], _columns(each, "", key_field.path))))
    tables = (_table(each, array, key_field) for array in arrays)
    return Layout(kind_id, key_field.path, (main, *tables))


def example_of(column: Column) -> str | int | datetime:
    """The example as a person would type it: words for codes, 是/否, a date cell."""
    if column.role is Role.KEY:
        return EXAMPLE_KEY
    if column.role is Role.PARENT_ROW or column.field is None:
        return 1
    return _typed(column.field)


def _typed(field: Field) -> str | int | datetime:
    value = field.example
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, int):
        return value
    if field.format == "date":
        return datetime.fromisoformat(value)
    words = codelist(field.codelist) if field.codelist else {}
    return words[value].zh if value in words and field.codelist != "divisions" else str(value)


def _table(each: Kind, array: Field, key_field: Field) -> Sheet:
    lead = [_key_column(key_field)]
    outer, nested, _ = array.path.rpartition("/*/")
    if nested:
        words = each.title(outer)
        title = Text(f"{words.zh}第几行", f"Row of {words.en}")
        lead.append(Column(f"{outer}/*", Role.PARENT_ROW, title, "integer", None, True))
    name = array.title.zh if not nested else f"{each.title(outer).zh}-{array.title.zh}"
    return Sheet(name, array.path, (*lead, *_columns(each, f"{array.path}/*", None)))


def _columns(each: Kind, prefix: str, skip: str | None) -> Iterator[Column]:
    """The columns of the object at `prefix`: its scalars, those of its objects, and its lists of scalars."""
    for field in each.fields():
        rest = field.path.removeprefix(prefix)
        if not field.path.startswith(f"{prefix}/") or "/*" in rest or field.path == skip:
            continue
        if field.is_leaf:
            yield Column(
                field.path,
                Role.FIELD,
                _heading(each, field, prefix),
                field.type,
                field,
                _is_required(each, field, prefix),
            )
        elif field.type == "array" and not _is_table(field):
            item = next(other for other in each.fields() if other.path == f"{field.path}/*")
            yield Column(item.path, Role.FIELD, field.title, item.type, item, field.required, is_list=True)


def _key_column(field: Field) -> Column:
    return Column(field.path, Role.KEY, field.title, field.type, field, True)


def _heading(each: Kind, field: Field, prefix: str) -> Text:
    """The field's title, led by those of the objects that it lies in: 组团社·旅行社名称."""
    steps = field.path.removeprefix(prefix).strip("/").split("/")
    titles = [each.title(f"{prefix}/{'/'.join(steps[: depth + 1])}") for depth in range(len(steps))]
    return Text("·".join(title.zh for title in titles), " · ".join(title.en for title in titles))


def _is_required(each: Kind, field: Field, prefix: str) -> bool:
    """Whether the field and every object between it and the row are required."""
    required = {other.path for other in each.fields() if other.required}
    path = field.path
    while path != prefix:
        if path not in required:
            return False
        path = path.rpartition("/")[0]
    return True


def _is_table(field: Field) -> bool:
    return field.type == "array" and field.schema["items"]["type"] == "object"
