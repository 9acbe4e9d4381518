"""What an agency says of itself beside what its portal keeps: where they differ, and its taking over by the authority.

An agency's word is a record of its own, `applied`; the authority takes it over into the record that is kept, or lets it
stand as the record where nobody keeps one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.access.accounts import Accounts, Actor, must_may
from gateway.access.powers import Power
from gateway.authority.desk import Action, Desk
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.ledger import lifecycle
from gateway.ledger.reader import Reader
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import open_body
from gateway.ledger.two_sided import content
from gateway.ledger.values import Answer

SELF_REPORTED, _ACTIVE = "applied", "active"
_NOT_TAKEN = frozenset({"status", "penalties", "effective_from", "effective_to"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfReport:
    """The agency's word, `kept` what stands beside it, and the `differences` that it would make there, masked."""

    reported: RecordRow
    kept: RecordRow | None
    differences: Sequence[Mapping[str, Any]]
    patch: Mapping[str, Any]


class SelfReports:
    """Looks at agencies' words, and takes them over."""

    def __init__(self, reader: Reader, accounts: Accounts, desk: Desk) -> None:
        self._reader = reader
        self._accounts = accounts
        self._desk = desk

    async def of(self, actor: Actor, uscc: str) -> SelfReport | None:
        """What the agency of a credit code says, in the actor's sight; None where it says nothing else than is kept."""
        rows = await self._reader.by_keys(actor.scope, "agency", [uscc])
        newest = sorted(rows, key=lambda row: row.stored_at, reverse=True)
        reported = next((row for row in newest if row.state == SELF_REPORTED), None)
        kept = next((row for row in newest if row.state != SELF_REPORTED), None)
        if reported is None:
            return None
        if kept is None:
            return SelfReport(reported=reported, kept=None, differences=(), patch={"status": _ACTIVE})
        new, old = await self._content(reported), await self._content(kept)
        patch = {name: value for name, value in new.items() if old.get(name) != value}
        if not patch:
            return None
        differences = lifecycle.differences(kept.schema, old, old | patch)
        return SelfReport(reported=reported, kept=kept, differences=differences, patch=patch)

    async def take_over(self, actor: Actor, uscc: str, seen: str) -> Answer:
        """The answer to taking the word over; `seen` is the mark of what somebody was shown.

        Raises Refused (AUTH-005, REQUEST-003, STATE-001, STATE-002).
        """
        must_may(actor, Power.DECIDE_FILINGS)
        report = await self.of(actor, uscc)
        if report is None:
            raise Refused(problems.NOT_FOUND)
        if seen != mark_of(report):
            raise Refused(problems.VERSION_MOVED, seen=mark_of(report))
        record = report.kept or report.reported
        return await self._desk.change(actor, record, report.patch, record.version, action=Action.TAKE_OVER)

    async def _content(self, row: RecordRow) -> dict[str, Any]:
        body = open_body(row, (await self._accounts.tenant(row.tenant_id)).seal)
        return {name: value for name, value in content(body).items() if name not in _NOT_TAKEN}


def mark_of(report: SelfReport) -> str:
    """The versions of both sides."""
    kept = "" if report.kept is None else f".{report.kept.submission_id}"
    return f"{report.reported.submission_id}{kept}"
