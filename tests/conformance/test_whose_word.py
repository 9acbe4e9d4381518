"""**States and verdicts are the authority's words**: no door takes them from a partner, each takes the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.doors.rest.filed.routes import PLURALS
from schemas import filed_samples
from tests.conformance import raw
from tests.conformance.doors import House
from tests.conformance.raw import Said

CLAIMS: dict[str, dict[str, Any]] = {
    "agency": {"status": "active"},
    "branch": {"status": "filed"},
    "filing": {"status": "approved", "decision": {"result": "approved", "decided_on": "2026-11-20"}},
    "guide": {"status": "valid"},
    "leader": {"status": "filed"},
    "outlet": {"status": "filed"},
    "pledge": {
        "status": "verified",
        "verdict": "truthful",
        "evidence": "示例",
        "verifier": "示例处",
        "verified_on": "2026-11-20",
    },
}
WAYS: dict[str, tuple[Callable[[str], Callable[..., bytes]], Callable[[str], Callable[[House, bytes], Said]]]] = {
    "rest": (lambda kind: raw.as_json, raw.rest),
    "submissions": (lambda kind: raw.as_json, raw.submissions),
    "workbook": (raw.as_workbook, lambda kind: raw.submissions(kind, "application/octet-stream")),
    "sftp": (lambda kind: raw.as_json, lambda kind: raw.sftp(f"plain_{kind}", "json")),
    "batch": (lambda kind: raw.as_line, raw.batch),
}
"""How a record of a kind is written for a door, and sent. Neither SOAP nor the ERP's protocol have such kinds."""


def said(house: House, door: str, kind: str, claim: dict[str, Any]) -> Said:
    body = filed_samples.SAMPLES[kind](60)
    for name in ("decision", "accepted_on", "steps", "verdict", "verifier", "verified_on", "evidence"):
        body.pop(name, None)
    write, send = WAYS[door]
    own = replace(house, tenant=f"word-{door}-{kind}-{claim['status']}")
    return send(kind)(own, write(kind)(body | claim))


def test_every_kind_that_portals_keep_is_asked_about() -> None:
    assert CLAIMS.keys() == PLURALS.keys()


@pytest.mark.parametrize("door", WAYS)
@pytest.mark.parametrize("kind", CLAIMS)
def test_what_only_the_authority_says_no_partner_says(house: House, door: str, kind: str) -> None:
    assert "INTAKE-111" in (found := said(house, door, kind, CLAIMS[kind])).codes, found
    assert found.statuses == ("conflict",)


@pytest.mark.parametrize("door", WAYS)
@pytest.mark.parametrize("kind", CLAIMS)
def test_an_application_is_taken_by_every_door(house: House, door: str, kind: str) -> None:
    entered = "waiting" if kind == "pledge" else "applied"
    assert said(house, door, kind, {"status": entered}) == Said(("accepted",), frozenset())
