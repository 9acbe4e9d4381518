"""From what everybody may look at to where an inspector records a check of it."""

from __future__ import annotations

from starlette.requests import Request

from gateway.access.powers import Power
from gateway.console.field_checks.words import place_of_check
from gateway.console.shell.visitors import anybody
from gateway.doors.requests import is_exposed


async def check_place(request: Request, about: str) -> str:
    """The page where a contract or roster is checked, for an inspector who is signed in; empty for everybody else."""
    person = None if is_exposed(request) else await anybody(request)
    return place_of_check(about) if person is not None and person.may(Power.INSPECT) else ""
