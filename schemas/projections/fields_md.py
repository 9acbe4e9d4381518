"""The field reference of a kind, as Markdown in both languages."""

from __future__ import annotations

from schemas.catalog import kind
from schemas.fields import Field
from schemas.projections.markdown import table
from schemas.structure import TYPE_NAMES

_HEADINGS = ("字段 Field", "名称 Title", "类型 Type", "必填 Required", "说明 Description", "示例 Example")


def fields_md(kind_id: str) -> str:
    """Every field of a kind: path, titles, type, whether required, meaning, personal data class, code list, example."""
    each = kind(kind_id)
    title, keys = each.title(""), ", ".join(f"`{name}`" for name in each.key)
    head = (
        f"# {title.zh} {title.en} (`{each.id}`)\n\n"
        f"{each.schema['description']}。{each.schema['description:en']}.\n\n"
        f"编号字段 Key: {keys}\n\n"
        "`*` 表示数组中的任意一项；必填指所在对象出现时必填。\n"
        "`*` stands for any item of an array; required means: when the enclosing object is present.\n\n"
        "由 `schemas/` 生成，勿手改。Generated from `schemas/`; do not edit.\n\n"
    )
    return head + table(_HEADINGS, (_row(field) for field in each.fields()))


def _row(field: Field) -> tuple[str, ...]:
    example = "" if field.example is None else f"`{_json(field.example)}`"
    return (
        f"`{field.path}`",
        f"{field.title.zh}<br>{field.title.en}",
        _type(field),
        "是 yes" if field.required else "",
        f"{field.description.zh}<br>{field.description.en}{_notes(field)}",
        example,
    )


def _type(field: Field) -> str:
    words = TYPE_NAMES[field.type]
    form = field.format or field.schema.get("pattern")
    return f"{words.zh} {field.type}" + (f"<br>`{form}`" if form else "")


def _notes(field: Field) -> str:
    notes = ""
    if field.codelist:
        notes += f"<br>代码表 code list: `{field.codelist}`" + ("（开放 open）" if field.is_open_list else "")
    if field.pii:
        notes += f"<br>个人信息 personal data: `{field.pii}`"
    return notes


def _json(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
