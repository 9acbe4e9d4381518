"""Every kind stands in the ledger's table, and the life of each is a table of states."""

from __future__ import annotations

import pytest

from gateway.base.states import Machine, Move
from gateway.ledger.conflicts import CONFLICTS, ConflictChoice, ConflictState
from gateway.ledger.kinds import BEHAVIOURS, OwnLife, PortalLife, must_be_total
from gateway.ledger.states import (
    CONTRACTS,
    FILINGS,
    GUIDES,
    LEADERS,
    PLEDGES,
    ROSTERS,
    ContractState,
    PledgeState,
    RosterState,
)
from schemas.catalog import kind_names
from schemas.codelists import codelist
from schemas.findings import Text


def test_a_kind_that_nobody_entered_stops_the_start() -> None:
    must_be_total()
    with pytest.raises(LookupError, match="visa"):
        must_be_total([*kind_names(), "visa"])
    with pytest.raises(LookupError, match="contract"):
        must_be_total(name for name in kind_names() if name != "contract")


KEPT_BY_PORTALS = {"agency", "branch", "filing", "guide", "leader", "outlet", "pledge"}


def test_contracts_and_rosters_move_here_and_what_portals_keep_does_not() -> None:
    kept = {kind for kind, behaviour in BEHAVIOURS.items() if isinstance(behaviour.life, PortalLife)}
    assert kept == KEPT_BY_PORTALS
    assert {"contract", "roster"} <= {kind for kind in BEHAVIOURS if isinstance(BEHAVIOURS[kind].life, OwnLife)}
    decided = {k: b.life.decided for k, b in BEHAVIOURS.items() if isinstance(b.life, PortalLife) and b.life.decided}
    assert decided == {"pledge": "verified"}


@pytest.mark.parametrize(
    ("machine", "allowed"),
    [
        (CONTRACTS, {("generated", "signed"), ("generated", "void"), ("signed", "void")}),
        (ROSTERS, {("submitted", "audited"), ("submitted", "returned")}),
        (PLEDGES, {("waiting", "verified")}),
        (
            FILINGS,
            {
                ("applied", "received"),
                *((start, end) for start in ("applied", "received") for end in ("accepted", "correction")),
                ("correction", "accepted"),
                *(("accepted", end) for end in ("correction", "approved", "refused")),
                *((start, "withdrawn") for start in ("applied", "received", "accepted", "correction")),
            },
        ),
        (
            GUIDES,
            {
                *(("applied", end) for end in ("confirmed", "declined", "refused")),
                *(("declined", end) for end in ("confirmed", "refused")),
                *(("confirmed", end) for end in ("valid", "refused")),
                *(("valid", end) for end in ("suspended", "cancelled")),
                *(("suspended", end) for end in ("valid", "cancelled")),
            },
        ),
        (
            LEADERS,
            {("applied", "filed"), ("applied", "refused"), ("refused", "applied"), ("filed", "cancelled")},
        ),
        (CONFLICTS, {("open", "keep_ours"), ("open", "keep_theirs")}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_may_follow_what(machine: Machine[ContractState], allowed: set[tuple[str, str]]) -> None:
    pairs = [(a, b) for a in machine.states for b in machine.states]
    assert {(a.value, b.value) for a, b in pairs if machine.may_move(a, b)} == allowed
    for end in machine.states:
        assert set(machine.before(end)) == {start for start, reached in allowed if reached == end}


def test_what_an_amendment_does_to_the_state() -> None:
    assert CONTRACTS.amended == {ContractState.GENERATED: "generated", ContractState.SIGNED: "generated"}
    assert ROSTERS.amended == {
        RosterState.SUBMITTED: "submitted",
        RosterState.RETURNED: "submitted",
        RosterState.AUDITED: "audited",
    }
    assert CONTRACTS.ends == {ContractState.VOID}
    assert PLEDGES.ends == {PledgeState.VERIFIED}


def test_states_and_choices_are_the_words_that_are_stored() -> None:
    assert set(PledgeState) == set(codelist("pledge_states"))
    assert set(ConflictState) - {ConflictState.OPEN} == set(ConflictChoice)


def test_a_table_that_leaves_a_state_out_is_refused() -> None:
    moves = [Move(None, ContractState.GENERATED, Text("提交", "sent"))]
    with pytest.raises(ValueError, match="signed, void"):
        Machine("contract", Text("合同", "Contract"), ContractState, moves)
