"""What may be known of a record without opening its seal: the columns in clear, per kind. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from gateway.drafts import Facts, Tenant

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


def _people(body: Mapping[str, Any], tenant: Tenant) -> list[int]:
    blind = tenant.seal.blind
    return [
        blind(document["number"])
        for traveller in body["travellers"]
        if (document := traveller.get("document")) and document.get("number")
    ]


_FACTS: dict[str, Callable[[Mapping[str, Any], Tenant], Facts]] = {"contract": _contract, "roster": _roster}
