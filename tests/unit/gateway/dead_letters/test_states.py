"""The life of a dead letter, move by move, and the SQL that knows its states by name."""

from __future__ import annotations

import re

import pytest

from gateway.dead_letters import statements
from gateway.ledger import statements as book
from gateway.ledger.states import LETTERS, REPLAYABLE, LetterState

_LETTERS = {"open": "open parked resolved", "parked": "open parked resolved", "resolved": ""}


@pytest.mark.parametrize("start", LetterState)
def test_a_letter_goes_nowhere_but_where_the_table_says(start: LetterState) -> None:
    assert {end.value for end in LetterState if LETTERS.may_move(start, end)} == set(_LETTERS[start].split())


def test_a_letter_that_is_resolved_is_never_opened_or_parked_again() -> None:
    assert LETTERS.beginnings == {LetterState.OPEN, LetterState.PARKED}
    assert LETTERS.ends == {LetterState.RESOLVED}
    assert REPLAYABLE == [LetterState.OPEN, LetterState.PARKED]


def test_no_statement_says_a_state_that_the_enumeration_lacks() -> None:
    every = (
        *vars(statements).values(),
        *(vars(book)[name] for name in ("EDIT_LETTER", "RESOLVE_LETTER", "FAIL_LETTER")),
    )
    texts = "\n".join(str(one) for one in every if isinstance(one, str) or hasattr(one, "compile"))
    found = set(re.findall(r"(?:\bstate (?:=|<>)|THEN) '(\w+)'", texts))
    assert found == set(LetterState)
