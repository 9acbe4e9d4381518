"""What may go wrong, each with the stable code of the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class YizhanError(Exception):
    """Base of all errors of this package."""


class Unreachable(YizhanError):
    """No answer came, however often it was asked for. The request may have been carried out: send the same again."""


class NotVerified(YizhanError):
    """A receipt or a webhook is not what the gateway signed."""


class Refused(YizhanError):
    """The gateway has refused a request: `code` is stable, `document` its problem document (RFC 9457)."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(document.get("code", status))
        self.document = document
        words = document.get("detail_en") or document.get("title_en") or document.get("title") or ""
        super().__init__(f"{self.code}: {words}")

    @property
    def findings(self) -> Sequence[Mapping[str, Any]]:
        """What is wrong with the data: field, place in your document, reason, advice; in Chinese and English."""
        return [finding for record in self.document.get("records", ()) for finding in record["findings"]]


class Rejected(Refused):
    """The record does not pass: correct it, and send it anew under a new idempotency key."""


class Conflict(Refused):
    """The number is stored with other content: push with `amend=True` if it is meant to change."""


class PositionUnknown(Refused):
    """The change feed does not know a position, because data was restored: go on from `resume_after`."""

    @property
    def resume_after(self) -> int:
        return int(self.document["resume_after"])


class NotDone(YizhanError):
    """A large document is kept, and not done yet: ask for its submission later."""

    def __init__(self, submission_id: str) -> None:
        self.submission_id = submission_id
        super().__init__(f"submission {submission_id} is not done yet")
