"""The lives of runs and discrepancies, move by move, and the SQL that knows their states by name."""

from __future__ import annotations

import re

import pytest

from gateway.reconcile import statements
from gateway.reconcile.classes import Class, Decision, Repair
from gateway.reconcile.states import COMPARED, DECIDABLE, DISCREPANCIES, RUNS, DiscrepancyState, Problem, RunState

_MOVES = {
    "open": "open approved ignored repaired",
    "approved": "open approved ignored repaired",
    "ignored": "approved ignored",
    "repaired": "",
    "reported": "ignored",
}


@pytest.mark.parametrize("start", DiscrepancyState)
def test_a_discrepancy_goes_nowhere_but_where_the_table_says(start: DiscrepancyState) -> None:
    assert {end.value for end in DiscrepancyState if DISCREPANCIES.may_move(start, end)} == set(_MOVES[start].split())


def test_a_discrepancy_begins_open_or_only_reported_and_ends_repaired() -> None:
    assert DISCREPANCIES.beginnings == {DiscrepancyState.OPEN, DiscrepancyState.REPORTED}
    assert DISCREPANCIES.ends == {DiscrepancyState.REPAIRED}
    assert set(DECIDABLE) == {"open", "approved", "ignored"}


@pytest.mark.parametrize("end", [RunState.CLEAN, RunState.DIFFERS, RunState.FAILED])
def test_a_run_begins_running_and_ends_once(end: RunState) -> None:
    assert RUNS.beginnings == {RunState.RUNNING}
    assert RUNS.before(end) == [RunState.RUNNING]
    assert end in RUNS.ends
    assert (end in COMPARED) == (end is not RunState.FAILED)


def _literals(column: str) -> set[str]:
    """What the SQL of reconciliation compares a column with or sets it to, each literal of a CASE included."""
    texts = [str(one) for one in vars(statements).values() if isinstance(one, str) or hasattr(one, "compile")]
    values = r"(?:'\w+'|\([^()]*'\w+'[^()]*\)|CASE .*? END)"
    found = re.findall(rf"\b{column} (?:=|<>|IN|NOT IN) ({values})", "\n".join(texts), re.DOTALL)
    return {word for value in found for word in re.findall(r"(?:^|\(|, |THEN |ELSE )'(\w+)'", value)}


@pytest.mark.parametrize(
    ("column", "known"),
    [
        ("state", {*RunState, *DiscrepancyState}),
        ("repair", set(Repair)),
        ("decision", set(Decision)),
        ("class", set(Class)),
        ("problem", set(Problem)),
    ],
)
def test_no_statement_says_a_word_that_the_enumeration_lacks(column: str, known: set[str]) -> None:
    found = _literals(column)
    assert found, "the pattern finds what it looks for"
    assert found <= known
