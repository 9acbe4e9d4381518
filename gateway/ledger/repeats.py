"""When a document that comes again is read again, and when it gets the answer that was given. Pure.

A sender that gives a key gets the original answer to it, always. Without one a file is recognised by its content; when
nothing of it was stored then, its sender has usually mended something elsewhere and sends it once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from gateway.ledger.rows import ClaimedBefore
from gateway.ledger.submission import Submission
from gateway.ledger.values import FateStatus

BY_CONTENT = "sha256:"
"""How keys begin that are made of the content."""
_REFUSED_WHOLE = (409, 422)
_OVER_AGAIN = frozenset({FateStatus.REJECTED, FateStatus.QUARANTINED})


def is_worth_reading_again(submission: Submission, before: ClaimedBefore) -> bool:
    """Whether the answer may be another today: a conflict may be over, and other findings are another matter."""
    if not before.key.startswith(BY_CONTENT) or submission.request is None or before.answer is None:
        return False
    if before.request_hash != submission.request.hash or before.status not in _REFUSED_WHOLE:
        return False
    told: list[dict[str, Any]] = orjson.loads(before.answer).get("records", [])
    if any(record["status"] == FateStatus.CONFLICT for record in told):
        return True
    return _codes_of(submission) != _codes_told(told)


def _codes_of(submission: Submission) -> list[list[str]]:
    """What is wrong with the records today, as far as it is known without the store."""
    return [[finding.code for finding in rejection.findings] for rejection in submission.rejections]


def _codes_told(records: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    return [[finding["code"] for finding in one["findings"]] for one in records if one["status"] in _OVER_AGAIN]
