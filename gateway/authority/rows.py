"""The rows of pledges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gateway.ledger.changes import ChangeEvent
from gateway.store.typed import TypedRow


class Reminder(StrEnum):
    """What is announced of a pledge that waits: how many working days are left, or that its time is over."""

    THREE_DAYS = "reminder_3"
    ONE_DAY = "reminder_1"
    OVERDUE = "overdue"

    @property
    def event(self) -> ChangeEvent:
        return ChangeEvent.OVERDUE if self is Reminder.OVERDUE else ChangeEvent.REMINDER


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPledge(TypedRow):
    """A pledge without a verdict. `every` counts all of them."""

    key: str
    division: str
    agency_name: str
    agency_uscc: str
    due_on: date | None
    stored_at: datetime
    version: int
    every: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePledge(TypedRow):
    """A pledge that is to be reminded of, and of what."""

    tenant_id: int
    sender_id: int
    division: str
    kind: str
    key: str
    version: int
    state: str
    code: str | None
    due_on: date
    what: Reminder


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledRow(TypedRow):
    """FILED_WITH: something filed of an agency, its body sealed."""

    tenant_id: int
    kind: str
    key: str
    version: int
    state: str
    subkind: str
    agency_uscc: str
    division: str
    stored_at: datetime
    due_on: date | None
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRow(TypedRow):
    """COUNTED: what waits, each at most as far as it is counted."""

    rosters: int
    pledges: int
    filings: int
    guides: int
    declined: int
    leaders: int
    templates_to_make: int
    templates_to_review: int
    alerts: int
    dead_letters: int
    oldest_roster: datetime | None
    oldest_pledge: datetime | None
    oldest_filing: datetime | None
    pledge_due: date | None
    filing_due: date | None
    oldest_guide: datetime | None
    oldest_declined: datetime | None
    oldest_leader: datetime | None
    oldest_alert: datetime | None


class About(StrEnum):
    """What a difference is: changed on both sides, found by a reconciliation, or a connector that stands still."""

    CONFLICT = "conflict"
    DISCREPANCY = "discrepancy"
    STANDSTILL = "standstill"


class Turn(StrEnum):
    """Who has to do something about it."""

    OFFICIAL = "official"
    OPERATOR = "operator"
    PORTAL = "portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow(TypedRow):
    """DIFFERENCES: a line of the list. `codes` are those of the alerts about what stands still, and `circuit`."""

    about: About
    name: str
    tenant_id: int
    division: str
    connector: str | None
    kind: str
    key: str
    since: datetime
    turn: Turn
    codes: list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedDifferences(TypedRow):
    """DIFFERENCES_COUNTED, as far as it is counted."""

    every: int
    discrepancies: int
    oldest: datetime | None
