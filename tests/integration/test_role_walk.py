"""Every duty at every page of the console: who has not the power is refused, whatever the address names."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from itertools import product
from uuid import UUID

import httpx
import pytest
from starlette.routing import Route

from gateway.access.accounts import Role
from gateway.access.powers import Power
from gateway.base.settings import HttpSettings, Settings
from gateway.persons.duties import DUTIES, Duty, OfficeKind, powers_of
from gateway.serving.app import routers
from schemas import samples
from tests.conftest import issue_partner
from tests.people import SomebodySignedIn, add_person

NEEDS: Mapping[str, Power] = {
    "GET /rosters": Power.READ_ROSTERS,
    "POST /rosters": Power.AUDIT_ROSTERS,
    "GET /contracts": Power.READ_CONTRACTS,
    "GET /agencies": Power.READ_AGENCIES,
    "GET /operations": Power.OPERATE,
    "POST /agencies": Power.DECIDE_FILINGS,
    "GET /agency": Power.MANAGE_AGENCY,
    "POST /agency": Power.MANAGE_AGENCY,
    "GET /pledges": Power.DECIDE_FILINGS,
    "POST /pledges": Power.DECIDE_FILINGS,
    "GET /penalties": Power.DECIDE_FILINGS,
    "POST /penalties": Power.DECIDE_FILINGS,
    "GET /pledge-files": Power.DECIDE_FILINGS,
    "GET /pledge-pages": Power.DECIDE_FILINGS,
    "GET /filings": Power.DECIDE_FILINGS,
    "GET /filing-materials": Power.DECIDE_FILINGS,
    "POST /filings": Power.DECIDE_FILINGS,
    "GET /branches": Power.READ_AGENCIES,
    "GET /outlets": Power.READ_AGENCIES,
    "GET /guides": Power.READ_AGENCIES,
    "POST /guides": Power.DECIDE_FILINGS,
    "GET /leaders": Power.READ_AGENCIES,
    "POST /leaders": Power.DECIDE_FILINGS,
    "GET /dead-letters": Power.OPERATE,
    "POST /dead-letters": Power.OPERATE,
    "GET /alerts": Power.OPERATE,
    "POST /alerts": Power.OPERATE,
    "GET /differences": Power.RECONCILE,
    "POST /differences": Power.RECONCILE,
    "GET /reconciliations": Power.RECONCILE,
    "POST /reconciliations": Power.RECONCILE,
    "GET /registrations": Power.MANAGE_PARTNERS,
    "POST /registrations": Power.MANAGE_PARTNERS,
    "GET /connectors": Power.EDIT_CONNECTORS,
    "POST /connectors": Power.EDIT_CONNECTORS,
    "GET /audit": Power.READ_AUDIT,
    "GET /statistics": Power.READ_STATISTICS,
    "POST /statistics": Power.PUBLISH_STATISTICS,
    "GET /own-statistics": Power.REPORT,
    "POST /own-statistics": Power.REPORT,
    "GET /retention": Power.MANAGE_RETENTION,
    "POST /retention": Power.MANAGE_RETENTION,
    "GET /subjects": Power.MANAGE_RETENTION,
    "POST /subjects": Power.MANAGE_RETENTION,
    "GET /import": Power.REPORT,
    "POST /import": Power.REPORT,
    "GET /submissions": Power.REPORT,
    "POST /submissions": Power.REPORT,
    "POST /reveal": Power.REVEAL,
    "GET /online-contracts": Power.REPORT,
    "POST /online-contracts": Power.REPORT,
    "GET /template-upload": Power.EDIT_TEMPLATES,
    "POST /template-upload": Power.EDIT_TEMPLATES,
    "POST /templates": Power.EDIT_TEMPLATES,
    "GET /template-bench": Power.EDIT_CONNECTORS,
    "POST /template-bench": Power.EDIT_CONNECTORS,
    "GET /seals": Power.APPLY_SEALS,
    "POST /seals": Power.APPLY_SEALS,
    "GET /seal-check": Power.READ_ROSTERS,
    "POST /seal-check": Power.READ_ROSTERS,
    "GET /sealed-rosters": Power.REPORT,
    "GET /inspect": Power.INSPECT,
    "POST /inspect": Power.INSPECT,
    "GET /partners": Power.MANAGE_PARTNERS,
    "POST /partners": Power.MANAGE_PARTNERS,
    "GET /keys": Power.MANAGE_AGENCY,
    "POST /keys": Power.MANAGE_AGENCY,
    "GET /deliveries": Power.MANAGE_AGENCY,
    "POST /deliveries": Power.MANAGE_AGENCY,
    "GET /accounts": Power.MANAGE_ACCOUNTS,
    "POST /accounts": Power.MANAGE_ACCOUNTS,
    "GET /administrators": Power.MANAGE_ACCOUNTS,
}
"""What a page needs, by method and the first part of its address. A page that stands nowhere here fails the test."""
OF_EVERYBODY = ("/desk", "/me", "/views", "/templates")
"""Of whoever has signed in: their own things, and what is published."""
OF_NOBODY = ("/signin", "/signout", "/activate", "/register", "/sign")
"""On the way in, or known by a secret link."""
PUBLIC = (
    "/",
    "/verify",
    "/status",
    "/v",
    "/test",
    "/V",
    "/T",
    "/R",
    "/r",
    "/TEST",
    "/docs",
    "/problems",
    "/guide",
    "/static",
)
OWN = {"sec-fetch-site": "same-origin"}
_FILLED = {"uuid": str(UUID(int=7)), "whole": "7", "int": "7", "str": "x", "path": "x"}


def pages() -> Iterator[tuple[str, str]]:
    """Method and address of every page of the console, its parameters filled with what there is not."""
    for router in routers():
        for route in router.routes:
            if isinstance(route, Route) and "gateway.console" in getattr(route.endpoint, "__module__", ""):
                for method in (route.methods or set()) - {"HEAD"}:
                    yield method, re.sub(r"{\w+(?::(\w+))?}", lambda found: _FILLED[found[1] or "str"], route.path)


def first_part(path: str) -> str:
    return "/" + path.lstrip("/").partition("/")[0].partition(".")[0]


def test_every_page_is_public_everybodys_or_needs_a_power() -> None:
    known = {*OF_EVERYBODY, *OF_NOBODY, *PUBLIC}
    lost = [f"{method} {path}" for method, path in pages() if not (
        first_part(path) in known or f"{method} {first_part(path)}" in NEEDS
    )]  # fmt: skip
    assert lost == []


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Of a service without TLS, whose cookie has no prefix."""
    return settings.model_copy(update={"http": HttpSettings(public_url="http://hub.example.test")})


