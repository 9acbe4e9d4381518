"""The version of a record that somebody has seen before changing it."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request

from gateway.doors.requests import bad_parameter
from schemas.findings import Text

_ETAG = re.compile(r'"(\d{1,9})"')
IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
    "description": Text("变更所依据的版本，取自 `ETag`", "The version the change was made on, as the ETag gave it"),
}


def version_seen(request: Request) -> int:
    """What `If-Match` names. Raises Refused (REQUEST-001) where it is not told."""
    matched = _ETAG.fullmatch(request.headers.get("if-match", ""))
    if matched is None:
        raise bad_parameter("If-Match", '"<version>"')
    return int(matched[1])
