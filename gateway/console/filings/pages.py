"""Filings as pages: what waits for a decision with its days, one with its steps, its acceptance and decision."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.access.powers import Power
from gateway.console.qualifications.decisions import DecidedPages
from gateway.console.qualifications.words import Named
from gateway.console.shell.menu import Entry, Section
from schemas.findings import Text

_TITLE = Text("资质办件", "Filings")
_FILINGS = Named(
    kind="filing",
    base="/filings",
    title=_TITLE,
    key_title=Text("办件编号", "Filing"),
    types="filing_types",
    nothing_yet=Text(
        "旅行社的设立、备案、变更和注销办件从政务服务门户取回，同步之后列在这里。",
        "Set-ups, filings, changes and cancellations are pulled from government portals, and listed here after a sync.",
    ),
)
MENU = (Entry(16, _FILINGS.base, _TITLE, Section.DECIDE, Power.DECIDE_FILINGS, "filings"),)

router = APIRouter(include_in_schema=False)
DecidedPages(_FILINGS, Power.DECIDE_FILINGS).add(router)
