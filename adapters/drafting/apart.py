"""Sources that have to be taken apart or looked for: two days in a text, name and number in a cell, a list of keys and
values, a surname beside a given name. Each becomes sources of its own, in the words of the mapping language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.drafting.evidence import document_type, takes, text_of
from adapters.drafting.sources import Source
from schemas.names import is_han_only

_DAY = r"(?:\d{4}[-./年])?\d{1,2}[-./月]\d{1,2}日?"
_SPAN = re.compile(rf"({_DAY})\s*+([-—~～至到])\s*+({_DAY})(?:\s++([^\n]++))?")
_NAME_AND_NUMBER = re.compile(
    r"([\u3400-\u9fff·]{2,15})\s{0,2}+([(/:]?)\s{0,2}+(\+?[\dA-Z][\dA-Zx\- ]{6,19})\s{0,2}([)]?)", re.ASCII
)
_PIECES = re.compile(r"[、;；,，\n]")
_KEYS = frozenset({"key", "name", "code", "field", "fieldname", "attrname", "attr", "k", "fieldcode", "itemkey"})
_VALUES = frozenset({"value", "val", "fieldvalue", "v", "content", "text", "attrvalue", "itemvalue"})
_SURNAME = frozenset({"surname", "lastname", "familyname", "姓", "姓氏", "xing", "firstnamecn"})
_GIVEN = frozenset({"given", "givenname", "firstname", "forename", "名", "ming"})
LATER = 0.08
"""What a source costs that has to be taken apart, where another one says the same as it stands."""


def with_parts(sources: Sequence[Source]) -> list[Source]:
    """The sources, and behind those that hold several values the parts of each."""
    found: list[Source] = []
    for source in sources:
        found.append(source)
        found += _parts(source)
    return [*found, *_joined(sources)]


def _parts(source: Source) -> list[Source]:
    said = [text_of(value) for value in source.said]
    if not said or source.is_listed or not all(isinstance(value, str) for value in source.said):
        return []
    if all(matches := [_SPAN.fullmatch(text) for text in said]):
        return _span(source, [match for match in matches if match])
    if not source.lists and all(_people(text) for text in said):
        return _many(source, said)
    if all(matches := [_NAME_AND_NUMBER.fullmatch(text) for text in said]):
        return _named_number(source, [match for match in matches if match])
    return []


def _span(source: Source, matches: Sequence[re.Match[str]]) -> list[Source]:
    has_rest = all(match[4] for match in matches)
    if any(match[4] for match in matches) and not has_rest:
        return []
    form = "{from}[-至～]{to}" + (" {rest}" if has_rest else "")
    is_short = any(not re.match(r"\d{4}", match[part]) for match in matches for part in (1, 3))
    found = [
        _part(source, "from", "开始日期", [_whole_day(match[1]) for match in matches], form=form),
        _part(source, "to", "结束日期", [_whole_day(match[3]) for match in matches], form=form),
    ]
    for part in found:
        part.is_short_day = is_short
    if has_rest:
        found.append(_part(source, "rest", "线路名称", [match[4] for match in matches], form=form))
    return found


def _whole_day(text: str) -> str:
    """A day for comparing: one without a year is given one."""
    return text if re.match(r"\d{4}", text) else f"2026.{text.replace('月', '.').replace('/', '.').strip('日')}"


def _part(source: Source, name: str, title: str, values: list[Any], *, form: str) -> Source:
    return replace(
        source,
        path=f"{source.path}.{name}",
        names=(title,),
        values=values,
        records=list(range(len(values))),
        form=form,
        whole=source.path,
        discount=LATER,
    )


def _named_number(source: Source, matches: Sequence[re.Match[str]]) -> list[Source]:
    numbers = [match[3].strip() for match in matches]
    what = _what(numbers)
    if what is None or not all(is_han_only(match[1]) for match in matches):
        return []
    marks = {(match[2], match[4]) for match in matches}
    if len(marks) > 1:
        return []
    form = _form("{name}", f"{{{what[0]}}}", *marks.pop())
    own = source.names[-1]
    return [
        _part(source, "name", _with(own, "姓名"), [match[1] for match in matches], form=form),
        _part(source, what[0], _with(own, what[1]), numbers, form=form),
    ]


def _with(own: str, what: str) -> str:
    return own if what in own else f"{own}{what}"


def _form(first: str, second: str, opening: str, closing: str) -> str:
    if opening == "(":
        return f"{first}[(]{second}[)]"
    return f"{first}[{opening}]{second}" if opening else f"{first}{second}"


def _what(numbers: Sequence[str]) -> tuple[str, str] | None:
    """What the numbers behind names are: (part, what it is called)."""
    if all(takes("cn_mobile", number) for number in numbers):
        return "phone", "电话"
    if all(document_type(text_of(number)) for number in numbers):
        return "number", "证件号码"
    return None


def _people(text: str) -> list[re.Match[str]]:
    """The people that a text lists, each a name with a number; none where it is something else."""
    pieces = [piece.strip() for piece in _PIECES.split(text) if piece.strip()]
    matches = [_NAME_AND_NUMBER.fullmatch(piece) for piece in pieces]
    good = [match for match in matches if match and _what([match[3].strip()])]
    return good if len(good) == len(pieces) and len(pieces) > 0 and (len(pieces) > 1 or _PIECES.search(text)) else []


def _many(source: Source, said: Sequence[str]) -> list[Source]:
    people = [match for text in said for match in _people(text)]
    what = _what([match[3].strip() for match in people])
    marks = {(match[2], match[4]) for match in people}
    if what is None or len(marks) > 1:
        return []
    number = "document.number" if what[0] == "number" else "mobile"
    form = _form("{name}", f"{{{number}}}", *marks.pop())
    return [
        replace(
            source,
            path=f"{source.path}/{inner}",
            lists=(source.path,),
            names=(title,),
            values=values,
            records=list(range(len(values))),
            form=form,
            whole=source.path,
            is_piece=True,
            is_column=False,
            discount=LATER,
        )
        for inner, title, values in (
            ("name", "姓名", [match[1] for match in people]),
            (number, what[1], [match[3].strip() for match in people]),
        )
    ]


def _joined(sources: Sequence[Source]) -> Iterator[Source]:
    """A surname and a given name that stand side by side, as one name."""
    for source in sources:
        if not _is_called(source, _SURNAME):
            continue
        for other in sources:
            if other.lists == source.lists and other.around_it == source.around_it and _is_called(other, _GIVEN):
                pairs = zip(source.values, other.values, strict=False)
                texts = [(text_of(one or ""), text_of(two or "")) for one, two in pairs]
                is_latin = all(one.isascii() for one, _ in texts)
                values = [f"{one} {two}".strip() if is_latin else one + two for one, two in texts]
                yield replace(
                    source,
                    names=("姓名拼音" if is_latin else "姓名",),
                    path=f"{source.path}+{other.path.rpartition('/')[2]}",
                    values=values,
                    join=(source.inner, other.inner),
                )


def _is_called(source: Source, names: frozenset[str]) -> bool:
    return any("".join(name.casefold().replace("_", "").split()) in names for name in source.names)


# --- Lists of keys and values ----------------------------------------------------------------------------------------


def with_selected(records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Records in which a list of keys and values is an object: `Extend[Key=TourCode].Value` is one of its fields."""
    return [_selected(record) for record in records]


def _selected(node: Any) -> Any:
    if not isinstance(node, Mapping):
        return [_selected(item) for item in node] if isinstance(node, list) else node
    found: dict[str, Any] = {}
    for name, child in node.items():
        pair = _key_and_value(child)
        if pair is None:
            found[name] = _selected(child)
            continue
        key, value = pair
        for item in child:
            if not any(mark in str(item[key]) for mark in "[]="):
                found[f"{name}[{key}={item[key]}].{value}"] = item.get(value)
    return found


def _key_and_value(node: Any) -> tuple[str, str] | None:
    """What keys and values are called in a list of nothing else; its keys are different words of the trade."""
    if not isinstance(node, list) or not node or not all(isinstance(item, Mapping) for item in node):
        return None
    names = set(node[0])
    key = next((name for name in names if name.casefold() in _KEYS), None)
    value = next((name for name in names if name.casefold() in _VALUES and name != key), None)
    if key is None or value is None or len(names) > 3:
        return None
    keys = [item.get(key) for item in node]
    if len(set(map(str, keys))) != len(keys) or not all(isinstance(each, str) and each for each in keys):
        return None
    return (key, value) if len(names) == 2 or key.casefold() != "name" else None
