"""The life of a version of a partner folder, move by move."""

from __future__ import annotations

import re

import pytest

from gateway.onboarding import statements
from gateway.onboarding.states import REGISTRATIONS, VERSIONS, RegistrationState, VersionState

_VERSIONS = {
    "draft": "staged given_up",
    "staged": "live given_up",
    "live": "retired",
    "retired": "live",
    "given_up": "",
}


@pytest.mark.parametrize("start", VersionState)
def test_a_version_goes_nowhere_but_where_the_table_says(start: VersionState) -> None:
    assert {end.value for end in VersionState if VERSIONS.may_move(start, end)} == set(_VERSIONS[start].split())


def test_what_is_saved_is_a_draft_and_what_was_installed_is_in_service() -> None:
    assert VERSIONS.beginnings == {VersionState.DRAFT, VersionState.LIVE}


def test_no_statement_says_a_state_that_the_enumerations_lack() -> None:
    said = [str(one) for one in vars(statements).values() if hasattr(one, "compile")]
    texts = "\n".join(one for one in said if "connector_version" in one or "registration" in one)
    found = set(re.findall(r"\bstate = '(\w+)'", texts))
    assert found == {"staged", "live", "applied", "rejected"}
    assert found <= {*VersionState, *RegistrationState}


_REGISTRATIONS = {
    "applied": "sandbox rejected", "sandbox": "conformance rejected", "conformance": "sandbox live rejected",
    "live": "", "rejected": "",
}  # fmt: skip


@pytest.mark.parametrize("start", RegistrationState)
def test_a_registration_goes_nowhere_but_where_the_table_says(start: RegistrationState) -> None:
    found = {end.value for end in RegistrationState if REGISTRATIONS.may_move(start, end)}
    assert found == set(_REGISTRATIONS[start].split())
