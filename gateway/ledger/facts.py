"""What may be known of a record without opening its seal: the columns in clear, per kind. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from gateway.access.tenants import Tenant
from gateway.ledger.values import Facts

_day = lru_cache(maxsize=4096)(date.fromisoformat)


def facts_of(kind: str, body: Mapping[str, Any], tenant: Tenant) -> Facts:
    """The facts of a valid canonical `body`. An agency that does not state its USCC is the partner's own."""
    return _FACTS[kind](body, tenant)


def _contract(body: Mapping[str, Any], tenant: Tenant) -> Facts:
    agency = body["agency"]
    return Facts(
        body["contract_type"],
        agency["name"],
        agency.get("uscc") or tenant.uscc,
        _day(body["depart_on"]),
        _day(body["return_on"]),
        body["headcount"],
        _people(body, tenant),
    )


def _roster(body: Mapping[str, Any], tenant: Tenant) -> Facts:
    agency = body["agency"]
    departs = body.get("depart_on") or body.get("exit_date") or body.get("entry_date")
    returns = body.get("return_on") or body.get("entry_date") or body.get("exit_date")
    return Facts(
        body["roster_type"],
        agency["name"],
        agency.get("uscc") or tenant.uscc,
        departs and _day(departs),
        returns and _day(returns),
        body["total_count"],
        _people(body, tenant),
    )


def _filed(body: Mapping[str, Any], tenant: Tenant) -> Facts:
    """What portals keep. Its division counts when it is within the partner's own; names of persons do not count."""
    agency = body.get("agency", {})
    name = agency.get("name") or body.get("agency_name") or body.get("subject_name")
    uscc = agency.get("uscc") or body.get("agency_uscc") or body.get("subject_uscc") or body.get("uscc")
    begins = next((body[field] for field in _BEGINNINGS if field in body), None)
    return Facts(
        next((body[field] for field in _SUBKINDS if field in body), body["status"]),
        name or (body["name"] if "uscc" in body else ""),
        uscc or "",
        None,
        None,
        0,
        [tenant.seal.blind(body["document"]["number"])] if "document" in body else [],
        own_division(body.get("division"), tenant.division),
        begins and _day(begins),
        body.get("revision", 0),
        body.get("unconfirmed", False),
    )


def own_division(division: str | None, outer: str) -> str | None:
    """A division of GB/T 2260, when it is `outer` or below it."""
    return division if division and division.startswith(re.sub("(00)+$", "", outer)) else None


def _people(body: Mapping[str, Any], tenant: Tenant) -> list[int]:
    blind = tenant.seal.blind
    return [
        blind(document["number"])
        for traveller in body["travellers"]
        if (document := traveller.get("document")) and document.get("number")
    ]


_BEGINNINGS = ("effective_from", "applied_on", "received_on", "filed_on", "licensed_on")
_SUBKINDS = ("agency_type", "filing_type", "leader_type", "level")
SUBKINDS = ("contract_type", "roster_type", *_SUBKINDS, "status")
"""The fields that may tell the type of a record, in the order in which they are asked."""
_FACTS: dict[str, Callable[[Mapping[str, Any], Tenant], Facts]] = {
    "agency": _filed,
    "branch": _filed,
    "contract": _contract,
    "filing": _filed,
    "guide": _filed,
    "leader": _filed,
    "outlet": _filed,
    "pledge": _filed,
    "roster": _roster,
}
