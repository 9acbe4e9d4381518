"""The matrix on an account's page: every power that a duty brings has words, and stands there."""

from __future__ import annotations

from gateway.console.people.words import POWER_TITLES, power_matrix
from gateway.persons.duties import DUTIES, Duty, OfficeKind, powers_of
from gateway.wording.languages import EN


def test_no_power_of_a_duty_is_left_out() -> None:
    assert powers_of(DUTIES) == POWER_TITLES.keys()


def test_what_a_person_may_do_is_marked() -> None:
    matrix = power_matrix(OfficeKind.BUREAU, {Duty.AUDITOR}, EN)
    assert [duty["title"] for duty in matrix["duties"] if duty["is_held"]] == ["Auditor"]
    assert [row["title"] for row in matrix["rows"] if row["is_held"]] == ["Read the audit log"]
