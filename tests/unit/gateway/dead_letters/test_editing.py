"""A rejected record as a form: values at fault first, and back from what somebody typed."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.canonical import canonical, template
from gateway.dead_letters.editing import changed, form_of

ROSTER = template("roster.v1").route("roster")
CONTRACT = canonical("contract.v1").route("contract")


def finding(field: str) -> dict[str, Any]:
    return {"code": "TEST-001", "severity": "error", "field": field, "locator": "旅游者!T7"}


def test_a_value_at_fault_stands_apart_by_its_canonical_title() -> None:
    source = {"group_no": "TG-1", "travellers": [{"name": "甲"}, {"name": "乙", "document": {"number": "E1"}}]}
    form = form_of(ROSTER, source, [finding("/travellers/1/document/number")])
    assert [(each.pointer, each.title.zh, each.text) for each in form.faulty] == [
        ("/travellers/1/document/number", "证件号码", "E1")
    ]
    assert [each.pointer for each in form.others] == ["/group_no", "/travellers/0/name", "/travellers/1/name"]
    assert form.unplaced == []


def test_what_is_missing_is_a_value_without_text_where_it_has_a_place() -> None:
    form = form_of(CONTRACT, {"agency": {"name": "甲社"}}, [finding("/agency/license_no"), finding("/signatory/name")])
    assert [(each.pointer, each.text) for each in form.faulty] == [("/agency/license_no", "")]
    assert [each["field"] for each in form.unplaced] == ["/signatory/name"], "there is no signatory to put a name in"


def test_what_is_said_of_the_whole_record_belongs_to_no_value() -> None:
    form = form_of(CONTRACT, {"headcount": 2, "travellers": [{}]}, [finding(""), finding("/travellers")])
    assert form.faulty == []
    assert [each["field"] for each in form.unplaced] == ["", "/travellers"]


@pytest.mark.parametrize(
    ("before", "typed", "after"),
    [
        (2, "3", {"/x": 3}),
        (2.0, " 3 ", {"/x": 3}),
        (2.0, "2", {}),
        (2, "two", {"/x": "two"}),
        (True, "false", {"/x": False}),
        (True, "true", {}),
        ("2", "3", {"/x": "3"}),
        ("E1", "", {"/x": None}),
        (None, "E1", {"/x": "E1"}),
        (None, "", {}),
        ("0123", "0124", {"/x": "0124"}),
    ],
)
def test_a_typed_value_keeps_its_type(before: object, typed: str, after: dict[str, Any]) -> None:
    form = form_of(CONTRACT, {"x": before}, [])
    assert changed(form, {"/x": typed}) == after


def test_only_values_of_the_form_are_taken() -> None:
    form = form_of(CONTRACT, {"a/b": "1"}, [])
    assert changed(form, {"/elsewhere": "2", "/a~1b": "3"}) == {"/a~1b": "3"}
