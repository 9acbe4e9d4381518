"""Divisions, what lies in them, and the sandbox, which lies in none."""

from __future__ import annotations

import pytest

from gateway.access.divisions import SANDBOX, lies_in, pattern_of
from gateway.base.settings import CodeSettings
from gateway.store.database import Scope


@pytest.mark.parametrize(
    ("outer", "inside", "outside"),
    [
        ("000000", ("350203", "110000", "710000"), (SANDBOX,)),
        ("350000", ("350000", "350203"), ("360203", SANDBOX)),
        ("350200", ("350200", "350203"), ("350100", "350103", SANDBOX)),
        ("350203", ("350203",), ("350204", "350200", SANDBOX)),
    ],
)
def test_a_division_reaches_what_lies_in_it_and_never_the_sandbox(
    outer: str, inside: tuple[str, ...], outside: tuple[str, ...]
) -> None:
    scope = Scope(division=pattern_of(outer))
    for division, expected in {**dict.fromkeys(inside, True), **dict.fromkeys(outside, False)}.items():
        assert scope.reaches(division) is expected, division
        assert lies_in(division, outer) is expected or not division, division


@pytest.mark.parametrize(
    ("prefix", "test_prefix"), [("LY", "LY"), ("LY", "TEST"), ("LO", "1O"), ("LO", "IO"), ("TS", "TS")]
)
def test_codes_of_the_sandbox_are_told_apart(prefix: str, test_prefix: str) -> None:
    with pytest.raises(ValueError, match="test_prefix"):
        CodeSettings(prefix=prefix, test_prefix=test_prefix)
