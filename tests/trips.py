"""Trips that lie ahead: samples start on a fixed day, and a trip long past draws a warning of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from gateway.base.clock import Clock

_DAYS_AHEAD = 30
LONG_AGO = datetime(2017, 8, 1, tzinfo=UTC)
"""Before the trips of the samples, for `Clock.standing_at`: what comes then has been kept for years since."""


def ahead(contract: dict[str, Any]) -> dict[str, Any]:
    """The contract with its trip, as long as it was, a month from today, and signed as long before."""
    moved = Clock.china_today() + timedelta(days=_DAYS_AHEAD) - date.fromisoformat(contract["depart_on"])
    days = (name for name in ("signed_on", "depart_on", "return_on") if name in contract)
    return contract | {name: (date.fromisoformat(contract[name]) + moved).isoformat() for name in days}


def haixi_ahead(contract: dict[str, Any]) -> dict[str, Any]:
    """The same for a contract of three days in the words of the vendor's service."""
    begin = Clock.china_today() + timedelta(days=_DAYS_AHEAD)
    days = {"bgndate": f"{begin:%Y%m%d}", "enddate": f"{begin + timedelta(days=2):%Y%m%d}"}
    return {**contract, "contractTeam": {**contract["contractTeam"], **days}}
