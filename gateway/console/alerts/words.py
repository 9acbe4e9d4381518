"""What the page of alerts shows: words and times in one language, ready for the templates. Pure."""

from __future__ import annotations

from typing import Any

from gateway.alerts.alerts import TITLES
from gateway.alerts.rows import AlertRow
from gateway.wording.dates import moment
from gateway.wording.languages import word


def shown_alert(row: AlertRow, language: str) -> dict[str, Any]:
    """One open alert."""
    return {
        "id": str(row.id),
        "connector": row.connector,
        "code": row.code,
        "title": word(TITLES[row.code], language),
        "subject": row.subject,
        "what": word(row.text, language),
        "times": row.times,
        "first": moment(row.first_at, language),
        "last": moment(row.last_at, language),
    }
