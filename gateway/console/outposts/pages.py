"""Branches and service outlets as pages: those that are filed, and one with its agency and the filings about it."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.access.powers import Power
from gateway.console.qualifications.decisions import DecidedPages
from gateway.console.qualifications.words import Named
from gateway.console.shell.menu import Entry, Section
from schemas.findings import Text

_BRANCHES = Named(
    kind="branch",
    base="/branches",
    title=Text("分社", "Branches"),
    key_title=Text("统一社会信用代码", "Credit code"),
    nothing_yet=Text(
        "分社的备案从门户取回，或由旅行社登记，列在这里。",
        "Branches are pulled from portals or entered by their agencies, and listed here.",
    ),
)
_OUTLETS = Named(
    kind="outlet",
    base="/outlets",
    title=Text("服务网点", "Outlets"),
    key_title=Text("统一社会信用代码", "Credit code"),
    nothing_yet=Text(
        "服务网点的备案从门户取回，或由旅行社登记，列在这里。",
        "Outlets are pulled from portals or entered by their agencies, and listed here.",
    ),
)
MENU = (
    Entry(51, _BRANCHES.base, _BRANCHES.title, Section.RECORDS, Power.READ_AGENCIES),
    Entry(51, _OUTLETS.base, _OUTLETS.title, Section.RECORDS, Power.READ_AGENCIES),
)

router = APIRouter(include_in_schema=False)
DecidedPages(_BRANCHES, Power.READ_AGENCIES).add(router)
DecidedPages(_OUTLETS, Power.READ_AGENCIES).add(router)
