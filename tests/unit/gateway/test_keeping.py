"""How long things are kept, by the calendar; whose fields are whose in a record."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.base.clock import years_before
from gateway.base.settings import RetentionSettings
from gateway.retention.keeping import SUBJECTS, due, years_after, years_of
from gateway.retention.subjects import fields_about
from gateway.store.emptying import Subject
from schemas import samples


@pytest.mark.parametrize(
    ("today", "before"),
    [
        (date(2026, 11, 30), date(2024, 11, 30)),
        (date(2024, 2, 29), date(2022, 2, 28)),
        (date(2026, 3, 1), date(2024, 3, 1)),
    ],
)
def test_two_years_before_is_the_same_day(today: date, before: date) -> None:
    assert years_before(today, 2) == before


@pytest.mark.parametrize("ended", [date(2022, 2, 28), date(2024, 2, 28), date(2024, 2, 29), date(2024, 12, 31)])
def test_what_can_be_erased_on_a_day_is_due_on_that_day_and_not_before(ended: date) -> None:
    first = years_after(ended, 2)
    wanted = due(Subject.CONTRACT, RetentionSettings(), first, "%")
    assert ended < wanted.before
    the_day_before = date.fromordinal(first.toordinal() - 1)
    assert not ended < due(Subject.CONTRACT, RetentionSettings(), the_day_before, "%").before


def test_every_subject_has_words_and_years() -> None:
    assert set(SUBJECTS) == set(Subject)
    years = {subject: years_of(subject, RetentionSettings()) for subject in Subject}
    assert years.pop(Subject.ONLINE_DRAFT) == 1, "nothing wants a draft kept"
    assert set(years.values()) == {2}


def test_only_the_fields_of_whoever_has_the_document_are_theirs() -> None:
    body = samples.contract(1)
    second = body["travellers"][1]
    found = set(fields_about("contract.v1", body, second["document"]["number"]))
    assert {"/travellers/1/name", "/travellers/1/document/number"} <= found
    assert all(pointer.startswith("/travellers/1/") for pointer in found)
    assert list(fields_about("contract.v1", body, "E00000000")) == []
