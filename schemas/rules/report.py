"""Where rules write down what they find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

from schemas.findings import Finding, Problem, Severity, Text
from schemas.masking import mask
from schemas.rules.usual import Usual, usual

Record = dict[str, Any]
_iso = lru_cache(maxsize=4)(date.isoformat)


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledAgency:
    """An agency as its portal keeps it, and where. `state` is a code of `agency_states`."""

    uscc: str
    name: str
    license_no: str
    division: str
    state: str
    outbound: bool
    border: bool


class Register(Protocol):
    """What is known of agencies and leaders, as seen from one partner."""

    @property
    def weights(self) -> Mapping[str, Severity | None]:
        """How much a finding weighs, by code; None says nothing at all."""
        ...

    def agency(self, uscc: str | None, license_no: str) -> FiledAgency | None: ...
    def is_filed_leader(self, cert_no: str) -> bool: ...
    def working_day_after(self, day: str, count: int) -> str | None:
        """The `count`-th working day after an ISO day; None when the calendar does not reach so far."""
        ...

    def covers(self, kind: str, division: str | None) -> bool:
        """Whether a portal keeps records of `kind` for the province of `division`, by default the partner's own."""
        ...


class Described(Protocol):
    def title(self, pointer: str) -> Text: ...
    def pii(self, pointer: str) -> str | None: ...


class Report:
    """The findings of one record so far, and the day on which it is checked.

    `today` is ISO text: canonical dates compare as text, which is far cheaper than parsing them. `register` is None
    where nothing is known of agencies and leaders; `usual` is what the connector takes for usual.
    """

    __slots__ = ("_kind", "findings", "register", "today", "usual")

    def __init__(
        self, kind: Described, today: date, register: Register | None = None, usually: Usual | None = None
    ) -> None:
        self._kind = kind
        self.usual = usually or usual()
        self.register = register
        self.today = _iso(today)
        self.findings: list[Finding] = []

    def add(self, problem: Problem, pointer: str, value: object = None, **details: Any) -> None:
        """Record `problem` at a JSON pointer; `value` is masked as the field's class of personal data demands."""
        shown = mask(value, self._kind.pii(pointer))
        self.findings.append(problem.found(pointer, self._kind.title(pointer), shown, **details))


Rule = Callable[[Record, Report], None]
