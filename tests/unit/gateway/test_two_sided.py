"""Which of two versions counts, when a portal and an authority here may both change a record."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.ledger.two_sided import refuses

STORED = {"name": "甲", "revision": 5, "changed_at": "2026-11-02T09:30:00"}
OURS = {"name": "乙", "revision": 5, "unconfirmed": True}


def code(old: dict[str, Any], new: dict[str, Any], confirmed_as: int | None = None, **more: Any) -> str | None:
    found = refuses(old, new, confirmed_as, **more)
    return found and f"{found.code}{'!' if found.is_error else ''}"


@pytest.mark.parametrize(
    ("old", "new", "confirmed_as", "expected"),
    [
        pytest.param(STORED, STORED | {"name": "丙", "revision": 6}, None, None, id="newer"),
        pytest.param(STORED, STORED | {"name": "丙", "revision": 4}, None, "INTAKE-109", id="older"),
        pytest.param(STORED, STORED | {"name": "丙"}, None, "INTAKE-108!", id="same number, other content"),
        pytest.param(STORED, OURS, None, None, id="our change on the current version"),
        pytest.param(STORED, OURS | {"revision": 4}, None, "INTAKE-106!", id="our change on an old version"),
        pytest.param(OURS, STORED, None, "INTAKE-110", id="they still show the version before ours"),
        pytest.param(OURS, STORED | {"revision": 6}, None, "INTAKE-107!", id="both changed"),
        pytest.param(OURS, {"name": "乙", "revision": 6}, None, None, id="they show ours"),
        pytest.param(OURS, {"name": "乙1", "revision": 6}, 6, None, id="they took ours and wrote it their way"),
        pytest.param(OURS, {"name": "丁", "revision": 7}, 6, None, id="they took ours and changed it after"),
        pytest.param(OURS, {"name": "丁", "revision": 5}, 6, "INTAKE-110", id="a late page from before ours"),
        pytest.param(OURS, {"name": "乙", "revision": 4}, None, "INTAKE-110", id="an old page that looks like ours"),
        pytest.param({"name": "甲"}, {"name": "乙"}, None, None, id="a portal without numbers or times"),
        pytest.param({"name": "乙", "unconfirmed": True}, {"name": "乙"}, None, None, id="ours, without numbers"),
        pytest.param({"name": "乙", "unconfirmed": True}, {"name": "甲"}, None, "INTAKE-110", id="without numbers"),
    ],
)
def test_the_version_that_counts(
    old: dict[str, Any], new: dict[str, Any], confirmed_as: int | None, expected: str | None
) -> None:
    assert code(old, new, confirmed_as) == expected


def test_a_change_on_top_of_one_that_the_portal_has_taken_waits_for_a_later_version() -> None:
    assert code(OURS, {"name": "甲", "revision": 6}, base_revision=6) == "INTAKE-110", "it shows the change before"
    assert code(OURS, {"name": "乙", "revision": 7}, base_revision=6) is None
    assert code(OURS, {"name": "丁", "revision": 7}, base_revision=6) == "INTAKE-107!"


def test_without_numbers_the_change_time_orders_what_comes() -> None:
    old = {"name": "甲", "changed_at": "2026-11-02T09:30:00"}
    assert code(old, {"name": "乙", "changed_at": "2026-11-02T09:29:59"}) == "INTAKE-109"
    assert code(old, {"name": "乙", "changed_at": "2026-11-02T09:30:01"}) is None


def test_what_a_person_has_decided_counts() -> None:
    assert code(OURS, STORED | {"revision": 6}, decided=True) is None
