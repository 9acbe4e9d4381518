"""The lives of deliveries and targets, move by move, and the SQL that knows their states by name."""

from __future__ import annotations

import re

import pytest

from gateway.relay import statements
from gateway.relay.states import DELIVERIES, TARGETS, UNDER_WAY, DeliveryState, TargetState

_DELIVERIES = {
    "waiting": "waiting delivered disputed dead",
    "delivered": "waiting",
    "disputed": "waiting",
    "dead": "waiting",
}
_TARGETS = {"active": "active paused gone", "paused": "active paused gone", "gone": ""}


@pytest.mark.parametrize("start", DeliveryState)
def test_a_delivery_goes_nowhere_but_where_the_table_says(start: DeliveryState) -> None:
    assert {end.value for end in DeliveryState if DELIVERIES.may_move(start, end)} == set(_DELIVERIES[start].split())


@pytest.mark.parametrize("start", TargetState)
def test_a_target_goes_nowhere_but_where_the_table_says(start: TargetState) -> None:
    assert {end.value for end in TargetState if TARGETS.may_move(start, end)} == set(_TARGETS[start].split())


def test_only_a_waiting_delivery_can_be_under_way() -> None:
    assert DELIVERIES.beginnings == {DeliveryState.WAITING}
    assert UNDER_WAY == [DeliveryState.WAITING]


def test_a_target_that_is_gone_stays_gone() -> None:
    assert TARGETS.beginnings == {TargetState.ACTIVE}
    assert TARGETS.ends == {TargetState.GONE}


def test_no_statement_says_a_state_that_the_enumerations_lack() -> None:
    texts = "\n".join(str(one) for one in vars(statements).values() if isinstance(one, str) or hasattr(one, "compile"))
    found = set(re.findall(r"\bstate (?:=|<>) '(\w+)'", texts))
    assert found
    assert found <= {*DeliveryState, *TargetState}
