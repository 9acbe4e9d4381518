"""A year of made-up trips: the one source of the records that are counted, and of what the counts are compared with.

The same seed gives the same year. A trip says itself when it was reported, how often it was corrected and what became
of it; its bodies are made from the trip, never the other way round.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schemas import samples

YEAR = 2019
MONTHS = tuple(datetime(YEAR, month, 15, 4, 0, tzinfo=ZoneInfo("UTC")) for month in range(1, 13))
"""The moments at which the trips of a suite are reported: many at once, because the clock stands still for each."""
_COUNTRIES = ("TH", "JP", "FR", "DE", "IT", "RU", "VN", "MY", "SG", "US")
_GUESTS = ("KR", "JP", "US", "DE", "MY", "RU")
_PROVINCES = ("110000", "310000", "350000", "440000", "460000", "530000")
_TYPES = ("domestic", "domestic", "domestic", "outbound", "outbound", "inbound", "taiwan", "hk_macau")
_CONTRACTS = ("domestic", "domestic", "outbound", "taiwan")
_CHANNELS = ("rest", "rest", "page", "soap", "sftp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """An agency of the year."""

    number: int
    name: str
    title: str
    uscc: str
    licence: str
    division: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A contract or a roster, as it stands at the end of the year."""

    kind: str
    subkind: str
    agency: int
    key: str
    group_no: str
    first: date
    last: date
    reported: datetime
    travellers: int
    origin: str
    destinations: tuple[str, ...]
    receivers: tuple[str, ...]
    channel: str
    corrections: int
    state: str


def agencies(count: int, divisions: Sequence[str] = ("350203", "350502", "110105", "440106")) -> list[Agency]:
    """So many agencies, turn about in these divisions."""
    return [_agency(number, divisions[number % len(divisions)]) for number in range(count)]


def _agency(number: int, division: str) -> Agency:
    return Agency(
        number=number,
        name=f"year{number}",
        title=f"示例第{number}旅行社",
        uscc=_uscc(f"91{division}MA{number:07d}"),
        licence=f"L-YR-{number:05d}",
        division=division,
    )


def _uscc(first: str) -> str:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(letter) * pow(3, at, 31) for at, letter in enumerate(first))
    return first + alphabet[-total % 31]


def trips(
    count: int,
    within: Sequence[Agency],
    *,
    moments: Sequence[datetime] = (),
    channels: Sequence[str] = _CHANNELS,
    most: int = 40,
) -> Iterator[Trip]:
    """So many trips, about two contracts a roster; reported at one of `moments`, or at any time of the year."""
    dice = random.Random(f"year {count} {len(within)}")
    for number in range(count):
        agency = within[dice.randrange(len(within))]
        reported = dice.choice(moments) if moments else _some_moment(dice)
        make = _roster if number % 3 == 0 else _contract
        yield make(dice, number, agency, within, reported=reported, channel=dice.choice(channels), most=most)


def _some_moment(dice: random.Random) -> datetime:
    return MONTHS[0].replace(day=1) + timedelta(minutes=dice.randrange(365 * 24 * 60))


def _days(dice: random.Random, reported: datetime) -> tuple[date, date]:
    """Most are reported before they leave, some while they travel, some when they are back."""
    day = reported.astimezone(ZoneInfo("Asia/Shanghai")).date()
    first = day + timedelta(days=dice.choice((0, 1, 3, 7, 12, 20, 30, -1, -2, -9, -30)))
    return first, first + timedelta(days=dice.choice((0, 0, 1, 2, 3, 5, 9)))


def _roster(
    dice: random.Random,
    number: int,
    agency: Agency,
    within: Sequence[Agency],
    *,
    reported: datetime,
    channel: str,
    most: int,
) -> Trip:
    subkind = dice.choice(_TYPES)
    first, last = _days(dice, reported)
    destinations: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()
    origin = f"{agency.division[:2]}0000"
    if subkind == "outbound":
        destinations = tuple(dice.sample(_COUNTRIES, dice.randint(1, 4)))
    elif subkind == "taiwan":
        destinations = ("TW",)
    elif subkind in ("domestic", "inbound"):
        others = [within[dice.randrange(len(within))].licence for _ in range(dice.randint(0, 2))]
        receivers = tuple(dict.fromkeys((*others, *(("L-XX-99999",) if dice.random() < 0.1 else ()))))
        origin = dice.choice(_GUESTS) if subkind == "inbound" else origin
    state = dice.choices(("submitted", "audited", "returned"), (6, 3, 1))[0]
    return Trip(
        kind="roster",
        subkind=subkind,
        agency=agency.number,
        key=f"G{number:08d}",
        group_no=f"G{number:08d}",
        first=first,
        last=last,
        reported=reported,
        travellers=dice.randint(1, most),
        origin=origin,
        destinations=destinations,
        receivers=receivers,
        channel=channel,
        corrections=dice.choices((0, 1, 2), (8, 1, 1))[0],
        state=state,
    )


