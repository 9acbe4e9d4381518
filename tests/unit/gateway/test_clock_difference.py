"""How far a request's clock is from ours, as its sender is told."""

from __future__ import annotations

import pytest

from gateway.access.authentication import away_from_now
from gateway.base.clock import Clock


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (-28_800, "慢 28800 秒", "28800 s behind"),
        (28_800, "快 28800 秒", "28800 s ahead of"),
        (-301, "慢 301 秒", "301 s"),
    ],
)
def test_the_measured_difference_is_said(seconds: int, zh: str, en: str) -> None:
    words = away_from_now(Clock.now().timestamp() + seconds, 300)
    assert words is not None
    assert zh in words.zh
    assert en in words.en


@pytest.mark.parametrize("seconds", [-299, 0, 299])
def test_a_near_instant_is_not_spoken_of(seconds: int) -> None:
    assert away_from_now(Clock.now().timestamp() + seconds, 300) is None
