"""Which alerts are asked for, by the same words in the API and on the page."""

from __future__ import annotations

from starlette.requests import Request

from gateway.alerts.alerts import Sought
from gateway.alerts.rows import AlertCode
from gateway.doors.requests import bad_parameter


def sought_alerts(request: Request) -> Sought:
    """`code` and `connector`. Raises Refused (REQUEST-001)."""
    given = {name: value.strip().replace("\0", "") for name, value in request.query_params.items()}
    code = given.get("code") or None
    if code is not None and code not in tuple(AlertCode):
        raise bad_parameter("code", " | ".join(AlertCode))
    return Sought(code=None if code is None else AlertCode(code), connector=given.get("connector") or None)
