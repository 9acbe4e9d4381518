"""A year of trips through the real doors: its figures equal those that pandas computes from the trips themselves."""

# ruff: noqa: S608 - statements are built from constants

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
import pytest

from adapters.connector import Bounds, Expected, Frequency
from gateway.access.accounts import TERMINAL, Role
from gateway.access.divisions import SANDBOX
from gateway.alerts import alerts
from gateway.alerts.rows import AlertCode
from gateway.base.clock import Clock
from gateway.base.settings import Settings
from gateway.serving import jobs
from gateway.statistics.collecting import Collector
from gateway.statistics.figures import Span
from gateway.statistics.rates import Basis, ReportingRates
from gateway.wiring.services import Services, open_services
from schemas import samples
from tests import year, year_in_pandas
from tests.conftest import Partner, issue_partner, until
from tests.year import YEAR, Agency, Trip

_COUNT = 1500
_WITHIN = year.agencies(6)
_WHOLE = {"since": f"{YEAR - 1}-01-01", "until": f"{YEAR + 1}-12-31"}


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What was pushed, and who may ask."""

    trips: list[Trip]
    frame: year_in_pandas.Frame
    agencies: dict[int, Partner]
    nation: Partner
    city: Partner


@pytest.fixture(scope="module")
def reported(client: httpx.Client, settings: Settings) -> Reported:
    """A year of rosters and contracts of six agencies, reported, corrected, voided, audited and returned over REST."""
    agencies = {each.number: _partner(settings, each) for each in _WITHIN}
    nation = issue_partner(settings, "nation", Role.OFFICIAL, "000000")
    city = issue_partner(settings, "city", Role.OFFICIAL, "350200")
    trips = list(year.trips(_COUNT, _WITHIN, moments=year.MONTHS, channels=("rest",), most=3))
    indexes = {trip.key: index for index, trip in enumerate(trips)}
    codes: dict[str, str] = {}
    for moment in year.MONTHS:
        with Clock.standing_at(moment):
            mine = [trip for trip in trips if trip.reported == moment]
            for version in range(1, 4):
                due = [trip for trip in mine if trip.corrections + 1 >= version]
                codes |= _push(client, agencies, due, indexes, version=version)
            for trip in mine:
                _move(client, nation if trip.kind == "roster" else agencies[trip.agency], trip, codes)
    _settle(settings)
    return Reported(
        trips=trips,
        frame=year_in_pandas.frame_of(trips, _WITHIN),
        agencies=agencies,
        nation=nation,
        city=city,
    )


def _partner(settings: Settings, agency: Agency) -> Partner:
    partner = issue_partner(settings, agency.name, division=agency.division, uscc=agency.uscc, speaks_for="")

    async def enter(services: Services) -> None:
        await services.accounts.ensure_tenant(
            agency.name, agency.title, agency.division, agency.uscc, license_no=agency.licence
        )

    with_services(settings, enter)
    return partner


def with_services(settings: Settings, work: Any) -> Any:
    """What `work` gives over services of its own."""

    async def run() -> Any:
        async with open_services(settings, str(settings.database.url)) as services:
            return await work(services)

    return asyncio.run(run())


def _settle(settings: Settings) -> None:
    with_services(settings, lambda services: services.collector.catch_up())


def _push(
    client: httpx.Client, agencies: dict[int, Partner], trips: list[Trip], indexes: dict[str, int], *, version: int
) -> dict[str, str]:
    codes: dict[str, str] = {}
    sorted_out: dict[tuple[int, str], list[Trip]] = defaultdict(list)
    for trip in trips:
        sorted_out[trip.agency, trip.kind].append(trip)
    for (agency, kind), theirs in sorted_out.items():
        bodies = [year.whole_body(trip, indexes[trip.key], _WITHIN, version) for trip in theirs]
        path = f"/v1/{kind}s" + ("?amend=true" if version > 1 else "")
        answer = client.post(path, json=bodies, headers=agencies[agency].bearer)
        assert answer.status_code in (200, 201), answer.text
        assert all(each["status"] in ("accepted", "amended") for each in answer.json()["records"]), answer.text
        codes |= {each["key"]: each.get("code") or each["key"] for each in answer.json()["records"]}
    return codes


def _move(client: httpx.Client, who: Partner, trip: Trip, codes: dict[str, str]) -> None:
    if trip.state in ("submitted", "generated"):
        return
    moved = {"state": trip.state} | ({"reason": "示例"} if trip.state == "returned" else {})
    answer = client.post(f"/v1/{trip.kind}s/{codes[trip.key]}/state", json=moved, headers=who.bearer)
    assert answer.status_code == 200, answer.text


def asked(client: httpx.Client, who: Partner, by: str = "", **more: str) -> dict[tuple[Any, ...], dict[str, int]]:
    """What the door answers, in the shape of `year_in_pandas.sums`."""
    answer = client.get("/v1/statistics/figures", params=_WHOLE | {"by": by} | more, headers=who.bearer)
    assert answer.status_code == 200, answer.text
    names = {"agency": "uscc", "province": "division", "city": "division", "county": "division"}
    keys = [names.get(name, name) for name in by.split(",") if name]
    return {
        tuple(row.get(key, "") for key in keys): {name: row[name] for name in year_in_pandas.MEASURES}
        for row in answer.json()["rows"]
    }


_GROUPINGS = {
    "": [],
    "day": ["day"],
    "month,subkind": ["month", "subkind"],
    "county": ["division"],
    "agency": ["agency"],
    "origin,timeliness": ["origin", "timeliness"],
    "channel": ["channel"],
    "destination": ["destination"],
}


@pytest.mark.parametrize("kind", ["roster", "contract"])
@pytest.mark.parametrize("part", ["organised", "received", "visited"])
def test_the_figures_of_a_year_equal_those_of_pandas(
    client: httpx.Client, reported: Reported, kind: str, part: str
) -> None:
    lines = year_in_pandas.part(reported.frame[reported.frame["kind"] == kind].copy(), part, _WITHIN)
    uscc = {each.number: each.uscc for each in _WITHIN} | {-1: ""}
    lines["agency"] = lines["agency"].map(uscc)
    for by, columns in _GROUPINGS.items():
        if part == "received" and kind == "contract":
            assert all(
                not any(row.values()) for row in asked(client, reported.nation, by, kind=kind, part=part).values()
            )
            continue
        expected = year_in_pandas.sums(lines, columns)
        found = asked(client, reported.nation, by, kind=kind, part=part)
        assert found == expected, by


def test_a_city_sees_what_lies_in_it_and_what_its_agencies_receive(client: httpx.Client, reported: Reported) -> None:
    rosters = reported.frame[reported.frame["kind"] == "roster"].copy()
    for part in ("organised", "received", "visited"):
        lines = year_in_pandas.part(rosters, part, _WITHIN)
        lines = lines[lines["division"].str.startswith("3502")]
        assert asked(client, reported.city, "month", part=part) == year_in_pandas.sums(lines, ["month"]), part
    mine = {"division": "350500"}
    assert not any(asked(client, reported.city, **mine)[()].values()), "another city is not in sight"


def test_an_agency_sees_its_own_figures_only(client: httpx.Client, reported: Reported) -> None:
    rosters = reported.frame[reported.frame["kind"] == "roster"].copy()
    for part in ("organised", "received"):
        lines = year_in_pandas.part(rosters, part, _WITHIN)
        lines = lines[lines["agency"] == 1]
        assert asked(client, reported.agencies[1], "month,subkind", part=part) == year_in_pandas.sums(
            lines, ["month", "subkind"]
        )
    other = {"agency": _WITHIN[2].uscc}
    answer = client.get("/v1/statistics/figures", params=other, headers=reported.agencies[1].bearer)
    assert (answer.status_code, answer.json()["code"]) == (404, "REQUEST-003")


def _stored(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the figures."""
    with psycopg.connect(str(settings.database.url)) as connection:
        return {
            table: connection.execute(f"SELECT t.* FROM {table} t ORDER BY t::text").fetchall()
            for table in ("statistics_record", "statistics_day")
        }


