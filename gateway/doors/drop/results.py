"""The answer to a file, as files: `receipts/` has what REST would have answered, `rejected/` what did not pass.

Writing results a second time after a crash finds the first ones by their content; no answer ever replaces another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from gateway.base.ids import uuid7
from gateway.base.problems import Refused
from gateway.dead_letters.workbook import workbook
from gateway.doors.drop.files import Files
from gateway.doors.drop.places import RECEIPTS, REJECTED, Place
from gateway.ledger.rows import RejectedRow
from gateway.ledger.values import FateStatus

RECEIPT = ".receipt.json"
PROBLEM = ".problem.json"


def has_rejections(answer: bytes) -> bool:
    """Whether anything of the file was not stored."""
    document = orjson.loads(answer)
    counts = document.get("counts", {})
    is_refused = document.get("status", 200) >= 400 or document.get("failure") is not None
    return is_refused or counts.get("rows", 0) > sum(counts.get(status, 0) for status in FateStatus if status.is_good)


class Results:
    """Writes the results of one account's files. Blocking."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def answered(self, place: Place, submission_id: UUID, answer: bytes, findings: Mapping[str, bytes] | None) -> None:
        """The receipt of a file, and its findings by their suffix if it has any. Then the file leaves its inbox."""
        base = self._base(place.name, str(submission_id), Place(RECEIPTS, RECEIPT), answer)
        self._put(Place(RECEIPTS, base + RECEIPT), answer)
        if findings is None:
            self._files.remove(place)
        else:
            for suffix, content in findings.items():
                self._put(Place(REJECTED, base + suffix), content)
            self._files.move(place, Place(REJECTED, base))
        self._drop_marker(place)

    def refused(self, place: Place, refusal: Refused) -> None:
        """A file that was not submitted: the problem document beside it in `rejected/`."""
        document = orjson.dumps(refusal.as_dict())
        base = self._base(place.name, str(uuid7()), Place(REJECTED, PROBLEM), document)
        self._put(Place(REJECTED, base + PROBLEM), document)
        self._files.move(place, Place(REJECTED, base))
        self._drop_marker(place)

    def _base(self, name: str, distinction: str, first: Place, content: bytes) -> str:
        """The name for all results of a file: its own, unless results of an earlier one have it."""
        for base in (name, f"{distinction}.{name}"):
            is_first = self._holds(Place(first.folder, base + first.name)) in (None, content)
            if is_first and self._holds(Place(REJECTED, base)) is None:
                return base
        return f"{uuid7()}.{name}"

    def _holds(self, place: Place) -> bytes | None:
        try:
            return self._files.read(place)
        except FileNotFoundError:
            return None

    def _put(self, place: Place, content: bytes) -> None:
        """A file that is there already was written before a crash."""
        try:
            self._files.create(place, content)
        except FileExistsError:
            return

    def _drop_marker(self, place: Place) -> None:
        try:
            self._files.remove(place.marker)
        except FileNotFoundError:
            return


def findings_of(
    submission_id: UUID, letters: Sequence[tuple[RejectedRow, Any]], notes: Sequence[dict[str, Any]]
) -> dict[str, bytes]:
    """Pairs of dead letter and opened source, as the document that REST gives and as its spreadsheet.

    `notes` are what the answer says of the document as a whole.
    """
    listed = [
        {
            "ordinal": letter.ordinal,
            "kind": letter.kind,
            "locator": letter.locator,
            "findings": letter.findings,
            "source": source,
        }
        for letter, source in letters
    ]
    document = {"submission_id": str(submission_id), "dead_letters": listed, "notes": notes}
    return {".findings.json": orjson.dumps(document), ".findings.xlsx": workbook(letters, notes)}
