"""What is asked to be shown in clear, by programs and by pages alike."""

from __future__ import annotations

from gateway.authority.revealing import Purpose
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.lookup import record_by_code, record_by_key
from gateway.doors.requests import Inquiry, bad_parameter
from gateway.ledger.kinds import BEHAVIOURS
from gateway.ledger.rows import RecordRow


async def record_asked(
    call: Inquiry, kind: str, key: str, agency_uscc: str | None, *, partner: str | None = None
) -> RecordRow:
    """A record in sight by its code or number, as `lookup.record_by_key`. Raises Refused (REQUEST-001, REQUEST-003)."""
    if kind not in BEHAVIOURS:
        raise bad_parameter("kind", " | ".join(BEHAVIOURS))
    if not BEHAVIOURS[kind].is_coded:
        return await record_by_key(call, kind, key, agency_uscc or None, partner=partner or None)
    row = await record_by_code(call, key)
    if row.kind != kind:
        raise Refused(problems.NOT_FOUND)
    return row


def purpose_asked(given: object) -> Purpose:
    """Raises Refused (REQUEST-001)."""
    if not isinstance(given, str) or given not in tuple(Purpose):
        raise bad_parameter("purpose", " | ".join(Purpose))
    return Purpose(given)
