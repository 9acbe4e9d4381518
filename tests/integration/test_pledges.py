"""Outbound pledges: told at once, due in five working days, reminded, overdue, verified, told onward."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import orjson
import psycopg
import pytest

from adapters.envelope import Channel, Envelope
from gateway.access.accounts import TERMINAL, Role
from gateway.base.settings import Settings
from gateway.register.working_days import BadCalendar, WorkingDays
from gateway.store.database import Scope
from gateway.wiring.services import Services, open_services
from schemas import filed_samples
from tests.conftest import Partner, issue_partner, running

EVERYTHING = Scope(division="%")


def with_services(settings: Settings, work: Callable[[Services], Any]) -> Any:
    async def run() -> Any:
        assert settings.database.url is not None
        async with open_services(settings, settings.database.url) as services:
            return await work(services)

    return asyncio.run(run())


def apply(client: httpx.Client, partner: Partner, index: int, **fields: Any) -> httpx.Response:
    body = {**filed_samples.pledge(index), **fields}
    return client.post("/v1/pledges", json=body, headers=partner.bearer)


def due_days(client: httpx.Client, official: Partner) -> dict[str, str]:
    return {one["key"]: one["due_on"] for one in client.get("/v1/pledges", headers=official.bearer).json()["pledges"]}


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2017-07-14", "2017-07-21"),
        ("2017-09-28", "2017-10-11"),
        ("2017-01-26", "2017-02-08"),
        ("2018-02-09", "2018-02-22"),
    ],
)
def test_five_working_days_are_counted_by_the_table(settings: Settings, received: str, due: str) -> None:
    async def after(services: Services) -> date | None:
        return services.days.after(date.fromisoformat(received), 5)

    assert with_services(settings, after) == date.fromisoformat(due)


def test_a_pledge_is_due_and_stands_in_the_list_of_its_province(
    client: httpx.Client, new_partner: Callable[..., Partner]
) -> None:
    agency = new_partner("applicant", division="110105")
    official = new_partner("beijing", role=Role.OFFICIAL, division="110000")
    elsewhere = new_partner("fujian", role=Role.OFFICIAL, division="350000")
    answer = apply(client, agency, 0)
    assert answer.status_code == 201, answer.text
    assert due_days(client, official) == {"CJ-2026-000000": "2026-11-09"}
    assert due_days(client, elsewhere) == {}


def test_nobody_puts_off_the_day_on_which_a_pledge_is_due(
    client: httpx.Client, new_partner: Callable[..., Partner]
) -> None:
    agency = new_partner("putting-off", division="330106")
    province = new_partner("zhejiang", role=Role.OFFICIAL, division="330000")
    county = new_partner("xihu", role=Role.OFFICIAL, division="330106")
    assert apply(client, agency, 70, division="330106").status_code == 201
    key, due = next(iter(due_days(client, province).items()))
    later = {**filed_samples.pledge(70), "division": "330106", "received_on": "2026-11-20"}
    again = client.post("/v1/pledges?amend=true", json=later, headers=agency.bearer)
    assert again.status_code == 200, again.text
    assert due_days(client, province) == {key: due}
    version = {"If-Match": '"2"'}
    for patch in ({"received_on": "2026-11-24"}, {"agency": {"name": "另一家旅行社有限公司"}}):
        refused = client.patch(f"/v1/pledges/{key}", json=patch, headers=county.bearer | version)
        assert (refused.status_code, refused.json()["code"]) == (403, "AUTH-005")
    corrected = client.patch(
        f"/v1/pledges/{key}", json={"licensed_on": "2011-06-01"}, headers=province.bearer | version
    )
    assert corrected.status_code == 200, corrected.text


def test_a_pledge_that_claims_to_come_later_is_counted_from_the_day_on_which_it_came(settings: Settings) -> None:
    body = {**filed_samples.pledge(71), "division": "320106", "received_on": "2026-11-20"}
    came = datetime(2026, 11, 1, 16, 30, tzinfo=UTC)  # half an hour into 2 November in China

    async def due(services: Services) -> date:
        tenant = await services.accounts.ensure_tenant("early", "示例受理单位", "320106")
        envelope = Envelope(
            raw=orjson.dumps(body), tenant=tenant.name, channel=Channel.REST, received_at=came, kind="pledge"
        )
        assert (await services.intake.submit(envelope, tenant)).status == 201
        listed = await services.pledges.waiting(Scope(division="32%"))
        return listed.rows[0].due_on

    assert with_services(settings, due) == date(2026, 11, 9)


def test_a_year_that_the_calendar_does_not_know_is_an_error_until_it_is_extended(
    client: httpx.Client, settings: Settings, new_partner: Callable[..., Partner]
) -> None:
    agency = new_partner("late", division="110105")
    answer = apply(client, agency, 5, received_on="2026-12-30")
    assert answer.status_code == 422
    assert [found["code"] for found in answer.json()["records"][0]["findings"]] == ["PLEDGE-003"]
    days = [date(2027, 1, 1) + timedelta(days=n) for n in range(365)]
    lines = ["day,is_working,name", *(f"{day},{int(day.weekday() < 5 and day.day > 3)}," for day in days)]

    async def extend(services: Services) -> Any:
        with pytest.raises(BadCalendar, match="2027 has 365 days, not 364"):
            await services.days.extend(TERMINAL, lines[:-1], "test")
        await services.days.extend(TERMINAL, lines, "test")
        return services.days.after(date(2026, 12, 30), 5)

    assert with_services(settings, extend) == date(2027, 1, 7)


def test_a_corrected_year_reaches_every_process(settings: Settings) -> None:
    year = [date(2010, 1, 1) + timedelta(days=n) for n in range(365)]
    lines = ["day,is_working,name", *(f"{day},{int(day.weekday() < 5 and day.month != 11)}," for day in year)]

    async def correct(services: Services) -> list[date | None]:
        other = WorkingDays(services.database)
        await other.refresh()
        found = [other.after(date(2010, 10, 29), 2)]
        await services.days.extend(TERMINAL, lines, "corrected")
        await other.refresh()
        return [*found, other.after(date(2010, 10, 29), 2)]

    assert with_services(settings, correct) == [date(2010, 11, 2), date(2010, 12, 2)]


def test_reminders_come_once_and_then_it_is_overdue(
    client: httpx.Client, settings: Settings, new_partner: Callable[..., Partner]
) -> None:
    agency = new_partner("reminded", division="110105")
    assert apply(client, agency, 10).status_code == 201

    def remind(*days: str) -> list[dict[str, int]]:
        async def work(services: Services) -> list[dict[str, int]]:
            return [await services.pledges.remind(date.fromisoformat(day)) for day in days]

        return with_services(settings, work)

    remind("2026-11-02")
    told = remind("2026-11-03", "2026-11-04", "2026-11-04", "2026-11-05", "2026-11-06", "2026-11-09", "2026-11-10")
    own = [dict.fromkeys(each, 1) for each in told]
    assert own == [{}, {"reminder_3": 1}, {}, {}, {"reminder_1": 1}, {}, {"overdue": 1}]
    assert remind("2026-11-11") == [{}]
    events = client.get("/v1/changes", headers=agency.bearer).json()["changes"]
    assert [one["event"] for one in events] == ["created", "reminder", "reminder", "overdue"]


def test_only_the_province_says_that_a_pledge_is_verified_and_its_word_is_final(
    client: httpx.Client, new_partner: Callable[..., Partner]
) -> None:
    agency = new_partner("hopeful", division="110105")
    county = new_partner("county", role=Role.OFFICIAL, division="110105")
    province = new_partner("province", role=Role.OFFICIAL, division="110000")
    verdict = {"verdict": "truthful", "evidence": "无", "verifier": "自己"}
    claimed = {"status": "verified", "verified_on": "2026-11-05", **verdict}

    def refused(answer: httpx.Response) -> bool:
        return [found["code"] for found in answer.json()["records"][0]["findings"]] == ["INTAKE-111"]

    assert refused(apply(client, agency, 20, **claimed))
    assert apply(client, agency, 20).status_code == 201
    url = "/v1/pledges/CJ-2026-000020"
    body = client.get(url, headers=agency.bearer).json()["body"]
    amended = {"params": {"amend": "true"}, "headers": agency.bearer}
    assert refused(client.post("/v1/pledges", json=body | claimed, **amended))
    assert client.post(f"{url}/verdict", json=verdict, headers=county.bearer).status_code == 403
    patched = client.patch(url, json=claimed, headers={**province.bearer, "If-Match": '"1"'})
    assert refused(patched), "a verdict has a door of its own"
    assert client.post(f"{url}/verdict", json=verdict, headers=province.bearer).status_code == 200
    assert refused(client.post("/v1/pledges", json=body, **amended)), "back to waiting"
    assert refused(client.patch(url, json={"evidence": "另"}, headers={**province.bearer, "If-Match": '"2"'}))
    assert client.get(url, headers=agency.bearer).json()["body"]["verdict"] == "truthful"


def copied(settings: Settings, key: str, copies: int, due_on: str) -> None:
    """Pledges like one that is stored, due on another day."""
    with psycopg.connect(str(settings.database.url)) as connection:
        connection.execute(
            "INSERT INTO record SELECT (jsonb_populate_record(r, jsonb_build_object('key', 'COPY-' || n,"
            " 'due_on', %s::text))).* FROM record r, generate_series(1, %s) n WHERE r.key = %s",
            [due_on, copies, key],
        )


def test_however_many_are_overdue_the_list_says_how_many_it_leaves_out(
    settings: Settings, new_database: Callable[[], str], new_partner: Callable[..., Partner]
) -> None:
    own = settings.model_copy(update={"database": settings.database.model_copy(update={"url": new_database()})})
    agency = issue_partner(own, "many", Role.PARTNER, "110105", None)
    official = issue_partner(own, "beijing", Role.OFFICIAL, "110000", None)
    with running(own) as client:
        assert apply(client, agency, 20).status_code == 201
        copied(own, "CJ-2026-000020", 1205, "2026-10-01")

        async def remind(services: Services) -> list[dict[str, int]]:
            return [await services.pledges.remind(date(2026, 11, 4)) for _ in range(2)]

        assert with_services(own, remind) == [{"reminder_3": 1, "overdue": 1205}, {}]
        listed = client.get("/v1/pledges", params={"limit": 1000}, headers=official.bearer).json()
        assert (len(listed["pledges"]), listed["more"]) == (1000, 206)
        rest = client.get(
            "/v1/pledges", params={"limit": 1000, "after": listed["next"]}, headers=official.bearer
        ).json()
        assert (len(rest["pledges"]), rest["more"], rest["next"]) == (206, 0, None)
        every = [(one["due_on"], one["key"]) for one in listed["pledges"] + rest["pledges"]]
        assert every == sorted(set(every))

        async def overdue(services: Services) -> tuple[int, int]:
            found = await services.pledges.waiting(EVERYTHING, date(2026, 11, 4))
            return len(found.rows), found.more

        assert with_services(own, overdue) == (1000, 205)


def test_a_verdict_needs_evidence_is_final_and_is_told_to_the_applicant(
    client: httpx.Client, new_partner: Callable[..., Partner]
) -> None:
    agency = new_partner("verified", division="110105")
    official = new_partner("verifier", role=Role.OFFICIAL, division="110000")
    assert apply(client, agency, 15).status_code == 201
    key = "CJ-2026-000015"
    verdict = {"verdict": "truthful", "evidence": "经查执法台账无罚款以上处罚", "verifier": "冯核实"}
    url = f"/v1/pledges/{key}/verdict"
    assert client.post(url, json={**verdict, "evidence": " "}, headers=official.bearer).status_code == 400
    assert client.post(url, json=verdict, headers=agency.bearer).status_code == 403
    assert client.post(url, json=verdict, headers=official.bearer).status_code == 200
    assert client.post(url, json=verdict, headers=official.bearer).json()["code"] == "STATE-001"
    shown = client.get(f"/v1/pledges/{key}", headers=agency.bearer).json()
    assert (shown["state"], shown["body"]["verdict"]) == ("verified", "truthful")
    events = client.get("/v1/changes", headers=agency.bearer).json()["changes"]
    assert [(one["event"], one["state"]) for one in events] == [("created", "waiting"), ("amended", "verified")]
    waiting = client.get("/v1/pledges", headers=official.bearer).json()["pledges"]
    assert key not in [one["key"] for one in waiting]
