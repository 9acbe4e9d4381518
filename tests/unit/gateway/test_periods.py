from __future__ import annotations

from datetime import date

import pytest

from adapters.connector import Frequency
from gateway.volumes.periods import last_period


@pytest.mark.parametrize(
    ("frequency", "today", "days"),
    [
        (Frequency.DAILY, date(2026, 1, 1), "2025-12-31"),
        (Frequency.WEEKLY, date(2026, 11, 30), "2026-11-23/2026-11-29"),
        (Frequency.WEEKLY, date(2026, 11, 29), "2026-11-16/2026-11-22"),
        (Frequency.MONTHLY, date(2026, 3, 1), "2026-02-01/2026-02-28"),
        (Frequency.MONTHLY, date(2026, 1, 31), "2025-12-01/2025-12-31"),
    ],
)
def test_the_last_period_is_the_last_that_is_over(frequency: Frequency, today: date, days: str) -> None:
    assert last_period(frequency, today).days == days
