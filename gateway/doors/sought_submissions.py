"""Which submissions are asked for, by the same words in the API and on the page."""

from __future__ import annotations

from starlette.requests import Request

from adapters.envelope import Channel
from gateway.doors.requests import bad_parameter
from gateway.ledger.wanted import Sent
from schemas.catalog import kind_names


def sought_submissions(request: Request) -> Sent:
    """`kind` and `channel`. Raises Refused (REQUEST-001)."""
    kind, channel = (request.query_params.get(name) or None for name in ("kind", "channel"))
    if kind is not None and kind not in tuple(kind_names()):
        raise bad_parameter("kind", " | ".join(kind_names()))
    if channel is not None and channel not in tuple(Channel):
        raise bad_parameter("channel", " | ".join(Channel))
    return Sent(kind=kind, channel=None if channel is None else Channel(channel))
