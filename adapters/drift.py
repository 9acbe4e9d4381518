"""What a partner's records look like, written down, so that it is noticed when they begin to look different.

A shape is recorded from real documents (`yizhan connector shape`) and lies beside the mapping. Portals change their
systems unannounced; a field that is new, missing or of another form is told before wrong data is taken for right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.envelope import Outcome, Rejection, SourceRecord
from adapters.errors import Unreadable
from schemas.findings import Finding, Severity, Text, error

NEW = error(
    "DRIFT-001",
    "出现未曾记录的字段 {name}",
    "There is a field {name} that was never seen before",
    "确认新字段的含义，补充映射后重新记录结构（yizhan connector shape）",
    "Find out what it means, map it, and record the shape anew (yizhan connector shape)",
)
MISSING = error(
    "DRIFT-002",
    "原有字段 {name} 缺失",
    "The field {name}, which was always there, is missing",
    "向对接方核实；确为改版的，修改映射后重新记录结构（yizhan connector shape）",
    "Ask the partner; if it is meant, change the mapping and record the shape anew (yizhan connector shape)",
)
RETYPED = error(
    "DRIFT-003",
    "字段 {name} 由{was}变为{now}",
    "The field {name} was {was} and is now {now}",
    "向对接方核实；确为改版的，修改映射后重新记录结构（yizhan connector shape）",
    "Ask the partner; if it is meant, change the mapping and record the shape anew (yizhan connector shape)",
)
CODES = frozenset({NEW.code, MISSING.code, RETYPED.code})
WARN, QUARANTINE, STOP = "warn", "quarantine", "stop"
POLICIES = (WARN, QUARANTINE, STOP)

_FORMS = {
    "text": Text("文本", "text"),
    "digits": Text("数字文本", "digits"),
    "date": Text("日期", "a date"),
    "number": Text("数值", "a number"),
    "boolean": Text("是非值", "true or false"),
    "empty": Text("空值", "empty"),
}
_DIGITS = re.compile(r"\s*[-+]?[0-9][0-9,]*(\.[0-9]+)?\s*")
_DATE = re.compile(r"\s*[12][0-9]{3}\s*([-/.年])\s*[0-9]{1,2}\s*[-/.月]\s*[0-9]{1,2}.*", re.DOTALL)
_PARAMETER = "$"
_ALL_OF_TEXT = frozenset({"digits", "date"})


@dataclass(frozen=True, slots=True)
class Seen:
    """One field of a shape: the forms its values had, and whether every record had it."""

    forms: frozenset[str]
    always: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of one kind of record by their way (`items[].name`), and what to do about each sort of drift."""

    fields: Mapping[str, Seen]
    policy: Mapping[str, str]

    @classmethod
    def recorded(cls, records: Iterable[Mapping[str, Any]], policy: Mapping[str, str] | None = None) -> Shape:
        """The shape of some records; the more of them, the fewer false alarms later."""
        forms: dict[str, set[str]] = {}
        every = [_fields(record) for record in records]
        for way, found in (item for fields in every for item in fields.items()):
            forms.setdefault(way, set()).update(found)
        seen = {way: Seen(frozenset(forms[way]), all(way in fields for fields in every)) for way in sorted(forms)}
        return cls(seen, policy or {})

    @classmethod
    def from_json(cls, value: Mapping[str, Any], policy: Mapping[str, str]) -> Shape:
        fields = {way: Seen(frozenset(each["forms"]), each["always"]) for way, each in value["fields"].items()}
        return cls(fields, policy)

    def as_json(self) -> dict[str, Any]:
        fields = {way: {"forms": sorted(seen.forms), "always": seen.always} for way, seen in self.fields.items()}
        return {"fields": fields}

    def judged(self, record: SourceRecord, outcome: Outcome) -> Outcome:
        """`outcome` with the drift of its record: as warnings, or as a rejection that is put aside.

        Raises Unreadable when the policy is to stop.
        """
        drift = tuple(self._drift(record))
        if not drift:
            return outcome
        policies = {self._policy(finding) for finding in drift}
        if STOP in policies:
            raise Unreadable(next(finding for finding in drift if self._policy(finding) == STOP))
        findings = tuple(
            finding if self._policy(finding) == QUARANTINE else replace(finding, severity=Severity.WARNING)
            for finding in drift
        )
        if QUARANTINE in policies:
            body = outcome.body
            return Rejection(
                record.ordinal, record.locator, (*outcome.findings, *findings), record.data, body, parked=True
            )
        return replace(outcome, findings=(*outcome.findings, *findings))

    def _policy(self, finding: Finding) -> str:
        return self.policy.get(_SORTS[finding.code], WARN)

    def _drift(self, record: SourceRecord) -> Iterator[Finding]:
        found = _fields(record.data)
        for way, forms in found.items():
            seen = self.fields.get(way)
            if seen is None:
                yield _finding(NEW, record, way)
            elif other := forms - _allowed(seen.forms):
                yield _finding(RETYPED, record, way, was=_words(seen.forms), now=_words(other))
        for way, seen in self.fields.items():
            if seen.always and way not in found:
                yield _finding(MISSING, record, way)


_SORTS = {NEW.code: "new", MISSING.code: "missing", RETYPED.code: "retyped"}


def _fields(data: Mapping[str, Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for way, value in _leaves({name: value for name, value in data.items() if not name.startswith(_PARAMETER)}, ""):
        found.setdefault(way, set()).add(_form(value))
    return found


def _leaves(value: Any, way: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, f"{way}.{name}" if way else str(name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item, f"{way}[]")
    else:
        yield way, value


def _form(value: Any) -> str:
    if value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "digits" if _DIGITS.fullmatch(value) else "date" if _DATE.fullmatch(value) else "text"
    return "number"


def _allowed(forms: frozenset[str]) -> frozenset[str]:
    """Anything may be empty; where text was seen, digits and dates are text too."""
    return forms | {"empty"} | (_ALL_OF_TEXT if "text" in forms or forms <= {"empty"} else frozenset())


def _words(forms: Iterable[str]) -> Text:
    words = [_FORMS[form] for form in sorted(forms)]
    return Text("、".join(word.zh for word in words), " or ".join(word.en for word in words))


def _finding(problem: Any, record: SourceRecord, way: str, **details: Any) -> Finding:
    name = way.rpartition(".")[2].replace("[]", "")[:64]
    return problem.found("", Text(name, name), locator=record.locator, name=way[:200], **details)