def _altered(settings: Settings, *statements: str) -> None:
    with psycopg.connect(str(settings.database.url), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def test_changes_that_come_again_are_counted_once(settings: Settings, reported: Reported) -> None:
    before = _stored(settings)
    _altered(settings, "UPDATE statistics_mark SET position = position / 3")
    _settle(settings)
    assert _stored(settings) == before


def test_a_rebuild_gives_the_same_figures_row_by_row(settings: Settings, reported: Reported) -> None:
    before = _stored(settings)
    assert len(before["statistics_record"]) == _COUNT
    _altered(
        settings,
        "DELETE FROM statistics_record WHERE key LIKE '%3'",
        "UPDATE statistics_record SET travellers = 99, origin = 'XX' WHERE key LIKE '%7'",
        "DELETE FROM statistics_day WHERE part = 'received'",
        "UPDATE statistics_day SET groups = groups + 1",
        'INSERT INTO statistics_record SELECT (json_populate_record(f, \'{"key": "NOWHERE"}\')).* '
        "FROM statistics_record f LIMIT 1",
    )
    assert _stored(settings) != before
    assert with_services(settings, lambda services: services.collector.rebuild()) == _COUNT
    assert _stored(settings) == before


def test_a_rebuild_that_was_stopped_goes_on_where_it_was(settings: Settings, reported: Reported) -> None:
    before = _stored(settings)
    tenants = "SELECT tenant_id, kind, key FROM statistics_record ORDER BY 1, 2, 3 OFFSET 1199 LIMIT 1"
    _altered(
        settings,
        f"UPDATE statistics_mark SET (rebuilt_tenant, rebuilt_kind, rebuilt_key) = ({tenants})",
        "DELETE FROM statistics_day",
    )
    assert with_services(settings, lambda services: services.collector.rebuild()) == _COUNT - 1200
    assert _stored(settings) == before


def test_what_is_purged_stays_in_the_figures(settings: Settings, reported: Reported) -> None:
    before = _stored(settings)
    (key,) = [
        min(t.key for t in reported.trips if t.kind == "contract" and t.state == "signed" and t.key.endswith("4"))
    ]
    _altered(
        settings,
        "CREATE TABLE kept AS SELECT tenant_id, kind, key, body FROM record",
        "UPDATE record SET body = '' WHERE key LIKE '%4'",
        "UPDATE statistics_mark SET position = 0",
    )
    try:
        _settle(settings)
        assert _stored(settings) == before, "a change of what is gone leaves its figures"
        with_services(settings, lambda services: services.collector.rebuild())
        assert _stored(settings) == before, "and so does a rebuild"
        for state, voids in (("void", 1), ("signed", 0)):
            again = f"UPDATE record SET state = '{state}' WHERE key = '{key}'"
            _altered(settings, again, "UPDATE statistics_mark SET position = 0")
            _settle(settings)
            assert _voids(_stored(settings)) == _voids(before) + voids, "what becomes of it is still counted"
    finally:
        back = "FROM kept k WHERE (r.tenant_id, r.kind, r.key) = (k.tenant_id, k.kind, k.key)"
        _altered(settings, f"UPDATE record r SET body = k.body {back}", "DROP TABLE kept")


def _voids(stored: dict[str, list[tuple[Any, ...]]]) -> int:
    return sum(row[6] == "void" for row in stored["statistics_record"])


def test_what_is_tried_out_in_the_sandbox_is_not_counted_with_the_country(
    client: httpx.Client, settings: Settings, reported: Reported
) -> None:
    before, total = asked(client, reported.nation), asked(client, reported.nation, part="received")
    tester = issue_partner(settings, "tries", division=SANDBOX, speaks_for="")
    trip = next(
        trip for trip in reported.trips if trip.subkind == "domestic" and trip.kind == "roster" and trip.receivers
    )
    body = year.whole_body(trip, 1, _WITHIN) | {"group_no": "TRIED"}
    assert client.post("/v1/rosters", json=body, headers=tester.bearer).status_code == 201
    mine = _counted_by_a_worker(settings, lambda: asked(client, tester, "timeliness"))
    assert sum(row["records"] for row in mine.values()) == 1
    assert asked(client, reported.nation) == before
    assert asked(client, reported.nation, part="received") == total


def _counted_by_a_worker(settings: Settings, rows: Callable[[], dict[tuple[Any, ...], dict[str, int]]]) -> Any:
    """What is asked for, once the worker of large documents has counted it beside its own work."""

    async def run(services: Services) -> Any:
        stop = asyncio.Event()
        working = asyncio.create_task(services.batch_worker.run(stop))
        try:
            return await asyncio.to_thread(until, rows, "the worker has counted")
        finally:
            stop.set()
            await working

    return with_services(settings, run)


def got(client: httpx.Client, who: Partner, path: str, **more: str) -> dict[str, Any]:
    answer = client.get(f"/v1/statistics/{path}", params=more, headers=who.bearer)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _hand_in(client: httpx.Client, reported: Reported, number: int, **figures: object) -> dict[str, Any]:
    answer = client.put(f"/v1/statistics/reports/{YEAR}", json=figures, headers=reported.agencies[number].bearer)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_trades_forms_equal_those_of_pandas(client: httpx.Client, reported: Reported) -> None:
    forms = got(client, reported.nation, "trade", **_WHOLE)["forms"]
    expected = year_in_pandas.trade(reported.frame, _WITHIN)
    for form, lines in expected.items():
        assert {line.pop("place"): line for line in forms[form]["lines"]} == lines, form
    outbound = reported.frame[reported.frame["subkind"].isin(["outbound", "taiwan", "hk_macau"])]
    outbound = outbound[outbound["kind"] == "roster"]
    total = forms["outbound"]["total"]
    assert (total["organised"], total["groups"]) == (outbound["travellers"].sum(), outbound["groups"].sum())
    assert total["organised"] < sum(line["organised"] for line in forms["outbound"]["lines"]), "a country each"
    for extension, begins in {"csv": b"\xef\xbb\xbf", "xlsx": b"PK"}.items():
        where = _WHOLE | {"format": extension}
        answer = client.get("/v1/statistics/trade", params=where, headers=reported.nation.bearer)
        assert answer.content.startswith(begins)
        assert f".{extension}" in answer.headers["content-disposition"]


def test_what_is_published_stays_when_a_correction_comes(
    client: httpx.Client, settings: Settings, reported: Reported
) -> None:
    days = {"since": f"{YEAR}-01-01", "until": f"{YEAR}-12-31"}
    refused = client.post("/v1/statistics/publications", json=days, headers=reported.agencies[0].bearer)
    assert (refused.status_code, refused.json()["code"]) == (403, "AUTH-005")
    first = client.post("/v1/statistics/publications", json=days, headers=reported.city.bearer)
    assert (first.status_code, first.json()["version"]) == (201, 1), first.text
    path = f"publications/{first.json()['id']}"
    assert got(client, reported.city, path)["changes"] == []
    trip = next(
        trip
        for trip in reported.trips
        if trip.kind == "roster"
        and trip.subkind == "outbound"
        and trip.state == "submitted"
        and trip.first.year == YEAR
        and _WITHIN[trip.agency].division == "350203"
    )
    indexes = {each.key: index for index, each in enumerate(reported.trips)}
    longer = replace(trip, last=trip.last + timedelta(days=2))
    for changed, version in ((longer, 8), (trip, 9)):
        with Clock.standing_at(trip.reported):
            _push(client, reported.agencies, [changed], indexes, version=version)
        _settle(settings)
        frozen = got(client, reported.city, path)
        assert frozen["forms"] == first.json()["forms"]
        if changed is longer:
            days_more = 2 * trip.travellers
            told = [(each["place"], each["measure"], each["now"] - each["published"]) for each in frozen["changes"]]
            assert told == [(place, "organised_days", days_more) for place in ("", *sorted(trip.destinations))]
        else:
            assert frozen["changes"] == []
    again = client.post("/v1/statistics/publications", json=days, headers=reported.city.bearer)
    assert again.json()["version"] == 2
    listed = got(client, reported.city, "publications")["publications"]
    assert [each["version"] for each in listed] == [2, 1]
    foreign = issue_partner(settings, "elsewhere", Role.OFFICIAL, "110000")
    answer = client.get(f"/v1/statistics/{path}", headers=foreign.bearer)
    assert answer.status_code == 404, "another province does not see it"


def test_an_agencys_own_report_stands_beside_what_was_counted(client: httpx.Client, reported: Reported) -> None:
    told = _hand_in(client, reported, 1, outbound_organised=7, revenue="1250000.50")
    rosters = reported.frame[(reported.frame["kind"] == "roster") & (reported.frame["agency"] == 1)]
    rosters = rosters[(rosters["day"] >= f"{YEAR}-01-01") & (rosters["day"] <= f"{YEAR}-12-31")]
    counted = int(rosters[rosters["subkind"].isin(["outbound", "taiwan", "hk_macau"])]["travellers"].sum())
    figures = {"reported": "7", "counted": str(counted), "difference": str(counted - 7)}
    assert told["figures"]["outbound_organised"] == figures
    assert told["figures"]["revenue"] == {"reported": "1250000.50", "counted": None, "difference": None}
    seen = got(client, reported.nation, f"reports/{YEAR}", agency=_WITHIN[1].uscc)
    assert seen == told, "the authority sees the same"
    for wrong in (
        {"revenue": "viel"},
        {"revenue": "12,5"},
        {"outbound_organised": "1,2"},
        {"revenue": 1.005},
        {"groups": 1},
        {"expected_groups": -1},
        {"tax_paid": True},
    ):
        answer = client.put(f"/v1/statistics/reports/{YEAR}", json=wrong, headers=reported.agencies[1].bearer)
        assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST-001"), wrong
    other = f"/v1/statistics/reports/{YEAR}?agency={_WITHIN[2].uscc}"
    assert client.put(other, json={}, headers=reported.agencies[1].bearer).status_code == 404
    assert client.put(other, json={}, headers=reported.nation.bearer).status_code == 403


@pytest.mark.parametrize(
    "given", [{"subkind": "outbond"}, {"subkind": "single_service"}, {"by": "star"}, {"kind": "visa"}]
)
def test_a_word_that_is_none_is_refused_and_counts_nothing(
    client: httpx.Client, reported: Reported, given: dict[str, str]
) -> None:
    asked = {"since": f"{YEAR}-01-01", "until": f"{YEAR}-12-31"} | given
    answer = client.get("/v1/statistics/figures", params=asked, headers=reported.nation.bearer)
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST-001")


def test_a_rate_is_told_with_its_basis_and_never_without(client: httpx.Client, reported: Reported) -> None:
    _hand_in(client, reported, 0, expected_groups=200)
    span = {"since": f"{YEAR}-01-01", "until": f"{YEAR}-12-31"}
    found = got(client, reported.nation, "rates", **span)
    frame = reported.frame
    inside = frame[(frame["day"] >= span["since"]) & (frame["day"] <= span["until"]) & (frame["kind"] == "roster")]
    agencies = {each["uscc"]: each for each in found["agencies"]}
    for number in range(len(_WITHIN)):
        own = agencies[_WITHIN[number].uscc]
        groups = int(inside[inside["agency"] == number]["groups"].sum())
        assert own["reported"] == groups
        assert sum(own["timeliness"].values()) == groups
        assert own["rates"]["contracts"]["expected"] == groups + own["contracts_without_roster"]
    declared = agencies[_WITHIN[0].uscc]["rates"]["declared"]
    assert declared == {
        "reported": agencies[_WITHIN[0].uscc]["reported"],
        "expected": 200,
        "rate": agencies[_WITHIN[0].uscc]["reported"] / 200,
        "agencies": 1,
    }
    assert found["totals"]["declared"] == declared, "only those that declare count there"
    assert set(found["bases"]) >= set(found["totals"])
    half = got(client, reported.nation, "rates", since=f"{YEAR}-01-01", until=f"{YEAR}-06-30")
    (half_declared,) = [e["rates"]["declared"] for e in half["agencies"] if e["uscc"] == _WITHIN[0].uscc]
    assert half_declared["expected"] == round(200 * 181 / 365)
    everything = got(client, reported.nation, "rates", **_WHOLE)
    for number, each in enumerate(_WITHIN):
        (own,) = [row for row in everything["agencies"] if row["uscc"] == each.uscc]
        alone = (own["contracts_without_roster"], own["rosters_without_contract"])
        assert alone == year_in_pandas.alone(frame, number)


def test_what_a_connector_expects_is_a_basis_for_its_only_sender(settings: Settings, reported: Reported) -> None:
    monthly = Expected(Frequency.MONTHLY, {"roster": Bounds(12, 99)})
    bound = {"own": [0], "shared": [1, 2], "contracts": [3]}
    expects = {
        "own": monthly,
        "shared": monthly,
        "contracts": Expected(Frequency.DAILY, {"contract": Bounds(1, 2)}),
    }
    connectors = {name: SimpleNamespace(id=name, expected=expected) for name, expected in expects.items()}

    async def look(services: Services) -> dict[str, int]:
        senders = {each.number: await services.accounts.named(each.name) for each in _WITHIN}

        async def bound_to(connector: str) -> list[Any]:
            return [SimpleNamespace(role=Role.PARTNER, tenant=senders[number]) for number in bound[connector]]

        accounts: Any = SimpleNamespace(bound_to=bound_to)
        stand_ins: Any = connectors
        rates = ReportingRates(
            services.database, services.figures, services.yearly_reports, accounts=accounts, connectors=stand_ins
        )
        found = await rates.of(TERMINAL.scope, Span.year(YEAR))
        return {
            each.agency.uscc: each.rates[Basis.CONNECTOR].expected
            for each in found.agencies
            if Basis.CONNECTOR in each.rates
        }

    assert with_services(settings, look) == {_WITHIN[0].uscc: 144}


def test_an_agency_that_reports_no_more_has_fallen_silent(client: httpx.Client, reported: Reported) -> None:
    span = {"since": f"{YEAR}-01-01", "until": f"{YEAR}-12-31"}
    assert got(client, reported.nation, "rates", **span)["silent"] == []
    later = {"since": f"{YEAR + 1}-01-01", "until": f"{YEAR + 1}-06-30"}
    found = got(client, reported.nation, "rates", **later)
    assert set(found["silent"]) == {each.uscc for each in _WITHIN}
    assert all(each["rates"]["last_year"]["expected"] > 0 for each in found["agencies"])
    with Clock.standing_at(year.MONTHS[-1]):
        ahead = got(client, reported.nation, "rates", since=later["since"], until=f"{YEAR + 1}-12-31")
    assert ahead["silent"] == [], "what lies ahead makes nobody silent"


def test_who_has_fallen_silent_is_an_alert_until_it_reports(settings: Settings, reported: Reported) -> None:
    def told(day: date) -> dict[str, str]:
        async def look(services: Services) -> dict[str, str]:
            await services.reminders.remind(day)
            found = await alerts.listed(services.database, TERMINAL.scope)
            return {each.text.zh.partition("：")[0]: each.text.zh for each in found if each.code is AlertCode.SILENT}

        return with_services(settings, look)

    assert told(date(YEAR, 12, 31)) == {}
    late = told(date(YEAR + 1, 6, 1))
    assert len(late) == len(_WITHIN)
    assert all("上年同期" in words and "最近一个团队于" in words for words in late.values()), late
    assert told(date(YEAR, 12, 31)) == {}, "it is over once it reports"


def test_the_figures_of_a_day_and_a_month_are_told_to_the_scheduler(
    settings: Settings, reported: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "Settings", lambda: settings)
    rosters = reported.frame[reported.frame["kind"] == "roster"]
    for found, column, value in (
        (jobs.count_month(f"{YEAR}-05"), "month", f"{YEAR}-05"),
        (jobs.count_day(f"{YEAR}-05-22"), "day", f"{YEAR}-05-22"),
    ):
        lines = rosters[rosters[column] == value]
        assert found["groups"] == lines["groups"].sum()
        assert found["traveller_days"] == lines["traveller_days"].sum()
    assert jobs.count_month(f"{YEAR}-02")["until"] == f"{YEAR}-02-28"


def test_the_ranking_shows_parts_and_what_would_lift(client: httpx.Client, reported: Reported) -> None:
    for number in range(4):
        money = {"revenue": f"{(number + 1) * 1000}", "gross_profit": f"{(5 - number) * 50}.25", "tax_paid": "10"}
        _hand_in(client, reported, number, **money)
    found = got(client, reported.nation, "ranking", year=str(YEAR))
    assert found["is_synthetic"]
    assert not found["is_simulated"]
    weights = {name: int(value) for name, value in found["weights"].items()}
    for each in found["places"]:
        assert int(each["score"]) == sum(weights[part] * rank for part, rank in each["ranks"].items())
    scores = [int(each["score"]) for each in found["places"]]
    assert scores == sorted(scores)
    silent = next(each for each in found["places"] if each["uscc"] == _WITHIN[5].uscc)
    assert silent["missing"] == ["revenue", "gross_profit", "gross_margin", "tax_paid"]
    assert silent["ranks"]["revenue"] == len(_WITHIN)
    last = found["places"][-1]
    steps = got(client, reported.nation, "ranking", year=str(YEAR), agency=last["uscc"])["steps"]
    assert any(step["needed"] is not None and step["place"] < last["place"] for step in steps)
    simulated = got(client, reported.nation, "ranking", year=str(YEAR), weights="revenue:3")
    assert simulated["is_simulated"]
    assert simulated["places"][0]["uscc"] == _WITHIN[3].uscc, "the greatest revenue of those who tell it"
    assert got(client, reported.nation, "ranking", year=str(YEAR)) == found, "nothing of it is kept"
    days = reported.frame[(reported.frame["day"] >= f"{YEAR}-01-01") & (reported.frame["day"] <= f"{YEAR}-12-31")]
    days = days[(days["kind"] == "roster") & (days["subkind"] == "domestic")].groupby("agency")["traveller_days"].sum()
    for number, each in enumerate(_WITHIN):
        (own,) = [row for row in found["places"] if row["uscc"] == each.uscc]
        assert own["values"]["domestic_organised_days"] == str(days[number])
    refused = client.get("/v1/statistics/ranking", headers=reported.agencies[0].bearer)
    assert refused.status_code == 403
    bad = client.get("/v1/statistics/ranking?weights=luck:1", headers=reported.nation.bearer)
    assert (bad.status_code, bad.json()["code"]) == (400, "REQUEST-001")


def test_a_group_number_that_looks_like_a_persons_is_kept_as_a_hash(
    client: httpx.Client, settings: Settings, reported: Reported
) -> None:
    trip = next(trip for trip in reported.trips if trip.kind == "contract" and trip.agency == 0)
    number = samples.resident_id(7)
    body = year.whole_body(trip, 5_000_001, _WITHIN) | {"business_no": "NUMBERED", "group_no": number}
    pushed = client.post("/v1/contracts", json=body, headers=reported.agencies[0].bearer)
    assert pushed.status_code == 201, pushed.text
    _settle(settings)
    (row,) = [row for row in _stored(settings)["statistics_record"] if row[2] == "NUMBERED"]
    assert row[-1].startswith("keyed:")
    assert number not in str(row)


def test_workers_that_count_at_once_count_once(settings: Settings, reported: Reported) -> None:
    before = _stored(settings)
    _altered(
        settings,
        "UPDATE statistics_mark SET position = 0",
        "DELETE FROM statistics_record",
        "DELETE FROM statistics_day",
    )

    async def together(services: Services) -> None:
        others = [Collector(services.database, services.accounts) for _ in range(2)]
        await asyncio.gather(*(each.catch_up() for each in (services.collector, *others)), *(e.turn() for e in others))

    with_services(settings, together)
    assert _stored(settings) == before
