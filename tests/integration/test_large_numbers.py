"""A number that no database holds is a clear answer at every door, wherever it stands in an address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.routing import Route

from gateway.access.accounts import Role
from gateway.persons.duties import Duty
from gateway.serving.app import routers
from tests.conftest import Partner, issue_partner
from tests.people import SomebodySignedIn, add_person

NUMBERS = {"2^31": 2**31, "2^63 - 1": 2**63 - 1, "2^63": 2**63, "2^64": 2**64, "5000 digits": "9" * 5000}
NOWHERE = UUID(int=1)


def routes() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Method, path and query parameters of everything that is served."""
    for router in routers():
        for route in router.routes:
            if isinstance(route, Route):
                extra: dict[str, Any] = getattr(route, "openapi_extra", None) or {}
                queries = tuple(each["name"] for each in extra.get("parameters", ()) if each["in"] == "query")
                for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
                    yield method, route.path, queries


def filled(path: str, number: object) -> str:
    """The address with that number in each place that takes one, and something in the others."""
    path = re.sub(r"{\w+:uuid}", str(NOWHERE), path)
    return re.sub(r"{\w+(?::\w+)?}", str(number), path)


@pytest.fixture(scope="module")
def operator(settings: Any) -> Partner:
    return issue_partner(settings, "numbers", Role.OPERATOR)


@pytest.fixture(scope="module")
def person(settings: Any) -> SomebodySignedIn:
    return add_person(settings, "chen.gong", {Duty.TECHNICAL_TEAM}, "000000")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_beyond_all_bounds_is_a_clear_answer(
    client: httpx.Client, operator: Partner, person: SomebodySignedIn, number: str
) -> None:
    value, asked, wrong = NUMBERS[number], 0, []
    signed_in = person.auth
    for method, path, queries in routes():
        auth = operator.auth if path.startswith(("/v1/", "/.well-known")) else signed_in
        extra = ("after", "limit", "page", "position") if not path.startswith("/v1/") else ()
        for query in ("", *queries, *extra):
            url = filled(path, value) + (f"?{query}={value}" if query else "")
            content = b"{}" if method in ("POST", "PUT", "PATCH") else None
            answer = client.request(method, url, content=content, auth=auth)
            asked += 1
            if answer.status_code >= 500 and not path.startswith("/soap"):  # whose faults are 500
                wrong.append(f"{method} {path} {query}: {answer.status_code}")
    assert asked > 150
    assert wrong == []