@pytest.fixture(scope="module")
def people(settings: Settings, client: httpx.Client) -> dict[Duty, SomebodySignedIn]:
    """Somebody of every duty, who has no other."""
    issue_partner(settings, "walked", Role.PARTNER, "350203", uscc="91350203MA9990001W")
    found = {}
    for duty, facts in DUTIES.items():
        agency = "walked" if facts.office is OfficeKind.AGENCY else None
        found[duty] = add_person(settings, f"w.{duty.value[:20]}", {duty}, "350200", agency=agency)
    return found


def test_who_has_not_the_power_is_refused_at_every_page(
    client: httpx.Client, people: dict[Duty, SomebodySignedIn]
) -> None:
    asked = [
        (duty, method, path, NEEDS[f"{method} {first_part(path)}"])
        for duty, (method, path) in product(people, pages())
        if f"{method} {first_part(path)}" in NEEDS
    ]

    async def walk() -> list[int]:
        turns = asyncio.Semaphore(8)
        async with httpx.AsyncClient(
            base_url=client.base_url, headers={**client.headers, **OWN}, timeout=60
        ) as browser:

            async def ask(duty: Duty, method: str, path: str) -> int:
                async with turns:
                    return (await browser.request(method, path, auth=people[duty].auth)).status_code

            return await asyncio.gather(*(ask(duty, method, path) for duty, method, path, _ in asked))

    wrong = []
    for (duty, method, path, power), status in zip(asked, asyncio.run(walk()), strict=True):
        is_refused = status == 403
        if is_refused is (power in powers_of({duty})) or status >= 500:
            wrong.append(f"{duty} {method} {path}: {status}")
    assert wrong == []
    assert len(asked) > 300


def test_nothing_of_another_division_or_agency_is_there(settings: Settings, client: httpx.Client) -> None:
    uscc = samples.roster(1)["agency"]["uscc"]
    sender = issue_partner(settings, "here", Role.PARTNER, "310115", uscc=uscc)
    roster = client.post("/v1/rosters", json=samples.roster(1), auth=sender.auth).json()["records"][0]
    contract = client.post("/v1/contracts", json=samples.contract(1), auth=sender.auth).json()["records"][0]
    officials = {Duty.ROSTER_OFFICER, Duty.CONTRACT_OFFICER, Duty.INSPECTOR, Duty.QUALIFICATION_OFFICER}
    near = add_person(settings, "near", officials, "310000")
    far = add_person(settings, "far", officials, "330000")
    issue_partner(settings, "other", Role.PARTNER, "350203", uscc="91350100M000100Y43", speaks_for="")
    clerk = add_person(settings, "clerk", {Duty.AGENCY_CLERK}, agency="other")
    places = [f"/rosters/{samples.roster(1)['group_no']}", f"/contracts/{contract['code']}"]
    assert roster["status"] == "accepted"
    for place in places:
        assert client.get(place, auth=near.auth).status_code == 200, place
        assert client.get(place, auth=far.auth).status_code == 404, place
        assert client.get(place, auth=clerk.auth).status_code == 404, place
    audited = client.post(places[0], data={"decision": "audited"}, auth=far.auth, headers=OWN)
    assert audited.status_code == 404


def test_nobody_gets_more_powers_by_somebodys_key(
    settings: Settings, client: httpx.Client, people: dict[Duty, SomebodySignedIn]
) -> None:
    """A technical team replaces the keys of partners; those of an operator or an authority would be worth more."""
    team = people[Duty.TECHNICAL_TEAM]
    for role, allowed in ((Role.OPERATOR, False), (Role.OFFICIAL, False), (Role.PARTNER, True)):
        held = issue_partner(settings, f"held-{role}", role, "350203", speaks_for="")
        place = f"/partners/{held.name}/{held.api_key}"
        assert client.get(f"/partners/{held.name}", auth=team.auth).status_code == 200
        assert client.post(f"{place}/rotate", auth=team.auth, headers=OWN).status_code == (200 if allowed else 403)
        assert client.post(f"{place}/revoke", auth=team.auth, headers=OWN).status_code == (303 if allowed else 403)
