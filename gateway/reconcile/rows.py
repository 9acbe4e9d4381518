"""What the queries of `statements` give, a class each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.base.bilingual import read_back
from gateway.reconcile.classes import Class, Decision, Repair, Source, allowed
from gateway.reconcile.states import DECIDABLE, DiscrepancyState, Problem, RunState
from gateway.store.typed import TypedRow
from schemas.findings import Text

_MICROSECONDS = 1_000_000


def mark_of(state: DiscrepancyState, decided_at: datetime | None) -> str:
    """Of a discrepancy: how it stands, and by which decision."""
    return state.value if decided_at is None else f"{state.value}.{int(decided_at.timestamp() * _MICROSECONDS)}"


class Dimension(StrEnum):
    """What a control total is of: a whole kind, one value of a dimension, or one of all three."""

    ALL = "all"
    DIVISION = "division"
    DAY = "day"
    SUBKIND = "subkind"
    CELL = "cell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(TypedRow):
    """RUN, RUNS. `counts` are, by kind, how many each side holds and how many differ how."""

    id: UUID
    tenant_id: int
    division: str
    source: Source
    connector: str | None
    kinds: Sequence[str]
    repeats: UUID | None
    state: RunState
    counts: Mapping[str, Mapping[str, int]]
    started_at: datetime
    finished_at: datetime | None
    failure: str | None
    report: str | None

    @property
    def failed(self) -> Text | None:
        """Why there is no result."""
        return None if self.failure is None else read_back(self.failure)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlTotal(TypedRow):
    """TOTALS_OF."""

    kind: str
    dimension: Dimension
    division: str | None
    day: date | None
    subkind: str | None
    ours: int
    theirs: int
    coded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy(TypedRow):
    """DISCREPANCIES. `fields` say which differ, or why theirs cannot be read; None while nobody has compared them.
    `conflict` is the one that is open about the record: there it is decided. `since` is when the first of the runs in a
    row began that have found it and did not end it.
    """

    reconciliation_id: UUID
    tenant_id: int
    division: str
    kind: str
    key: str
    class_: Class
    day: date | None
    subkind: str | None
    copies: int
    our_revision: int | None
    their_revision: int | None
    our_hash: bytes | None
    their_hash: bytes | None
    page: int | None
    ordinal: int | None
    fields: Sequence[Mapping[str, Any]] | None
    repair: Repair
    state: DiscrepancyState
    since: datetime
    decision: Decision | None
    decided_by: str | None
    decided_at: datetime | None
    problem: Problem | None
    conflict: UUID | None

    @property
    def seen(self) -> str:
        """The mark by which a decision names what was seen: whoever decides makes it another."""
        return mark_of(self.state, self.decided_at)

    @property
    def allowed(self) -> frozenset[Decision]:
        """What a person may decide about it here; nothing while a conflict is open about the record, unless it was
        decided here before.
        """
        is_asked = self.state in DECIDABLE and (self.conflict is None or self.state is DiscrepancyState.APPROVED)
        return allowed(self.class_, self.repair) if is_asked else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestedDiscrepancy(TypedRow):
    """DIGESTED: what goes into the hash of a report."""

    kind: str
    key: str
    class_: Class
    our_revision: int | None
    their_revision: int | None
    our_hash: bytes | None
    their_hash: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCount(TypedRow):
    """BY_CLASS: how many there are of a class, and how many of them wait for a repair or a person."""

    kind: str
    class_: Class
    found: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAgain(TypedRow):
    """FOUND_AGAIN: of what was repaired, how many are there again, and how many the other side has yet to show."""

    again: int
    awaited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Period(TypedRow):
    """PERIOD: the first and the last day of what is staged."""

    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow(TypedRow):
    """PAGE: a page that was kept, sealed."""

    raw: bytes
    content_type: str
    filename: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToExplain(TypedRow):
    """TO_EXPLAIN: a discrepancy with our version of the record, sealed."""

    key: str
    page: int
    ordinal: int
    class_: Class
    schema: str
    body: bytes
    confirmed_as: int | None
    base_revision: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided(TypedRow):
    """LOCK: a discrepancy that a person is about to decide. `version` is that of our record, which `is_as_seen` unless
    it has changed since the run; `conflict` is the one open about it, `later` the latest run that has found it again.
    """

    division: str
    class_: Class
    repair: Repair
    state: DiscrepancyState
    decided_at: datetime | None
    version: int | None
    is_as_seen: bool
    conflict: UUID | None
    later: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageToPull(TypedRow):
    """PAGES_TO_PULL."""

    kind: str
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPull(TypedRow):
    """TO_PULL. `decided` says that a person chose theirs."""

    key: str
    their_hash: bytes
    our_hash: bytes | None
    decided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPush(TypedRow):
    """TO_PUSH. `base` is their version, on top of which ours goes."""

    key: str
    decision: Decision | None
    our_hash: bytes | None
    base: int
