"""What differs between our version of a record and theirs, in words; personal values come masked. Pure.

What only says how a record was exchanged (version number, time of change, whether it waits) is no content, and no
decision depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.ledger.two_sided import EXCHANGE
from gateway.wording.languages import ZH, said
from gateway.wording.readable import shown_value
from schemas.findings import Text

_OURS, _THEIRS = Text("本平台", "ours"), Text("对方", "theirs")
_MASKED_ALIKE = Text("掩码后显示相同，实际内容不同", "differs, masked alike")
_ONLY_EXCHANGED = Text("内容相同，仅版本号或变更时间不同", "Same content; only version number or time of change differ")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field. `note` says that its two values differ though their masks do not."""

    title: str
    ours: str
    theirs: str
    note: str = ""


def differences(kind: str, fields: Sequence[Mapping[str, Any]], language: str | None) -> list[Difference]:
    """The fields of the content that differ; None says both languages."""
    return [_difference(kind, field, language) for field in fields if "code" not in field and not _is_exchange(field)]


def reasons(fields: Sequence[Mapping[str, Any]], language: str | None) -> list[str]:
    """Why a record cannot be read."""
    return [
        f"[{field['code']}] {_in(field['title'], language)}{_colon(language)}{_in(field['reason'], language)}"
        for field in fields
        if "code" in field
    ]


def only_exchanged(fields: Sequence[Mapping[str, Any]] | None, language: str | None) -> str:
    """Says so when both sides have the same content; empty when they have not, or when nobody has compared it."""
    is_alike = fields is not None and all(map(_is_exchange, fields))
    return said(_ONLY_EXCHANGED, language) if is_alike else ""


def in_words(kind: str, fields: Sequence[Mapping[str, Any]] | None, language: str | None = None) -> list[str]:
    """A line for every field that differs and every reason; in both languages unless one is named."""
    found = [_line(each, language) for each in differences(kind, fields or (), language)]
    alike = only_exchanged(fields, language)
    return [*found, *reasons(fields or (), language), *([alike] if alike else [])]


def _is_exchange(field: Mapping[str, Any]) -> bool:
    return field["field"].removeprefix("/") in EXCHANGE


def _difference(kind: str, field: Mapping[str, Any], language: str | None) -> Difference:
    ours, theirs = field["stored"], field["sent"]
    return Difference(
        _in(field["title"], language),
        shown_value(kind, field["field"], ours, language),
        shown_value(kind, field["field"], theirs, language),
        said(_MASKED_ALIKE, language) if ours == theirs else "",
    )


def _line(each: Difference, language: str | None) -> str:
    comma, opened, closed = ("，", "（", "）") if language == ZH else (", ", " (", ")")
    note = f"{opened}{each.note}{closed}" if each.note else ""
    sides = f"{said(_OURS, language)} {each.ours}{comma}{said(_THEIRS, language)} {each.theirs}"
    return f"{each.title}{_colon(language)}{sides}{note}"


def _in(words: Mapping[str, str], language: str | None) -> str:
    return said(Text(words["zh"], words["en"]), language)


def _colon(language: str | None) -> str:
    return "：" if language == ZH else ": "
