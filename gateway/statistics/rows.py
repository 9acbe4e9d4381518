"""The rows of statistics: what its queries give and what it stores."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Annotated, Any, Self
from uuid import UUID

from gateway.store.typed import TypedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRecord(TypedRow):
    """CURRENT, WALK: the current version of a contract or a roster; its body is empty once it need be kept no longer.

    `channel` is the one by which its first version came.
    """

    tenant_id: int
    kind: str
    key: str
    division: str
    agency_uscc: str
    subkind: str
    state: str
    version: int
    depart_on: date | None
    return_on: date | None
    headcount: int
    issued_at: datetime
    body: bytes
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresOfRecord(TypedRow):
    """KNOWN, and what is stored: what is counted of a record."""

    tenant_id: int
    kind: str
    key: str
    division: str
    agency_uscc: str
    subkind: str
    state: str
    corrections: int
    is_counted: bool
    first_day: date
    days: int
    travellers: int
    origin: str
    destinations: Annotated[list[str], "text"]
    receivers: Annotated[list[str], "text"]
    is_receiver: bool
    channel: str
    timeliness: str
    group_no: str

    @property
    def destinations_array(self) -> str:
        """The destinations as PostgreSQL writes an array: one column then holds those of many records."""
        return _array(self.destinations)

    @property
    def receivers_array(self) -> str:
        """The receivers the same way."""
        return _array(self.receivers)

    def values(self) -> tuple[Any, ...]:
        """The values of the columns, in the order of the fields."""
        return _values(self)

    def in_state_of(self, now: Self) -> Self:
        """The same figures, as they were derived from a content that is gone, of the record as it stands now."""
        return replace(self, state=now.state, is_counted=now.is_counted, corrections=now.corrections)


_SEVERAL = ("destinations", "receivers")
_values = attrgetter(
    *(f"{each.name}_array" if each.name in _SEVERAL else each.name for each in fields(FiguresOfRecord))
)


def _array(values: list[str]) -> str:
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in escaped) + "}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(TypedRow):
    """MARK: how far the feed is counted, and the last record that a rebuild under way has come to."""

    position: int
    rebuilt_tenant: int | None
    rebuilt_kind: str | None
    rebuilt_key: str | None
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRecord(TypedRow):
    """CHANGED: which record a change is about; what is counted of it is its current version."""

    position: int
    tenant_id: int
    kind: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow(TypedRow):
    """figures(): sums, and of what; None is what they are not grouped by.

    `agency` is the account of one, None too for an agency that has none.
    """

    day: date | None
    month: str | None
    division: str | None
    agency: int | None
    uscc: str | None
    agency_name: str | None
    subkind: str | None
    origin: str | None
    destination: str | None
    channel: str | None
    timeliness: str | None
    records: int
    groups: int
    travellers: int
    traveller_days: int
    corrections: int
    voids: int
    returned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyRow(TypedRow):
    """AGENCIES: an agency with an account."""

    id: int
    uscc: str
    title: str
    division: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow(TypedRow):
    """REPORTS: what an agency says of a year; `figures` are numbers as text, by name."""

    tenant_id: int
    year: int
    figures: dict[str, str]
    handed_in_at: datetime

    def value(self, name: str) -> Decimal | None:
        """A figure; None where nothing is said of it."""
        return Decimal(self.figures[name]) if name in self.figures else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationRow(TypedRow):
    """PUBLICATIONS: the forms of a division as they were published."""

    id: UUID
    division: str
    first_day: date
    last_day: date
    version: int
    forms: dict[str, Any]
    published_by: str
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow(TypedRow):
    """MATCHED: of an agency the groups under contract, those without a roster, and rosters without a contract."""

    agency: int
    contracted: int
    contracts_alone: int
    rosters_alone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LastGroup(TypedRow):
    """LAST_GROUPS: when the last group of an agency left, up to a day."""

    agency: int
    last_day: date
