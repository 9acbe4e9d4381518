"""What the pages of imports show, in one language, ready for the templates. Pure.

The values are those of the sheet as it was just sent, by the clerk who has it: nothing of them is masked here. What is
kept of them is masked everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.trial import TriedField, TriedRecord
from gateway.console.shell.bodies import Body, shown_body
from gateway.ledger.values import FateStatus
from gateway.wording.differences import differences
from gateway.wording.languages import ZH, word
from gateway.wording.readable import NOTHING
from schemas import catalog
from schemas.findings import Text

MOST_SHOWN = 50
_MOST_PROBLEMS = 200
FATES: Mapping[FateStatus, tuple[str, Text]] = {
    FateStatus.ACCEPTED: ("good", Text("可以报送", "will be stored")),
    FateStatus.UNCHANGED: ("none", Text("已报送过，内容相同", "handed in already, the same")),
    FateStatus.AMENDED: ("good", Text("将更正已报送的记录", "will amend what was handed in")),
    FateStatus.REJECTED: ("bad", Text("未通过校验", "does not pass")),
    FateStatus.QUARANTINED: ("bad", Text("须由平台处理", "put aside for the platform")),
    FateStatus.CONFLICT: ("warn", Text("编号已报送过，内容不同", "its number was handed in with other content")),
    FateStatus.WITHHELD: ("warn", Text("未报送", "held back")),
}
NO_FILE = Text("请选择要导入的表格", "Choose the sheet to import")
NO_KIND = Text("请选择表格的种类", "Choose what the sheet holds")
TOO_LARGE = Text(
    "文件超过 4 MB，网页不能导入。请拆成几个文件分别导入，或由贵社的系统经接口提交大文件。",
    "The file has more than 4 MB, too much for a page. Split it and import the parts, or have a system of yours "
    "hand it over by the API for large documents.",
)


def shown_preview(kind: str, answer: Mapping[str, Any], tried: Sequence[TriedRecord], language: str) -> dict[str, Any]:
    """What would become of a sheet: totals, then its records, those that need somebody first."""
    by_ordinal = {each.ordinal: each for each in tried}
    fates = sorted(answer.get("records", ()), key=lambda each: FateStatus(each["status"]).is_good)
    is_bad = [each for each in fates if not FateStatus(each["status"]).is_good]
    return {
        "counts": shown_counts(answer.get("counts", {}), language),
        "rows": len(fates),
        "good": len(fates) - len(is_bad),
        "bad": len(is_bad),
        "conflicts": sum(each["status"] == FateStatus.CONFLICT for each in is_bad),
        "records": [_record(kind, each, by_ordinal.get(each["ordinal"]), language) for each in fates[:MOST_SHOWN]],
        "more": max(len(fates) - MOST_SHOWN, 0),
        "notes": [told(each, language) for each in answer.get("notes", ())],
    }


def shown_counts(counts: Mapping[str, int], language: str) -> list[dict[str, Any]]:
    """How many records have which fate; those that none has are left out."""
    found = [(status, counts.get(status.value, 0)) for status in FATES]
    return [
        {"tone": FATES[status][0], "words": word(FATES[status][1], language), "count": count}
        for status, count in found
        if count
    ]


def _record(kind: str, fate: Mapping[str, Any], tried: TriedRecord | None, language: str) -> dict[str, Any]:
    tone, words = FATES[FateStatus(fate["status"])]
    return {
        "key": fate.get("key") or NOTHING,
        "place": fate["locator"],
        "tone": tone,
        "fate": word(words, language),
        "is_good": FateStatus(fate["status"]).is_good,
        "found": [told(each, language) for each in fate["findings"][:_MOST_PROBLEMS]],
        "differences": differences(kind, fate.get("differences", ()), language),
        "body": None if tried is None else _understood(kind, tried, fate["findings"], language),
    }


def told(finding: Mapping[str, Any], language: str) -> dict[str, str]:
    """A finding at its cell, with what to do about it."""
    name = "zh" if language == ZH else "en"
    return {
        "code": finding["code"],
        "severity": finding["severity"],
        "place": finding["locator"],
        "title": finding["title"][name],
        "reason": finding["reason"][name],
        "advice": finding["advice"][name],
    }


def _understood(kind: str, tried: TriedRecord, findings: Sequence[Mapping[str, Any]], language: str) -> Body:
    return shown_body(kind, nested(tried.fields), findings, language)


def nested(fields: Iterable[TriedField]) -> dict[str, Any]:
    """The record that single fields make; of a value that came to nothing what the cell says stands there."""
    found: dict[str, Any] = {}
    for each in fields:
        *way, last = each.pointer.split("/")[1:] or [""]
        node = found
        for step in way:
            inner = node.setdefault(step, {})
            node = inner if isinstance(inner, dict) else {}
        node[last] = each.source if each.value is None else each.value
    return {name: _with_lists(value) for name, value in found.items()}


def _with_lists(value: Any) -> Any:
    """What is numbered throughout is a list; a number that is missing leaves its place empty."""
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(each) for name, each in value.items()}
    if not inner or not all(name.isdecimal() for name in inner):
        return inner
    blank: Any = {} if any(isinstance(each, dict) for each in inner.values()) else None
    return [inner.get(str(at), blank) for at in range(max(map(int, inner)) + 1)]


def shown_kinds(kinds: Iterable[str], language: str) -> list[tuple[str, str]]:
    """The kinds that may be imported, by their names."""
    return [(kind, word(catalog.kind(f"{kind}.v1").title(""), language)) for kind in kinds]
