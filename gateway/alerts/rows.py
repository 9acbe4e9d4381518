"""The rows of alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.store.typed import TypedRow
from schemas.findings import Text


class AlertCode(StrEnum):
    """What somebody should look at. The codes are stable; `TITLES` has their words."""

    PULL_STOPPED = "ALERT-001"
    """A pull needs a person: credentials, configuration, a changed protocol. By kind or file, else of the connector."""
    DRIFT = "ALERT-002"
    """Documents no longer have the shape that was recorded."""
    LATE = "ALERT-003"
    """A scheduled run has not ended when it was due."""
    NOT_SENT = "ALERT-004"
    """A change of a record that a portal cannot be sent, or will not have; without a record, all: it is barred."""
    BROKEN_FILE = "ALERT-005"
    """A file contradicts its marker and is not taken."""
    OLD_EXPORT = "ALERT-006"
    """The newest whole export of a kind is days old: comparing with it says nothing of what came since."""
    BAD_NAME = "ALERT-007"
    """A file has a name that cannot be asked for again, and is not taken."""
    SET_ASIDE = "ALERT-008"
    """A partner folder cannot be used: what its connector reads and sends waits or is refused."""
    SERVER_CLOCK = "ALERT-009"
    """A file was written in the future, by the clock of their server: nothing can be said of what is new there."""
    ALTERED = "ALERT-010"
    """What is stored of a contract disagrees with what was signed: somebody has written to the database."""
    NOT_DURABLE = "ALERT-011"
    """The database is set so that a crash could lose what it commits: nothing new is taken until it is put right."""
    LOG_ALTERED = "ALERT-012"
    """The transparency log is not the one that was signed: nothing more is signed until somebody has looked."""
    VOLUME = "ALERT-013"
    """A partner has sent fewer or more records of a kind in a period than its connector expects."""
    SILENT = "ALERT-014"
    """An agency has reported no group for a month, although groups are expected of it."""
    UNFINISHED = "ALERT-015"
    """All have signed a contract, and its sealed document could not be made for an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow(TypedRow):
    """An open alert. `times` counts how often it was raised; `detail` is what was found the last time."""

    id: UUID
    tenant_id: int
    division: str
    connector: str
    code: AlertCode
    subject: str
    detail: dict[str, Any]
    times: int
    first_at: datetime
    last_at: datetime

    @property
    def text(self) -> Text:
        """What was found, in both languages; rows of before have it in one."""
        either = self.detail.get("text", "")
        return Text(self.detail.get("zh", either), self.detail.get("en", either))
