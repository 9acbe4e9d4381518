"""Say in words what the schema validator found: its errors become findings of the SCHEMA family."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice
from typing import Any, Protocol

from schemas.codelists import codelist
from schemas.findings import Finding, Problem, Severity, Text, error
from schemas.loading import Schema
from schemas.masking import mask
from schemas.names import strange_letters

MISSING = error(
    "SCHEMA-001",
    "缺少必填项“{label}”",
    'The required field "{label}" is missing',
    "补充字段 {name}，例如 {example}",
    "Add the field {name}, for example {example}",
)
UNKNOWN = error(
    "SCHEMA-002",
    "没有名为 {name} 的字段",
    "There is no field called {name}",
    "删除该字段，或改用：{allowed}",
    "Remove it, or use: {allowed}",
)
TYPE = error(
    "SCHEMA-003",
    "类型不符：应为{expected}",
    "Wrong type: {expected} is expected",
    "按{expected}填写，例如 {example}",
    "Send {expected}, for example {example}",
)
NOT_LISTED = error(
    "SCHEMA-004",
    "不在代码表 {list} 中",
    "Not in the code list {list}",
    "使用下列代码之一：{allowed}",
    "Use one of these codes: {allowed}",
)
FORM = error(
    "SCHEMA-005",
    "写法不符合要求",
    "Not written as required",
    "参照示例填写：{example}（{description}）",
    "Write it like {example} ({description})",
)
DATE = error(
    "SCHEMA-006",
    "不是有效日期",
    "Not a date of the calendar",
    "按 YYYY-MM-DD 填写确实存在的日期，例如 2017-08-04",
    "Use a date that exists, as YYYY-MM-DD, for example 2017-08-04",
)
TOO_LONG = error(
    "SCHEMA-007",
    "超过 {limit} 个字符",
    "Longer than {limit} characters",
    "缩短到 {limit} 个字符以内",
    "Shorten it to {limit} characters",
)
TOO_SHORT = error(
    "SCHEMA-008",
    "内容为空或少于 {limit} 个字符",
    "Empty, or shorter than {limit} characters",
    "填写内容；没有内容时不要发送该字段",
    "Fill it in, or leave the field out when there is nothing to say",
)
TOO_SMALL = error(
    "SCHEMA-009",
    "小于允许的最小值 {limit}",
    "Below the least allowed value {limit}",
    "填写不小于 {limit} 的数",
    "Use a number of at least {limit}",
)
TOO_LARGE = error(
    "SCHEMA-010",
    "大于允许的最大值 {limit}",
    "Above the greatest allowed value {limit}",
    "填写不大于 {limit} 的数",
    "Use a number of at most {limit}",
)
TOO_FEW = error(
    "SCHEMA-011",
    "至少需要 {limit} 行",
    "At least {limit} row is needed",
    "补充“{label}”的明细",
    'Add rows to "{label}"',
)
TOO_MANY = error(
    "SCHEMA-012",
    "超过 {limit} 行",
    "More than {limit} rows",
    "拆分为多份记录提交",
    "Split it into several records",
)
NUMERIC_ID = error(
    "SCHEMA-013",
    "号码以数字形式传入，末位可能已丢失，无法还原",
    "The number came as a numeric value; its last digits may be lost and cannot be restored",
    "在来源系统或表格中将该列设为文本，核对后重新提交",
    "Make the column text in the source system or sheet, check it and submit again",
)
NULL = error(
    "SCHEMA-014",
    "值为 null",
    "The value is null",
    "填写内容；没有内容时不要发送该字段",
    "Fill it in, or leave the field out when there is nothing to say",
)
EMAIL = error(
    "SCHEMA-015",
    "不是有效的电子邮箱",
    "Not an email address",
    "按 name@example.com 的形式填写",
    "Write it like name@example.com",
)

NAME_LETTERS = error(
    "SCHEMA-016",
    "姓名中含有不应出现的字符：{letters}",
    "The name contains characters that no name has: {letters}",
    "按证件填写姓名；“?”和方框通常是来源系统丢失的生僻字",
    "Write the name as on the document; a question mark or box usually stands for a rare character that was lost",
)

MORE = error(
    "SCHEMA-017",
    "另有 {count} 处问题未逐一列出",
    "There are {count} more findings",
    "请先更正已列出的问题，再重新提交",
    "Correct what is listed and send it again",
)
TOO_MUCH = error(
    "SCHEMA-018",
    "记录内容过多：同一层字段超过 {members} 个、列表超过 {items} 项或总计超过 {values} 个值，未作检查",
    "The record holds too much to be checked: over {members} fields in one place, {items} items in one list or {values}"
    " values in all",
    "请核对是否把多条记录合并成了一条",
    "See whether many records were put into one",
)

MOST_FINDINGS = 50
"""Of one record; beyond that nobody reads."""
_MOST_MEMBERS, _MOST_ITEMS, _MOST_VALUES = 1_000, 20_000, 500_000
_MAX_SHOWN = 8
_LONGEST_NAME = 64
TYPE_NAMES = {
    "string": Text("文本", "text"),
    "integer": Text("整数", "a whole number"),
    "boolean": Text("true 或 false", "true or false"),
    "object": Text("对象", "an object"),
    "array": Text("数组", "an array"),
}


class Described(Protocol):
    """What a finding needs to know about the field it stands at; `catalog.Kind` provides it."""

    def title(self, pointer: str) -> Text: ...
    def pii(self, pointer: str) -> str | None: ...
    def schema_at(self, pointer: str) -> Schema: ...


def structural_findings(errors: Iterable[Any], kind: Described, most: int) -> Iterator[Finding]:
    """Findings for the errors of one record, and how many more there are than `most`."""
    left, more = most, 0
    for each in errors:
        yield from islice(_findings(each, kind), left)
        count = len(each.kind.unexpected) if each.kind.name == "additionalProperties" else 1
        more += max(count - left, 0)
        left = max(left - count, 0)
    if more:
        yield _more(more, kind)


def at_most(findings: Sequence[Finding], most: int, kind: Described) -> tuple[Finding, ...]:
    """The first of them, and how many more there are; what is not listed weighs as if it were."""
    if len(findings) <= most:
        return tuple(findings)
    rest = findings[most:]
    more = _more(len(rest), kind)
    return (*findings[:most], more if any(each.is_error for each in rest) else replace(more, severity=Severity.WARNING))


def _more(count: int, kind: Described) -> Finding:
    return MORE.found("", kind.title(""), count=count)


def too_much(body: Any, kind: Described) -> Finding | None:
    """What there is to say of a record that nobody could have meant, before its every error is looked for."""
    waiting, values = [body], 0
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict | list):
            continue
        values += len(node)
        if len(node) > (_MOST_MEMBERS if isinstance(node, dict) else _MOST_ITEMS) or values > _MOST_VALUES:
            return TOO_MUCH.found("", kind.title(""), members=_MOST_MEMBERS, items=_MOST_ITEMS, values=_MOST_VALUES)
        waiting.extend(node.values() if isinstance(node, dict) else node)
    return None


def _findings(each: Any, kind: Described) -> Iterator[Finding]:
    pointer = "".join(f"/{step}" for step in each.instance_path)
    match each.kind.name:
        case "required":
            yield _missing(kind, pointer, each.kind.property)
        case "additionalProperties":
            yield from (_unknown(kind, pointer, name) for name in each.kind.unexpected)
        case keyword:
            yield _KEYWORDS[keyword](kind, pointer, each.instance)


def _missing(kind: Described, parent: str, name: str) -> Finding:
    pointer = f"{parent}/{name}"
    title = kind.title(pointer)
    return MISSING.found(pointer, title, label=title, name=name, example=_example(kind.schema_at(pointer)))


def _unknown(kind: Described, parent: str, name: str) -> Finding:
    known = list(kind.schema_at(parent).get("properties", ()))
    allowed = get_close_matches(name[:_LONGEST_NAME], known, 3, 0.7) or known
    pointer = f"{parent}/{name.replace('~', '~0').replace('/', '~1')}"
    shown = name[:_LONGEST_NAME]
    # The value is not shown: a field nobody described may hold anything, personal data included.
    return UNKNOWN.found(pointer, Text(shown, shown), name=shown, allowed=_some(allowed))


def _type(kind: Described, pointer: str, value: Any) -> Finding:
    schema = kind.schema_at(pointer)
    if value is None:
        return _found(NULL, kind, pointer, None)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and (schema.get("x-identifier") or (schema["type"] == "string" and schema.get("x-pii") == "phone")):
        return _found(NUMERIC_ID, kind, pointer, value)
    expected = TYPE_NAMES[schema["type"]]
    return _found(TYPE, kind, pointer, value, expected=expected, example=_example(schema))


def _enum(kind: Described, pointer: str, value: Any) -> Finding:
    name = kind.schema_at(pointer)["x-codelist"]
    words = codelist(name)
    shown = [code for code in (words.code_of(str(value)),) if code] or list(words)
    allowed = Text(
        _some([f"{code}（{words[code].zh}）" for code in shown]),
        _some([f"{code} ({words[code].en})" for code in shown]),
    )
    return _found(NOT_LISTED, kind, pointer, value, list=name, allowed=allowed)


def _not(kind: Described, pointer: str, value: Any) -> Finding:
    """The one thing that an identifier may not be (see `loading.assertions`)."""
    return _found(NUMERIC_ID, kind, pointer, value)


def _pattern(kind: Described, pointer: str, value: Any) -> Finding:
    schema = kind.schema_at(pointer)
    if schema.get("x-name"):
        return _found(NAME_LETTERS, kind, pointer, value, letters=", ".join(strange_letters(value)))
    description = Text(schema["description"], schema["description:en"])
    return _found(FORM, kind, pointer, value, example=_example(schema), description=description)


def _format(kind: Described, pointer: str, value: Any) -> Finding:
    return _found(DATE if kind.schema_at(pointer)["format"] == "date" else EMAIL, kind, pointer, value)


def _limit(problem: Problem, keyword: str) -> Callable[[Described, str, Any], Finding]:
    def found(kind: Described, pointer: str, value: Any) -> Finding:
        limit = kind.schema_at(pointer)[keyword]
        return _found(problem, kind, pointer, value, limit=limit, label=kind.title(pointer))

    return found


_KEYWORDS: dict[str, Callable[[Described, str, Any], Finding]] = {
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "not": _not,
    "format": _format,
    "maxLength": _limit(TOO_LONG, "maxLength"),
    "minLength": _limit(TOO_SHORT, "minLength"),
    "minimum": _limit(TOO_SMALL, "minimum"),
    "maximum": _limit(TOO_LARGE, "maximum"),
    "minItems": _limit(TOO_FEW, "minItems"),
    "maxItems": _limit(TOO_MANY, "maxItems"),
}
HANDLED_KEYWORDS = frozenset(_KEYWORDS) | {"required", "additionalProperties"}


def _found(problem: Problem, kind: Described, pointer: str, value: Any, **details: Any) -> Finding:
    # Containers hold many fields of different classes, so their content is never echoed.
    shown = None if isinstance(value, dict | list) else mask(value, kind.pii(pointer))
    return problem.found(pointer, kind.title(pointer), shown, **details)


def _example(schema: Schema) -> str:
    return str(next(iter(schema.get("examples", ())), "{…}" if schema.get("type") == "object" else "[…]"))


def _some(words: list[str]) -> str:
    return ", ".join(words[:_MAX_SHOWN]) + (" …" if len(words) > _MAX_SHOWN else "")
