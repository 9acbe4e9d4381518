"""A shape is recorded from records; what no longer fits is told, put aside or stops everything, as the policy says."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from adapters import drift
from adapters.canonical import canonical
from adapters.drift import Shape
from adapters.envelope import CanonicalRecord, Outcome, Rejection, SourceRecord
from adapters.errors import Unreadable
from adapters.formats.places import Pointer
from schemas.filed_samples import agency

RECORDED = [
    {"name": "甲", "code": "0012", "since": "2017-08-04", "staff": [{"no": 1}, {"no": 2, "note": ""}]},
    {"name": "乙", "code": "7", "since": "2017/8/4", "extra": None, "staff": []},
]
GOOD = CanonicalRecord(1, "/0", "agency.v1", agency(1))


def record(**changed: Any) -> SourceRecord:
    data = {**RECORDED[0], **changed}
    return SourceRecord(1, {name: value for name, value in data.items() if value is not ...}, "/0", Pointer("/0"))


def judged(record: SourceRecord, **policy: str) -> Outcome:
    return Shape.recorded(RECORDED, policy).judged(record, GOOD)


def codes(outcome: Outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def test_what_looks_as_it_always_did_is_left_alone() -> None:
    shape = Shape.recorded(RECORDED)
    for data in RECORDED:
        assert shape.judged(SourceRecord(1, data, "/0", Pointer("/0")), GOOD) is GOOD
    assert judged(record(code="", since=None)) is GOOD, "a field may always be empty"
    assert judged(record(name="2017-08-04")) is GOOD, "where text was seen, a date is text too"


def test_a_shape_survives_being_written_down() -> None:
    shape = Shape.recorded(RECORDED, {"new": "stop"})
    assert Shape.from_json(shape.as_json(), {"new": "stop"}) == shape


@pytest.mark.parametrize(
    ("changed", "code", "named"),
    [
        ({"colour": "red"}, "DRIFT-001", "colour"),
        ({"name": ...}, "DRIFT-002", "name"),
        ({"code": 12}, "DRIFT-003", "code"),
        ({"code": "一二"}, "DRIFT-003", "code"),
        ({"since": "昨天"}, "DRIFT-003", "since"),
        ({"staff": [{"no": "1"}]}, "DRIFT-003", "staff[].no"),
    ],
)
def test_each_sort_of_drift_is_a_warning_unless_told_otherwise(changed: dict[str, Any], code: str, named: str) -> None:
    outcome = judged(record(**changed))
    assert isinstance(outcome, CanonicalRecord)
    (finding,) = outcome.findings
    assert (finding.code, finding.is_error, finding.locator) == (code, False, "/0")
    assert named in finding.reason.en


def test_a_field_that_some_records_never_had_may_be_missing() -> None:
    assert judged(record(staff=[{"no": 3}])) is GOOD


def test_quarantine_puts_the_record_aside_for_us() -> None:
    outcome = judged(record(code=12), retyped="quarantine")
    assert isinstance(outcome, Rejection)
    assert outcome.parked
    assert codes(outcome) == ["DRIFT-003"]
    assert outcome.source["code"] == 12


def test_stop_stops_the_document() -> None:
    with pytest.raises(Unreadable, match="DRIFT-002"):
        judged(record(name=...), missing="stop")


def test_the_gravest_policy_counts() -> None:
    outcome = judged(record(code=12, colour="red"), retyped="quarantine", new="warn")
    assert isinstance(outcome, Rejection)
    assert sorted(codes(outcome)) == ["DRIFT-001", "DRIFT-003"]


def test_parameters_of_an_address_are_no_fields_of_the_record() -> None:
    route = canonical("agency.v1").route()
    outcome = route(SourceRecord(1, agency(1), "", Pointer("")), date(2026, 11, 20))
    assert isinstance(outcome, CanonicalRecord)
    assert judged(record(**{"$number": "1"})) is GOOD
    assert {"DRIFT-001", "DRIFT-002", "DRIFT-003"} == drift.CODES
