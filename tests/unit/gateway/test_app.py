"""What the service answers to: each address by one route, whichever folder that stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

from starlette.routing import Match, Route

from gateway.serving.app import routers

_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")


def routes() -> Iterator[tuple[int, Route]]:
    """All routes, with the number of the router that they belong to."""
    for number, router in enumerate(routers()):
        for route in router.routes:
            assert isinstance(route, Route)
            yield number, route


def example(route: Route) -> str:
    """An address that the route is for."""
    return _PARAMETER.sub(lambda found: str(UUID(int=1)) if found[2] == "uuid" else f"any-{found[1]}", route.path)


def answers(route: Route, method: str, path: str) -> bool:
    match, _ = route.matches({"type": "http", "method": method, "path": path, "root_path": "", "headers": []})
    return match is Match.FULL


def test_doors_and_pages_are_found_where_they_lie() -> None:
    paths = {route.path for _, route in routes()}
    assert {"/v1/contracts", "/soap", "/v1/econtract/apply/{contract_number:path}", "/verify", "/differences"} <= paths


def test_no_two_folders_answer_one_address() -> None:
    every = list(routes())
    twice = [
        f"{method} {route.path} and {other.path}"
        for number, route in every
        for method in route.methods or ()
        for theirs, other in every
        if theirs != number and answers(other, method, example(route))
    ]
    assert twice == []
