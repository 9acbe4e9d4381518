"""Which penalties make a pledge of two clean years untrue, and what an authority may do next."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest

from gateway.authority.penalties import Penalty, together
from gateway.authority.penalty_book import Book
from gateway.authority.qualification_steps import Word, next_states, patch_of
from gateway.base.problems import Refused
from gateway.console.penalties.words import Deed, mistakes
from gateway.ledger.rows import RecordRow
from gateway.ledger.states import FilingState, LeaderState

TODAY = date(2026, 3, 1)
GRAVE = {"document_no": "1", "decided_on": "2025-03-02", "penalty_type": "fine", "harmed_travellers": True}


@pytest.mark.parametrize(
    ("given", "breaks"),
    [
        ({}, True),
        ({"penalty_type": "warning"}, False),
        ({"penalty_type": "revocation"}, True),
        ({"harmed_travellers": False}, False),
        ({"decided_on": "2024-02-29"}, True),
        ({"withdrawn_on": "2025-06-01", "note": "复议撤销"}, False),
        ({"withdrawn_on": "2026-03-02", "note": "自明日起"}, True),
        ({"decided_on": "2024-02-28"}, True),
        ({"decided_on": "2024-02-27"}, False),
    ],
)
def test_a_fine_or_worse_for_harming_travellers_within_two_years_breaks_a_pledge(
    given: dict[str, Any], breaks: bool
) -> None:
    assert Penalty.read(GRAVE | given).breaks(date(2026, 2, 28), TODAY) is breaks


def test_two_years_before_the_29th_of_february_is_the_28th() -> None:
    assert Penalty.read(GRAVE | {"decided_on": "2022-02-28"}).breaks(date(2024, 2, 29), TODAY)


@pytest.mark.parametrize(
    ("kind", "state", "allowed"),
    [
        ("filing", "applied", {"accepted", "correction"}),
        ("filing", "accepted", {"correction", "approved", "refused"}),
        ("filing", "approved", set()),
        ("guide", "applied", {"refused"}),
        ("guide", "confirmed", {"valid", "refused"}),
        ("guide", "declined", {"refused"}),
        ("guide", "valid", {"suspended", "cancelled"}),
        ("leader", "applied", {"filed", "refused"}),
        ("leader", "refused", set()),
        ("agency", "active", set()),
        ("filing", "lost", set()),
    ],
)
def test_what_an_authority_may_do_next(kind: str, state: str, allowed: set[str]) -> None:
    assert set(next_states(kind, state)) == allowed


def test_the_word_on_a_filing_is_a_step_and_at_the_end_a_decision() -> None:
    word = Word(state=FilingState.REFUSED, said_on=date(2026, 11, 5), authority="示例局", reason="材料不齐")
    patch = patch_of("filing", {"steps": [{"seq_no": 1, "name": "收件"}]}, word)
    assert patch["steps"][1] == {
        "seq_no": 2,
        "name": "决定",
        "done_on": "2026-11-05",
        "authority": "示例局",
        "opinion": "材料不齐",
    }
    assert patch["decision"]["result"] == patch["status"] == "refused"
    accepted = Word(state=FilingState.ACCEPTED, said_on=date(2026, 11, 5), authority="示例局", reason=None)
    assert patch_of("filing", {}, accepted)["accepted_on"] == "2026-11-05"


def test_the_word_on_a_leader_takes_the_place_of_an_older_one() -> None:
    word = Word(state=LeaderState.FILED, said_on=date(2026, 11, 5), authority="示例局", reason=None)
    assert patch_of("leader", {"opinion": "再补"}, word) == {"status": "filed", "opinion": None}


def test_of_several_records_a_withdrawal_stands_else_the_newest_word() -> None:
    first, second = Penalty.read(GRAVE), Penalty.read({**GRAVE, "amount": "2.00"})
    withdrawn = Penalty.read({**GRAVE, "withdrawn_on": "2026-01-01"})
    assert list(together([first, second])) == [second]
    assert list(together([first, withdrawn, second])) == [withdrawn]


def test_a_decision_is_entered_once_though_another_record_holds_it() -> None:
    items = [GRAVE, {**GRAVE, "document_no": "2"}]
    book = Book(record=cast(RecordRow, None), items=items, elsewhere=frozenset({"1", "3"}))
    book.must_be_new("4")
    book.must_be_new("1", items[0])
    for number, old in (("2", None), ("3", None), ("2", items[0]), ("3", items[0])):
        with pytest.raises(Refused):
            book.must_be_new(number, old)


def test_a_form_takes_days_as_records_have_them_and_no_numbers_of_persons() -> None:
    given = GRAVE | {"harmed_travellers": "true", "decided_on": "20250302", "authority": "李某 13800138000"}
    assert set(mistakes(Deed.ENTER, given, date(2026, 2, 28))) == {"decided_on", "authority"}
    assert not mistakes(Deed.ENTER, given | {"decided_on": "2025-03-02", "authority": "示例局"}, date(2026, 2, 28))
