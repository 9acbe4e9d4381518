"""Where the list of what waits for a decision goes on, as addresses say it."""

from __future__ import annotations

from starlette.requests import Request

from gateway.authority.desk import Place
from gateway.doors.requests import bad_parameter


def place_parameter(request: Request, name: str) -> Place | None:
    """A query parameter that is `next` of the page before. Raises Refused (REQUEST-001)."""
    value = request.query_params.get(name)
    try:
        return None if value is None else Place.read(value)
    except ValueError:
        raise bad_parameter(name, "UUID | UUID/kind/key") from None
