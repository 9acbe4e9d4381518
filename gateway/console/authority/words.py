"""What the pages of conflicts and alerts show: words and times in one language, ready for the templates. Pure."""

from __future__ import annotations

from typing import Any

from gateway.alerts.alerts import TITLES
from gateway.alerts.rows import AlertRow
from gateway.authority.desk import Shown
from gateway.ledger.conflicts import Conflict, ConflictReason
from gateway.wording.dates import moment
from gateway.wording.differences import differences
from gateway.wording.languages import word
from gateway.wording.readable import NOTHING
from schemas import catalog
from schemas.findings import Text

_REASONS = {
    ConflictReason.BOTH_CHANGED: Text("双方都有变更", "Changed on both sides"),
    ConflictReason.SAME_NUMBER: Text("版本号相同而内容不同", "Other content under one version number"),
    ConflictReason.REFUSED_THERE: Text("门户已有新版本", "The portal holds another version"),
}


def shown_conflict(row: Conflict, shown: Shown, language: str) -> dict[str, Any]:
    """One open conflict with what differs; its `fields` are None until their version has been pulled."""
    found = shown.differences
    return {
        "id": str(row.id),
        "connector": row.connector or NOTHING,
        "kind": word(catalog.kind(row.schema).title(""), language),
        "key": row.key,
        "reason": word(_REASONS[row.reason], language),
        "opened": moment(row.opened_at, language),
        "seen": shown.seen,
        "fields": None if found is None else differences(row.kind, found, language),
    }


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
