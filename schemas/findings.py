"""What may be wrong with a record, said once, in both languages.

A `Problem` is a row of the published catalogue: a stable code with its severity, reason and advice.
A `Finding` is one occurrence of a problem in one record. Bad data is a value here, never an exception.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

_PERSONAL = re.compile(
    r"(?<![0-9A-Za-z])(?:[1-9]\d{5}(?:\d{11}[\dXx]|\d{9})|1[3-9]\d{9}"
    r"|[EGDSPCWTLHM]\d{8}|E[A-Z]\d{7}|[SDP]E\d{7}|MA\d{7})(?![0-9A-Za-z])"
)


def veiled(text: str) -> str:
    """`text` with whatever looks like a document or mobile number hidden, wherever a shifted column has put it."""
    return _PERSONAL.sub(lambda found: f"{found[0][:3]}{'*' * (len(found[0]) - 7)}{found[0][-4:]}", text)


def writable(text: str) -> str:
    """`text` without what no database or no UTF-8 can hold: U+0000 is shown as `␀`, half a character as `?`."""
    return text if text.isprintable() else text.replace("\0", "␀").encode(errors="replace").decode()


class Severity(StrEnum):
    """An error rejects the record; a warning travels with it and never blocks."""

    ERROR = "error"
    WARNING = "warning"


class Text(NamedTuple):
    """The same words in Chinese and English."""

    zh: str
    en: str

    def format(self, **values: object) -> Text:
        """Fill the placeholders; a value that is itself a `Text` gives each language its own words."""
        zh = {name: value.zh if isinstance(value, Text) else value for name, value in values.items()}
        en = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
        return Text(self.zh.format_map(zh), self.en.format_map(en))


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem found in one record.

    `field` is the JSON pointer of the canonical field ("/travellers/2/document/number", "" for the record);
    `locator` is the same place in the partner's own document (a cell, an XPath, a pointer, a line).
    `value` is what stood there, already masked when the field is personal. Whatever looks like the number of a document
    or a phone is hidden in all of them: a field that nobody knows may be called anything.
    """

    code: str
    severity: Severity
    field: str
    locator: str
    title: Text
    value: str | None
    reason: Text
    advice: Text

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def at(self, locator: str) -> Finding:
        return replace(self, locator=_shown(locator))

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that every door answers with."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "field": self.field,
            "locator": self.locator,
            "title": self.title._asdict(),
            "value": self.value,
            "reason": self.reason._asdict(),
            "advice": self.advice._asdict(),
        }


@dataclass(frozen=True, slots=True)
class Problem:
    """A row of the catalogue of findings: what can be said about a record, with its stable code."""

    code: str
    severity: Severity
    reason: Text
    advice: Text

    def found(self, field: str, title: Text, value: object = None, *, locator: str = "", **details: object) -> Finding:
        """This problem at `field`. `details` fill the placeholders of reason and advice."""
        shown = {name: _shown(detail) if isinstance(detail, str) else detail for name, detail in details.items()}
        return Finding(
            self.code,
            self.severity,
            _shown(field),
            _shown(locator),
            Text(_shown(title.zh), _shown(title.en)),
            None if value is None else _shown(str(value))[:120],
            self.reason.format(**shown) if shown else self.reason,
            self.advice.format(**shown) if shown else self.advice,
        )


def _shown(text: str) -> str:
    return writable(veiled(text))


def error(code: str, zh: str, en: str, advice_zh: str, advice_en: str) -> Problem:  # noqa: PLR0917 - a line of a table
    """A problem that rejects the record."""
    return Problem(code, Severity.ERROR, Text(zh, en), Text(advice_zh, advice_en))


def warning(code: str, zh: str, en: str, advice_zh: str, advice_en: str) -> Problem:  # noqa: PLR0917 - a line of a table
    """A problem that is reported and does not block."""
    return Problem(code, Severity.WARNING, Text(zh, en), Text(advice_zh, advice_en))
