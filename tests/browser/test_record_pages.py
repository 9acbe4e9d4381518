"""Rosters and contracts as officials work through them: lists, filters, batches, one record with its people masked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest
from playwright.sync_api import expect

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from schemas import samples
from tests.browser.conftest import Visit, accessible, as_caller, look
from tests.conftest import Partner, ServedProcess, issue_partner

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
_ROSTERS = 54


@pytest.fixture(scope="module", autouse=True)
def official(settings: Settings, service: ServedProcess) -> Partner:
    return issue_partner(settings, "bureau", Role.OFFICIAL, "000000")


@pytest.fixture(scope="module", autouse=True)
def operator(settings: Settings, service: ServedProcess) -> Partner:
    return issue_partner(settings, "team", Role.OPERATOR, "000000")


@pytest.fixture(scope="module")
def rosters(service: ServedProcess, partner: Partner) -> list[str]:
    """The numbers of rosters that wait for their audit: more than a page, one of them amended, one with a finding."""
    bodies = [samples.roster(index, travellers=2) for index in range(1, _ROSTERS + 1)]
    bodies[2]["travellers"][1]["document"]["expires_on"] = "2017-09-01"
    lines = b"\n".join(map(orjson.dumps, bodies))
    with httpx.Client(base_url=service.url, auth=partner.auth, timeout=60, trust_env=False) as client:
        pushed = client.post("/v1/rosters", content=lines, headers={"Content-Type": "application/x-ndjson"})
        assert pushed.json()["counts"]["accepted"] == _ROSTERS, pushed.text
        changed = samples.roster(2, travellers=2) | {"route_name": "泰国曼谷五日游"}
        client.post("/v1/rosters", json=changed, params={"amend": "true"}).raise_for_status()
    return [body["group_no"] for body in bodies]


@pytest.fixture
def signed_in(official: Partner, rosters: list[str], new_visit: Callable[..., Visit]) -> Callable[..., Visit]:
    def open_window(who: Partner = official, **options: Any) -> Visit:
        return new_visit(**(as_caller(who) | options))

    return open_window


@pytest.fixture(scope="module")
def agency_and_letters(service: ServedProcess, operator: Partner, partner: Partner) -> str:
    """The credit code of an agency that is filed; and two contracts that did not pass."""
    agency = {
        "uscc": "91110105MA00ABCD4R",
        "license_no": "L-SH-00321",
        "name": "上海示例旅行社有限公司",
        "legal_representative": "周示例",
        "division": "310115",
        "agency_type": "outbound",
        "outbound": True,
        "border": False,
        "status": "active",
    }
    broken = [samples.contract(index) | {"return_on": "2017-01-01"} for index in (71, 72)]
    with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as client:
        client.post("/v1/agencies", json=agency | {"status": "applied"}, headers=partner.bearer).raise_for_status()
        lines = b"\n".join(map(orjson.dumps, broken))
        kind = {"Content-Type": "application/x-ndjson"}
        pushed = client.post("/v1/contracts", content=lines, headers=kind | partner.bearer)
        assert pushed.json()["counts"]["rejected"] == 2, pushed.text
    return agency["uscc"]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_pages_of_records_read_well(
    signed_in: Callable[..., Visit],
    rosters: list[str],
    contracts: dict[str, dict[str, Any]],
    operator: Partner,
    agency_and_letters: str,
    language: str,
    viewport: dict[str, int],
) -> None:
    visit = signed_in(operator, language=language, viewport=viewport)
    code = contracts["with_document"]["code"]
    for name, path in {
        "rosters": "/rosters?state=submitted",
        "rosters-empty": "/rosters?number=nobody",
        "roster": f"/rosters/{quote(rosters[1], safe='')}",
        "roster-finding": f"/rosters/{quote(rosters[2], safe='')}",
        "contracts": "/contracts",
        "contract": f"/contracts/{code}",
        "agencies": "/agencies",
        "agency": f"/agencies/{agency_and_letters}",
        "dead-letters": "/dead-letters?state=open",
        "audit": "/audit",
    }.items():
        assert visit.open(path) == 200, path
        look(visit, f"{name}-{viewport['width']}-{language}")
        accessible(visit)
