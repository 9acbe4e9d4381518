"""What is counted of a contract or a roster: figures without anything of a person. Pure.

Where no rule is public the project decides, and docs/reference/statistics.md says so. A day of a trip is a day of the
calendar, the first and the last too, so that a group that comes and goes on one day has one. Who reports on the day of
departure has reported in time: the hour of a departure is not known. A group is received by those agencies that its
roster names as receiving it; where it names none, by the one that reports it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from gateway.access.divisions import SANDBOX
from gateway.base.clock import day_in_china
from gateway.ledger.states import ContractState, RosterState
from gateway.statistics.rows import CountedRecord, FiguresOfRecord
from schemas.identifiers import plain_license

KINDS = ("contract", "roster")


class Timeliness(StrEnum):
    """When a group was reported, by its first version."""

    IN_TIME = "in_time"
    """Before it left, or on that day."""
    LATE = "late"
    """While it travelled."""
    AFTER = "after"
    """After it had come back."""
    UNKNOWN = "unknown"
    """Nothing says when it leaves."""


_NOT_COUNTED = frozenset({ContractState.VOID, RosterState.RETURNED})
_RECEIVED_HERE = frozenset({"domestic", "inbound"})
_TAIWAN = ("TW",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trip:
    """From the first day to the last, both in it."""

    first: date | None
    last: date | None

    def days(self, said: int) -> int:
        """How many days it takes; `said` where the dates do not tell."""
        if self.first is None or self.last is None or self.last < self.first:
            return max(said, 1)
        return (self.last - self.first).days + 1


def derive(record: CountedRecord, body: Mapping[str, Any] | None) -> FiguresOfRecord:
    """The figures of the current version. Of what has no `body` any more, what its columns in clear tell."""
    said = {} if body is None else body
    trip = _trip(record, said)
    reported = day_in_china(record.issued_at)
    is_received_here = record.kind == "roster" and record.subkind in _RECEIVED_HERE
    receivers = _receivers(record, said) if is_received_here else ()
    return FiguresOfRecord(
        tenant_id=record.tenant_id,
        kind=record.kind,
        key=record.key,
        division=record.division,
        agency_uscc=record.agency_uscc,
        subkind=record.subkind,
        state=record.state,
        corrections=record.version - 1,
        is_counted=record.state not in _NOT_COUNTED,
        first_day=trip.first or reported,
        days=trip.days(said.get("days", 1)),
        travellers=record.headcount,
        origin=_origin(record, said),
        destinations=list(_destinations(record, said)),
        receivers=list(receivers),
        is_receiver=is_received_here and not receivers,
        channel=record.channel,
        timeliness=_timeliness(trip, reported).value,
        group_no=said.get("group_no") or (record.key if record.kind == "roster" else ""),
    )


def _trip(record: CountedRecord, body: Mapping[str, Any]) -> _Trip:
    """An inbound group comes before it goes: of its two days at the border the entry is the first."""
    days = [day for day in (record.depart_on, record.return_on) if day is not None]
    for name in ("entry_date", "exit_date") if record.subkind == "inbound" else ():
        days += [date.fromisoformat(body[name])] if name in body else []
    if "depart_on" in body or record.subkind != "inbound":
        return _Trip(first=record.depart_on, last=record.return_on)
    return _Trip(first=min(days, default=None), last=max(days, default=None))


def _timeliness(trip: _Trip, reported: date) -> Timeliness:
    if trip.first is None:
        return Timeliness.UNKNOWN
    if reported <= trip.first:
        return Timeliness.IN_TIME
    return Timeliness.LATE if reported <= (trip.last or trip.first) else Timeliness.AFTER


def _origin(record: CountedRecord, body: Mapping[str, Any]) -> str:
    """Where the travellers come from: the country of an inbound group, else the province that it leaves, which is that
    of its agency where nothing else is said.
    """
    if record.subkind == "inbound":
        return body.get("origin_country", "")
    leaves = body.get("itinerary", {}).get("departure_city", {}) if record.kind == "contract" else {}
    return province(leaves.get("division") or record.division)


def _destinations(record: CountedRecord, body: Mapping[str, Any]) -> Sequence[str]:
    """The countries of a group that goes abroad, each once, or the province of one that stays."""
    itinerary = body.get("itinerary", {}) if record.kind == "contract" else {}
    countries = body.get("destination_countries") or itinerary.get("destination_countries") or ()
    if countries and record.subkind not in _RECEIVED_HERE:
        return tuple(dict.fromkeys(countries))
    if record.subkind == "taiwan":
        return _TAIWAN
    arrives = itinerary.get("arrival_city", {})
    return (province(arrives["division"]),) if "division" in arrives else ()


def _receivers(record: CountedRecord, body: Mapping[str, Any]) -> Sequence[str]:
    """Licence numbers of the agencies here that receive a group, each once; empty for those that are named without one.

    What partners try out is nobody else's.
    """
    if record.division == SANDBOX:
        return ()
    named = [each for each in body.get("receiving_agencies", ()) if each.get("country", "CN") == "CN"]
    return tuple(dict.fromkeys(plain_license(each.get("license_no", "")) for each in named))


def province(division: str) -> str:
    """The province of a division."""
    return division if division == SANDBOX else f"{division[:2]}0000"
