"""What an authority may do next to a filing, a guide or a leader, and what its word then says. Pure.

The tables stand in `gateway.ledger.states`; the agency's own step, to confirm a guide, is not the authority's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from gateway.base.states import Machine
from gateway.ledger.states import FILINGS, GUIDES, LEADERS, FilingState, GuideState, LeaderState

MACHINES: Mapping[str, Machine[Any]] = {"filing": FILINGS, "guide": GUIDES, "leader": LEADERS}
_OF_AUTHORITY: Mapping[str, frozenset[StrEnum]] = {
    "filing": frozenset({FilingState.ACCEPTED, FilingState.CORRECTION, FilingState.APPROVED, FilingState.REFUSED}),
    "guide": frozenset({GuideState.VALID, GuideState.REFUSED, GuideState.SUSPENDED, GuideState.CANCELLED}),
    "leader": frozenset({LeaderState.FILED, LeaderState.REFUSED, LeaderState.CANCELLED}),
}
NEEDS_REASON: frozenset[StrEnum] = frozenset(
    {
        FilingState.CORRECTION,
        FilingState.REFUSED,
        GuideState.REFUSED,
        GuideState.SUSPENDED,
        GuideState.CANCELLED,
        LeaderState.REFUSED,
        LeaderState.CANCELLED,
    }
)
_DECIDED = frozenset({FilingState.APPROVED, FilingState.REFUSED})
UNDECIDED = tuple(FILINGS.before(FilingState.WITHDRAWN))
"""The states in which a filing waits for somebody."""
_STEP_NAMES: Mapping[StrEnum, str] = {
    FilingState.ACCEPTED: "受理",
    FilingState.CORRECTION: "补正告知",
    FilingState.APPROVED: "决定",
    FilingState.REFUSED: "决定",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """The word of an authority: what becomes of a record, when, who says so and why."""

    state: StrEnum
    said_on: date
    authority: str
    reason: str | None


def next_states(kind: str, state: str) -> tuple[StrEnum, ...]:
    """What an authority may make of a record in a state; nothing for a kind without such a table."""
    machine = MACHINES.get(kind)
    if machine is None or state not in machine.states:
        return ()
    now = type(machine.states[0])(state)
    return tuple(each for each in machine.states if each in _OF_AUTHORITY[kind] and machine.may_move(now, each))


def patch_of(kind: str, body: Mapping[str, Any], word: Word) -> dict[str, Any]:
    """What the word changes in a record, as a JSON merge patch."""
    if kind == "filing":
        return _filing_patch(body, word)
    return {"status": word.state.value, "opinion": word.reason}


def _filing_patch(body: Mapping[str, Any], word: Word) -> dict[str, Any]:
    steps = body.get("steps", [])
    step = {
        "seq_no": len(steps) + 1,
        "name": _STEP_NAMES[word.state],
        "done_on": word.said_on.isoformat(),
        "authority": word.authority,
    }
    patch: dict[str, Any] = {"status": word.state.value, "steps": [*steps, step]}
    if word.reason:
        step["opinion"] = word.reason
    if word.state is FilingState.ACCEPTED:
        patch["accepted_on"] = word.said_on.isoformat()
    if word.state in _DECIDED:
        patch["decision"] = {
            "result": word.state.value,
            "decided_on": word.said_on.isoformat(),
            "authority": word.authority,
            "reason": word.reason,
        }
    return patch
