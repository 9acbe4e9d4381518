"""Guides and tour leaders as pages: those that are filed or apply, one, and the word of the authority on it."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.access.powers import Power
from gateway.console.qualifications.decisions import DecidedPages
from gateway.console.qualifications.words import Named
from gateway.console.shell.menu import Entry, Section
from schemas.findings import Text

_GUIDES = Named(
    kind="guide",
    base="/guides",
    title=Text("导游", "Guides"),
    key_title=Text("导游证号", "Guide card"),
    types="guide_levels",
    nothing_yet=Text(
        "导游证申请人和导游从门户取回，或由旅行社报送，列在这里。",
        "Guides, and those who apply for a card, are pulled from portals or reported by agencies, and listed here.",
    ),
)
_LEADERS = Named(
    kind="leader",
    base="/leaders",
    title=Text("领队", "Tour leaders"),
    key_title=Text("领队证号", "Certificate"),
    types="leader_types",
    nothing_yet=Text(
        "旅行社备案的领队列在这里，由主管部门核准。",
        "Tour leaders that agencies file are listed here, for the authority to approve.",
    ),
)
MENU = (
    Entry(52, _GUIDES.base, _GUIDES.title, Section.RECORDS, Power.READ_AGENCIES, "guides", "?state=confirmed"),
    Entry(
        53,
        _GUIDES.base,
        Text("旅行社不予确认", "Declined by agencies"),
        Section.RECORDS,
        Power.DECIDE_FILINGS,
        "declined",
        "?state=declined",
        comes_and_goes=True,
    ),
    Entry(54, _LEADERS.base, _LEADERS.title, Section.RECORDS, Power.READ_AGENCIES, "leaders", "?state=applied"),
)

router = APIRouter(include_in_schema=False)
DecidedPages(_GUIDES, Power.READ_AGENCIES).add(router)
DecidedPages(_LEADERS, Power.READ_AGENCIES).add(router)
