"""Forms made from the schema: what is asked, and the record that comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.access.tenants import Tenant
from gateway.console.own_agency.schema_forms import (
    KINDS,
    answers,
    asked,
    body_of,
    given_of,
    missing,
    mistakes,
    shown_form,
)
from gateway.trust.sealing import Seal
from schemas import filed_samples

AGENCY = Tenant(
    id=1,
    name="agency",
    title="示例旅行社",
    uscc=filed_samples.credit_code(1),
    license_no="",
    division="110105",
    seal=Seal(bytes(32)),
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_platform_or_the_authority_fills_in_is_not_asked_for(kind: str) -> None:
    places = {each.place for each in asked(kind)}
    assert not places & {"status", "penalties", "opinion", "revision", "unconfirmed", "changed_at", "agency_uscc"}
    assert ("uscc" in places) is (kind in ("branch", "outlet")), "its own code is that of the account"
    required = {each.place for each in asked(kind) if each.is_required}
    assert "name" in required
    assert len(shown_form(kind, {}, {}, "zh")) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_goes_into_its_form_and_comes_out_the_same(kind: str) -> None:
    filed = filed_samples.SAMPLES[kind](1)
    given = given_of(kind, filed, is_own=True)
    body = body_of(kind, given, AGENCY)
    assert body["status"] == "applied"
    places = {each.place.split("/")[0] for each in asked(kind)}
    assert {name: body.get(name) for name in places & filed.keys()} == {
        name: filed[name] for name in places & filed.keys()
    }
    assert [title for title, _ in answers(kind, given, "en")] == [
        each.title.en for each in asked(kind) if each.place in given
    ]


def test_a_record_is_the_agencys_own_whatever_was_sent() -> None:
    body: dict[str, Any] = body_of(
        "branch", {"agency_uscc": "91350100M000100Y43", "status": "filed", "name": "甲"}, AGENCY
    )
    assert (body["agency_uscc"], body["status"]) == (AGENCY.uscc, "applied")


def test_no_personal_value_that_a_portal_keeps_is_filled_in_but_public_ones() -> None:
    filed = filed_samples.leader(1)
    assert "document/number" in given_of("leader", filed, is_own=True)
    assert not given_of("leader", filed, is_own=False).keys() & {"name", "document/number", "mobile"}


def test_what_is_wrong_is_told_at_its_field_and_the_rest_at_the_top() -> None:
    told = {"severity": "error", "reason": {"zh": "写法不符", "en": "is not as it should be"}}
    findings = [
        told | {"field": "/document/number"},
        told | {"field": "/status"},
        told | {"severity": "warning", "field": "/name"},
    ]
    assert mistakes("leader", findings, "en") == (
        {"document/number": "is not as it should be"},
        ["is not as it should be"],
    )
    shown = shown_form("leader", {}, {"document/number": "is not as it should be"}, "en")
    assert [field["id"] for _, fields in shown for field in fields if field["wrong"]] == ["document-number"]


def test_what_is_missing_is_named() -> None:
    assert "Post code" in [title.en for title in missing("agency", filed_samples.agency(1))]
