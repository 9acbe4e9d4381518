"""What is asked about purges and holds, by programs and on pages."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.reasons import required_reason
from gateway.doors.requests import Inquiry, bad_parameter
from gateway.ledger.kinds import BEHAVIOURS
from gateway.retention.subjects import Asking, SubjectPurpose
from schemas.findings import veiled
from schemas.normal import plain_identifier

_LONGEST_NUMBER, _LONGEST_REQUEST = 50, 64
MOST_AT_ONCE = 50
"""Transactions of a purge for one request; a longer one goes on with the next."""


async def hold_asked(call: Inquiry, given: Mapping[str, object]) -> tuple[Tenant, tuple[str, str] | None, str]:
    """The agency, the record where one is meant, and the reason of a hold.

    Raises Refused (REQUEST-001, REQUEST-003).
    """
    partner, kind, key = (_text(given, name) for name in ("partner", "kind", "key"))
    reason = required_reason(given.get("reason"))
    if kind and kind not in BEHAVIOURS:
        raise bad_parameter("kind", " | ".join(BEHAVIOURS))
    if bool(kind) != bool(key):
        raise bad_parameter("key", "kind + key")
    agency = await call.services.accounts.named(partner)
    if agency is None:
        raise Refused(problems.NOT_FOUND)
    return agency, (kind, key) if kind else None, reason


def subject_asked(given: Mapping[str, object]) -> Asking:
    """Who is looked for, for which request and why. Raises Refused (REQUEST-001)."""
    number, request_no, purpose = (_text(given, name) for name in ("document_no", "request_no", "purpose"))
    if not 1 <= len(number) <= _LONGEST_NUMBER:
        raise bad_parameter("document_no", f"1 .. {_LONGEST_NUMBER}")
    if not 1 <= len(request_no) <= _LONGEST_REQUEST or veiled(request_no) != request_no:
        raise bad_parameter("request_no", f"1 .. {_LONGEST_REQUEST}")
    if purpose not in list(SubjectPurpose):
        raise bad_parameter("purpose", " | ".join(SubjectPurpose))
    plain = plain_identifier(number).upper()
    return Asking(document_no=plain, request_no=request_no, purpose=SubjectPurpose(purpose))


def _text(given: Mapping[str, object], name: str) -> str:
    value = given.get(name) or ""
    if not isinstance(value, str) or "\0" in value:
        raise bad_parameter(name, "text")
    return value.strip()
