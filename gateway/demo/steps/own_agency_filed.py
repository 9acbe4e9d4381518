"""An agency without a system of its own: its facts, people and an outbound pledge, for the pages of both sides."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

from gateway.base.clock import Clock
from gateway.demo.partners import PARTNERS
from gateway.demo.stage import Shown, Stage, good, records_of, shown
from schemas import filed_samples

_AGENT = next(each for each in PARTNERS if each.id == "minnan")
_LAST_KNOWN = date(2026, 12, 18)
"""Later there is no table of working days yet."""
_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 64>>stream
BT /F 18 Tf 72 720 Td (Outbound pledge, a synthetic sample) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""


def play(stage: Stage) -> Shown:
    """What the agency hands in; an official finds it to be decided, the agency's administrator an applicant."""
    received = stage.memory.recall("pledged_on", lambda: min(Clock.china_today(), _LAST_KNOWN).isoformat())
    records: list[dict[str, Any]] = []
    with stage.client("minnan") as client:
        for plural, body in _bodies(received).items():
            records += records_of("minnan", plural, client.post(f"/v1/{plural}", json=body).json())
        place = f"/v1/pledges/{_bodies(received)['pledges']['application_no']}/document"
        good(client.put(place, content=_PDF, headers={"Content-Type": "application/pdf"}))
    return shown("企业信息、分社、导游、领队、办件和出境业务承诺", records)


def _bodies(received: str) -> dict[str, dict[str, Any]]:
    """By the plural of their kind; all as an agency may say them."""
    named = {"uscc": _AGENT.uscc, "name": _AGENT.title, "license_no": _AGENT.license_no, "division": _AGENT.division}
    of = {"agency_uscc": _AGENT.uscc, "agency_name": _AGENT.title, "division": _AGENT.division, "status": "applied"}
    filing = filed_samples.filing(9001) | {"status": "applied", "division": _AGENT.division, "agency_uscc": _AGENT.uscc}
    del filing["accepted_on"]
    return {
        "agencies": filed_samples.agency(9001) | named | {"status": "applied"},
        "branches": filed_samples.branch(9001) | of | {"name": f"{_AGENT.title}思明示例分社"},
        "guides": filed_samples.guide(9001) | of,
        "leaders": filed_samples.leader(9001) | of,
        "filings": filing | {"subject_uscc": _AGENT.uscc, "subject_name": _AGENT.title},
        "pledges": filed_samples.pledge(9001)
        | {"agency": named, "division": _AGENT.division, "received_on": received}
        | {"pledge_file": {"name": "承诺书.pdf", "sha256": sha256(_PDF).hexdigest()}},
    }
