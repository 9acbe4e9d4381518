"""Where rules write down what they find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

from schemas.findings import Finding, Problem, Text
from schemas.masking import mask

Record = dict[str, Any]
_iso = lru_cache(maxsize=4)(date.isoformat)


class Described(Protocol):
    def title(self, pointer: str) -> Text: ...
    def pii(self, pointer: str) -> str | None: ...


class Report:
    """The findings of one record so far, and the day on which it is checked.

    `today` is ISO text: canonical dates compare as text, which is far cheaper than parsing them.
    """

    __slots__ = ("_kind", "findings", "today")

    def __init__(self, kind: Described, today: date) -> None:
        self._kind = kind
        self.today = _iso(today)
        self.findings: list[Finding] = []

    def add(self, problem: Problem, pointer: str, value: object = None, **details: Any) -> None:
        """Record `problem` at a JSON pointer; `value` is masked as the field's class of personal data demands."""
        shown = mask(value, self._kind.pii(pointer))
        self.findings.append(problem.found(pointer, self._kind.title(pointer), shown, **details))


Rule = Callable[[Record, Report], None]
