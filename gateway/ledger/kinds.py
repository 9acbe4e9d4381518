"""What the ledger must know of each kind of record: one table, and every kind stands in it.

A kind that is missing here stops the service at its start; nothing becomes two-sided, or loses its code, by oversight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.base.states import Machine
from gateway.ledger.facts import Facts, contract_facts, filed_facts, roster_facts
from gateway.ledger.states import CONTRACTS, ROSTERS, LeaderState, PledgeState, RosterState
from schemas.catalog import kind_names
from schemas.rules.filings import PLEDGE_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLife:
    """The record moves here, from state to state of `machine`, beginning with `first`; `power` is what it takes.

    `is_queued` kinds are listed by state, for whoever works through them.
    """

    machine: Machine[Any]
    first: StrEnum
    power: Power
    is_queued: bool = False
    may_only_lose_people: frozenset[StrEnum] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalLife:
    """A portal keeps the record, whose state is what stands in it.

    Others enter it as `entered`, without the fields that are the authority's `words`, and once more where it is
    `reopened`; `decided` is the state that only a decision gives.
    """

    entered: str = "applied"
    decided: StrEnum | None = None
    words: frozenset[str] = frozenset()
    reopened: frozenset[StrEnum] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How the ledger treats a kind: whether it gets a code and a QR, and how many working days a verdict may take.

    `facts` takes the body, whose record it is, and the division in which it lies.
    """

    facts: Callable[[Mapping[str, Any], Tenant, str], Facts]
    life: OwnLife | PortalLife
    is_coded: bool = False
    due_days: int | None = None


_FILED = Behaviour(facts=filed_facts, life=PortalLife())
BEHAVIOURS: Mapping[str, Behaviour] = {
    "agency": Behaviour(facts=filed_facts, life=PortalLife(words=frozenset({"penalties"}))),
    "branch": _FILED,
    "contract": Behaviour(
        facts=contract_facts,
        life=OwnLife(machine=CONTRACTS, first=CONTRACTS.beginning, power=Power.REPORT),
        is_coded=True,
    ),
    "filing": Behaviour(facts=filed_facts, life=PortalLife(words=frozenset({"decision", "accepted_on"}))),
    "guide": Behaviour(facts=filed_facts, life=PortalLife(words=frozenset({"opinion"}))),
    "leader": Behaviour(
        facts=filed_facts,
        life=PortalLife(words=frozenset({"opinion"}), reopened=frozenset({LeaderState.REFUSED})),
    ),
    "outlet": _FILED,
    "pledge": Behaviour(
        facts=filed_facts,
        life=PortalLife(
            entered=PledgeState.WAITING,
            decided=PledgeState.VERIFIED,
            words=frozenset({"verdict", "verifier", "verified_on"}),
        ),
        due_days=PLEDGE_DAYS,
    ),
    "roster": Behaviour(
        facts=roster_facts,
        life=OwnLife(
            machine=ROSTERS,
            first=ROSTERS.beginning,
            power=Power.AUDIT_ROSTERS,
            is_queued=True,
            may_only_lose_people=frozenset({RosterState.AUDITED}),
        ),
    ),
}


def must_be_total(kinds: Iterable[str] = kind_names()) -> None:
    """Raises LookupError when a kind has no behaviour here, or a behaviour no kind."""
    if differing := set(kinds) ^ BEHAVIOURS.keys():
        raise LookupError(f"the ledger and the schemas do not know the same kinds: {', '.join(sorted(differing))}")


OWN_KINDS = tuple(sorted(kind for kind, how in BEHAVIOURS.items() if isinstance(how.life, OwnLife)))
"""The kinds that move here, which agencies' systems push."""


def own_life(kind: str) -> OwnLife:
    """How a kind lives that moves here. Raises LookupError for one that a portal keeps."""
    life = BEHAVIOURS[kind].life
    if not isinstance(life, OwnLife):
        raise LookupError(f"{kind} is kept by portals")
    return life
