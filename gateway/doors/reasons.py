"""Reasons that everybody who sees a record may read."""

from __future__ import annotations

from typing import Any

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.requests import bad_parameter
from schemas.findings import Text, veiled

LONGEST_REASON = 500


def required_reason(given: Any) -> str:
    """Why something was decided. Raises Refused (REQUEST-001)."""
    return reason_of("" if given is None else given) or ""


def reason_of(given: Any) -> str | None:
    """Why a record is moved, as everybody who sees the record may read it. Raises Refused (REQUEST-001)."""
    if given is None:
        return None
    reason = given.strip() if isinstance(given, str) else ""
    if not 1 <= len(reason) <= LONGEST_REASON or "\0" in reason:
        raise bad_parameter("reason", f"1 .. {LONGEST_REASON}")
    if veiled(reason) != reason:
        detail = Text(
            "理由中含有疑似证件号或手机号，请改用游客序号指明",
            "The reason seems to hold a document or telephone number: name the traveller by row instead",
        )
        raise Refused(problems.BAD_REQUEST, detail, parameter="reason")
    return reason
