"""What is counted of one contract or roster, case by case."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from gateway.access.divisions import SANDBOX
from gateway.statistics.deriving import derive
from gateway.statistics.rows import CountedRecord, FiguresOfRecord


def counted(body: dict[str, Any] | None = None, **columns: Any) -> FiguresOfRecord:
    """The figures of a domestic group of the fourth to the eighth of August, but for what is given."""
    told: dict[str, Any] = {
        "tenant_id": 1,
        "kind": "roster",
        "key": "G-1",
        "division": "350203",
        "agency_uscc": "",
        "subkind": "domestic",
        "state": "submitted",
        "version": 1,
        "depart_on": date(2026, 8, 4),
        "return_on": date(2026, 8, 8),
        "headcount": 20,
        "issued_at": datetime(2026, 8, 1, tzinfo=UTC),
        "body": b"sealed",
        "channel": "rest",
    }
    return derive(CountedRecord(**told | columns), body)


@pytest.mark.parametrize(
    ("last", "days"),
    [
        pytest.param(date(2026, 8, 8), 5, id="both-days-count"),
        pytest.param(date(2026, 8, 4), 1, id="one-day"),
        pytest.param(None, 1, id="no-end"),
        pytest.param(date(2026, 8, 1), 1, id="ends-before"),
    ],
)
def test_first_and_last_day_count(last: date | None, days: int) -> None:
    assert counted({}, return_on=last).days == days


def test_days_that_are_told_count_where_dates_do_not() -> None:
    assert counted({"days": 6}, return_on=None).days == 6
    assert counted({"days": 6}).days == 5


def test_an_inbound_group_comes_before_it_goes() -> None:
    columns = {"subkind": "inbound", "depart_on": date(2026, 8, 9), "return_on": date(2026, 8, 4)}
    found = counted({"entry_date": "2026-08-04", "exit_date": "2026-08-09"}, **columns)
    assert (found.first_day, found.days) == (date(2026, 8, 4), 6)
    named = counted({"depart_on": "2026-08-04", "origin_country": "KR"}, subkind="inbound")
    assert (named.first_day, named.days, named.origin) == (date(2026, 8, 4), 5, "KR")


@pytest.mark.parametrize(
    ("reported", "timeliness"),
    [
        pytest.param(datetime(2026, 8, 3, 15, tzinfo=UTC), "in_time", id="the-day-before"),
        pytest.param(datetime(2026, 8, 4, 15, 59, tzinfo=UTC), "in_time", id="last-minute-of-the-day-in-China"),
        pytest.param(datetime(2026, 8, 4, 16, tzinfo=UTC), "late", id="next-day-in-China"),
        pytest.param(datetime(2026, 8, 8, 15, tzinfo=UTC), "late", id="last-day"),
        pytest.param(datetime(2026, 8, 8, 16, tzinfo=UTC), "after", id="back"),
    ],
)
def test_timeliness_is_told_by_days_in_china(reported: datetime, timeliness: str) -> None:
    assert counted({}, issued_at=reported).timeliness == timeliness


def test_a_group_without_dates_counts_on_the_day_of_its_report() -> None:
    found = counted({}, depart_on=None, return_on=None, issued_at=datetime(2026, 7, 31, 17, tzinfo=UTC))
    assert (found.first_day, found.timeliness) == (date(2026, 8, 1), "unknown")


@pytest.mark.parametrize(("state", "is_counted"), [("submitted", True), ("audited", True), ("returned", False)])
def test_a_returned_roster_does_not_count(state: str, is_counted: bool) -> None:
    assert counted({}, state=state).is_counted is is_counted
    assert not counted({}, kind="contract", state="void").is_counted


def test_who_receives_is_who_the_roster_names() -> None:
    agencies = [
        {"name": "甲", "license_no": "l-han 00132"},
        {"name": "甲又名", "license_no": "L-HAN00132"},
        {"name": "乙"},
        {"name": "丙", "license_no": "X-1", "country": "TH"},
    ]
    found = counted({"receiving_agencies": agencies})
    assert (found.receivers, found.is_receiver) == (["LHAN00132", ""], False)
    own = counted({})
    assert (own.receivers, own.is_receiver) == ([], True)
    abroad = counted({"receiving_agencies": agencies}, subkind="outbound")
    assert (abroad.receivers, abroad.is_receiver) == ([], False)
    tried = counted({"receiving_agencies": agencies}, division=SANDBOX)
    assert (tried.receivers, tried.is_receiver, tried.origin) == ([], True, SANDBOX)


def test_each_country_counts_once_and_a_province_where_a_tour_stays() -> None:
    assert counted({"destination_countries": ["TH", "SG", "TH"]}, subkind="outbound").destinations == ["TH", "SG"]
    assert counted({}, subkind="taiwan").destinations == ["TW"]
    itinerary = {"departure_city": {"division": "310115"}, "arrival_city": {"division": "460200"}}
    found = counted({"itinerary": itinerary, "group_no": "G-7"}, kind="contract")
    assert (found.origin, found.destinations, found.group_no) == ("310000", ["460000"], "G-7")


def test_what_is_gone_is_told_by_its_columns() -> None:
    found = counted(None, subkind="outbound")
    assert (found.days, found.travellers, found.origin, found.destinations) == (5, 20, "350000", [])
    assert found.group_no == "G-1"