def _contract(
    dice: random.Random,
    number: int,
    agency: Agency,
    within: Sequence[Agency],
    *,
    reported: datetime,
    channel: str,
    most: int,
) -> Trip:
    subkind = dice.choice(_CONTRACTS)
    first, last = _days(dice, reported)
    destinations = (dice.choice(_PROVINCES),)
    if subkind == "outbound":
        destinations = tuple(dice.sample(_COUNTRIES, dice.randint(1, 3)))
    elif subkind == "taiwan":
        destinations = ("TW",)
    return Trip(
        kind="contract",
        subkind=subkind,
        agency=agency.number,
        key=f"C{number:08d}",
        group_no=f"G{dice.randrange(number + 30):08d}",
        first=first,
        last=last,
        reported=reported,
        travellers=dice.randint(1, min(most, 12)),
        origin=dice.choice(_PROVINCES),
        destinations=destinations,
        receivers=(),
        channel=channel,
        corrections=dice.choices((0, 1), (9, 1))[0],
        state=dice.choices(("generated", "signed", "void"), (5, 4, 1))[0],
    )


def lean_body(trip: Trip) -> dict[str, Any]:
    """What is read of a body when it is counted, and no more: for a year that is stored without being pushed."""
    abroad = [place for place in trip.destinations if len(place) == 2]
    if trip.kind == "contract":
        itinerary: dict[str, Any] = {"departure_city": {"division": trip.origin}}
        if abroad:
            itinerary["destination_countries"] = abroad
        else:
            itinerary["arrival_city"] = {"division": trip.destinations[0]}
        return {"group_no": trip.group_no, "itinerary": itinerary}
    body: dict[str, Any] = {"group_no": trip.group_no}
    if abroad and trip.subkind != "taiwan":
        body["destination_countries"] = abroad
    if trip.receivers:
        body["receiving_agencies"] = [{"name": "示例地接社", "license_no": licence} for licence in trip.receivers]
    if trip.subkind == "inbound":
        body |= {"origin_country": trip.origin, "depart_on": trip.first.isoformat()}
    return body


def whole_body(trip: Trip, index: int, within: Sequence[Agency], version: int = 1) -> dict[str, Any]:
    """A body that passes every rule. Of each `version` the remark differs."""
    agency = within[trip.agency]
    its = {"name": agency.title, "license_no": agency.licence, "uscc": agency.uscc, "division": agency.division}
    first, last = trip.first.isoformat(), trip.last.isoformat()
    told = {"agency": its, "remark": f"第 {version} 版"}
    if trip.kind == "contract":
        body = samples.contract(index, travellers=trip.travellers) | told | lean_body(trip)
        for name in ("signed_on", "shopping", "days", "nights", "cost", "template", "group_agreement"):
            body.pop(name, None)
        return body | {"business_no": trip.key, "contract_type": trip.subkind, "depart_on": first, "return_on": last}
    body = samples.roster(index, travellers=trip.travellers) | told
    for name in (
        "destination_countries",
        "receiving_agencies",
        "roster_year",
        "exit_date",
        "entry_date",
        "days",
        "exit_port",
        "entry_port",
    ):
        body.pop(name, None)
    dated = (
        ("exit_date", "entry_date")
        if trip.subkind in ("outbound", "taiwan", "hk_macau")
        else ("depart_on", "return_on")
    )
    permit = {"taiwan": ("taiwan_permit", "L"), "hk_macau": ("hk_macau_permit", "C")}.get(trip.subkind)
    for row, guest in enumerate(body["travellers"]):
        nth = index * trip.travellers + row
        if permit is not None:
            guest["document"] = {"type": permit[0], "number": f"{permit[1]}{10_000_000 + nth % 80_000_000:08d}"}
        elif trip.subkind != "outbound":
            guest["document"] = {"type": "resident_id", "number": samples.resident_id(nth)}
    return body | lean_body(trip) | {"roster_type": trip.subkind, dated[0]: first, dated[1]: last}
