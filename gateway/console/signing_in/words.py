"""What the pages of signing in say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.persons.own_account import Factors
from gateway.persons.rows import SessionRow
from gateway.wording.dates import moment
from gateway.wording.languages import word
from schemas.findings import Text

_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_MACHINES = (
    (re.compile("iPhone|iPad"), "iOS"),
    (re.compile("Android"), "Android"),
    (re.compile("Windows"), "Windows"),
    (re.compile("Mac OS"), "macOS"),
    (re.compile("Linux|HarmonyOS"), "Linux"),
)
_ANY = Text("浏览器", "A browser")


def shown_factors(factors: Factors, language: str) -> dict[str, Any]:
    return {
        "has_totp": factors.has_totp,
        "recovery_codes": factors.recovery_codes,
        "passkeys": [
            {
                "id": each.id.hex(),
                "title": each.title,
                "created": moment(each.created_at, language),
                "used": "" if each.used_at is None else moment(each.used_at, language),
            }
            for each in factors.passkeys
        ],
    }


def shown_sessions(rows: Sequence[SessionRow], own: UUID, language: str) -> list[dict[str, Any]]:
    return [
        {
            "id": str(row.id),
            "browser": browser_name(row.agent, language),
            "network": row.network,
            "begun": moment(row.begun_at, language),
            "seen": moment(row.seen_at, language),
            "is_own": row.id == own,
        }
        for row in rows
    ]


def browser_name(agent: str, language: str) -> str:
    """What a browser calls itself, as short as people know it."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), word(_ANY, language))
    machine = next((name for mark, name in _MACHINES if mark.search(agent)), "")
    return f"{browser} · {machine}" if machine else browser
