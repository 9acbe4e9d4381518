"""Who signs where nobody is named: a grown traveller, never a child."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.online_contracts.completing import completed
from schemas import samples

DAY = date(2026, 12, 1)
BORN_2021, BORN_1990 = {"birth_date": "2021-05-05"}, {"birth_date": "1990-01-01"}


@pytest.mark.parametrize(
    ("people", "signs"),
    [
        pytest.param([BORN_2021, BORN_1990], [1], id="by the day of birth"),
        pytest.param([{"age": 17}, {"age": 18}], [1], id="by age"),
        pytest.param([{"is_child": True}, {}], [1], id="charged as a child"),
        pytest.param([{"birth_date": "2008-12-02"}, {"birth_date": "2008-12-01"}], [1], id="eighteen today"),
        pytest.param([{}, BORN_1990], [1], id="who is known to be grown"),
        pytest.param([BORN_2021, {}], [1], id="who is not known to be a child"),
        pytest.param([{}, {"is_signer": True}, {"is_signer": True}], [1, 2], id="who is named"),
        pytest.param([BORN_2021, {"age": 5}], [], id="nobody"),
    ],
)
def test_who_signs(people: list[dict[str, Any]], signs: list[int]) -> None:
    named = [{"name": f"游客{number}", **each} for number, each in enumerate(people)]
    made = completed({"travellers": named}, DAY)
    assert [each["name"] for each in made.get("signatories", [])] == [f"游客{number}" for number in signs]


def test_the_number_of_a_resident_tells_the_age() -> None:
    number = samples.resident_id(1)
    born = int(number[6:10])
    person = {"name": "甲", "document": {"type": "resident_id", "number": number}}
    grown, child = date(born + 19, 1, 1), date(born + 17, 1, 1)
    assert completed({"travellers": [person]}, grown)["signatories"]
    assert "signatories" not in completed({"travellers": [person]}, child)


def test_a_feast_day_in_february_has_its_birthday_in_common_years() -> None:
    person = {"name": "甲", "birth_date": "2008-02-29"}
    assert "signatories" not in completed({"travellers": [person]}, date(2026, 2, 28))
    assert completed({"travellers": [person]}, date(2026, 3, 1))["signatories"]
