"""The calendar of working days, as the State Council announced it for 2004 to 2026, and reminders of pledges."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
from alembic import op

revision = "0005"
down_revision = "0004"

_FIRST, _LAST = date(2004, 1, 1), date(2026, 12, 31)


def upgrade() -> None:
    connection = op.get_bind()
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    connection.exec_driver_sql(script.replace("%", "%%"))
    days = [_FIRST + timedelta(days=n) for n in range((_LAST - _FIRST).days + 1)]
    connection.exec_driver_sql(
        "INSERT INTO calendar_day (day, is_working, source)"
        " SELECT *, 'chinesecalendar' FROM unnest(%(days)s::date[], %(working)s::boolean[])",
        {"days": days, "working": [chinese_calendar.is_workday(day) for day in days]},
    )
