"""Small documents that hold much: what is found in them, and what is built for them, is bounded."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import date
from typing import Any

import orjson
import pytest

from adapters.canonical import canonical
from adapters.envelope import Outcome, Rejection
from adapters.errors import Unreadable
from adapters.reading import read
from schemas import samples
from schemas.catalog import kind
from schemas.structure import MOST_FINDINGS

TODAY = date(2026, 11, 29)


def outcomes(raw: bytes) -> Iterator[Outcome]:
    return read(raw, canonical("contract.v1"), today=TODAY)


def codes(raw: bytes) -> set[str]:
    """What is said of a document, or of its records, none of which passes."""
    try:
        found = [outcome for outcome in outcomes(raw) if isinstance(outcome, Rejection)]
    except Unreadable as refused:
        return {refused.finding.code}
    assert found
    return {finding.code for each in found for finding in each.findings}


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


@pytest.mark.parametrize("depth", [33, 100, 254, 255, 256, 500, 1000, 1023, 1024, 1025, 5000, 20_000])
@pytest.mark.parametrize("shape", [nested, lambda depth: b"[" * depth + b"]" * depth, lambda depth: b"[" * depth])
def test_nesting_of_any_depth_is_refused_by_name(depth: int, shape: Any) -> None:
    assert codes(shape(depth)) <= {"FORMAT-003", "FORMAT-007", "FORMAT-010"}


@pytest.mark.parametrize("item", [b"1", b'"x"', b"[]", b"null"])
def test_a_long_list_without_an_end_is_not_kept_in_memory(item: bytes) -> None:
    raw = b"[" + (item + b",") * 40_000
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable):
            sum(1 for _ in outcomes(raw))
        assert tracemalloc.get_traced_memory()[1] < 20 * len(raw)
    finally:
        tracemalloc.stop()


def invalid(**fields: Any) -> Rejection:
    (outcome,) = outcomes(orjson.dumps(samples.contract(1) | fields))
    assert isinstance(outcome, Rejection)
    return outcome


def test_what_is_not_listed_is_counted() -> None:
    found = invalid(**{f"unknown_{number}": 1 for number in range(400)}).findings
    assert len(found) == MOST_FINDINGS + 1
    assert (found[-1].code, "350" in found[-1].reason.en) == ("SCHEMA-017", True)


def test_of_many_faults_of_a_list_the_rest_is_counted() -> None:
    travellers = [samples.contract(1)["travellers"][0] | {"surplus": "x"} for _ in range(300)]
    found = invalid(travellers=travellers).findings
    assert (len(found), found[-1].code) == (MOST_FINDINGS + 1, "SCHEMA-017")
    assert "250" in found[-1].reason.zh


def test_what_rules_find_is_bounded_and_weighs_as_before() -> None:
    body = samples.contract(1, 3)
    body["travellers"] = [body["travellers"][0]] * 200
    found = kind("contract.v1").check(body, today=TODAY, most=5)
    every = kind("contract.v1").check(body, today=TODAY, most=10_000)
    assert (len(found), found[-1].code) == (6, "SCHEMA-017")
    assert any(each.is_error for each in found) == any(each.is_error for each in every)


@pytest.mark.parametrize(
    "fields",
    [
        {f"k{number}": 1 for number in range(1_200)},
        {"agency": {f"k{number}": 1 for number in range(1_200)}},
        {"travellers": [1] * 30_000},
        {"travellers": [{f"k{number}": [1] * 600 for number in range(900)}]},
    ],
    ids=["members", "members further in", "items", "values"],
)
def test_a_record_that_nobody_could_have_meant_is_one_finding(fields: dict[str, Any]) -> None:
    (finding,) = invalid(**fields).findings
    assert finding.code == "SCHEMA-018"


def test_beyond_its_share_a_document_is_told_one_finding_a_record() -> None:
    found = [outcome.findings for outcome in outcomes(b"[" + b"{}," * 2_000 + b"{}]")]
    assert len(found[0]) > 5
    assert {len(each) for each in found[-500:]} == {2}
    assert found[-1][-1].code == "SCHEMA-017"
    assert sum(map(len, found)) < 10_000
