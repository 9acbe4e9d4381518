"""What is asked about purges and holds, by programs and on pages."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.requests import Inquiry, bad_parameter
from gateway.ledger.kinds import BEHAVIOURS
from gateway.retention.holds import LONGEST_REASON

MOST_AT_ONCE = 50
"""Transactions of a purge for one request; a longer one goes on with the next."""


async def hold_asked(call: Inquiry, given: Mapping[str, object]) -> tuple[Tenant, tuple[str, str] | None, str]:
    """The agency, the record where one is meant, and the reason of a hold.

    Raises Refused (REQUEST-001, REQUEST-003).
    """
    partner, kind, key, reason = (_text(given, name) for name in ("partner", "kind", "key", "reason"))
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise bad_parameter("reason", f"1 .. {LONGEST_REASON}")
    if kind and kind not in BEHAVIOURS:
        raise bad_parameter("kind", " | ".join(BEHAVIOURS))
    if bool(kind) != bool(key):
        raise bad_parameter("key", "kind + key")
    agency = await call.services.accounts.named(partner)
    if agency is None:
        raise Refused(problems.NOT_FOUND)
    return agency, (kind, key) if kind else None, reason


def _text(given: Mapping[str, object], name: str) -> str:
    value = given.get(name) or ""
    if not isinstance(value, str) or "\0" in value:
        raise bad_parameter(name, "text")
    return value.strip()
