"""What the gateway answers, typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RecordFate:
    """What became of one record. `status`: accepted, amended, unchanged, rejected, quarantined, conflict, withheld."""

    ordinal: int
    key: str | None
    status: str
    code: str | None
    code_printed: str | None
    qr_text: str | None
    findings: Sequence[Mapping[str, Any]]

    @property
    def is_stored(self) -> bool:
        return self.status in ("accepted", "amended", "unchanged")


@dataclass(frozen=True)
class Answer:
    """The answer to a push. `is_replay` when it is that of an earlier request with the same idempotency key.

    `receipt` is the signed proof (see `verify_receipt`): keep it.
    """

    submission_id: str
    receipt: str
    records: Sequence[RecordFate]
    counts: Mapping[str, int]
    is_replay: bool
    document: Mapping[str, Any]

    @classmethod
    def of(cls, document: Mapping[str, Any], *, is_replay: bool) -> Answer:
        records = [
            RecordFate(
                record["ordinal"],
                record.get("key"),
                record["status"],
                record.get("code"),
                record.get("code_printed"),
                record.get("qr_text"),
                record["findings"],
            )
            for record in document["records"]
        ]
        return cls(document["submission_id"], document["receipt"], records, document["counts"], is_replay, document)


@dataclass(frozen=True)
class Upload:
    """A large document at its end. `receipt` covers every row; `failures` are the rows that did not pass."""

    submission_id: str
    receipt: str
    counts: Mapping[str, int]
    failures: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Changes:
    """A page of the change feed. Go on with `after=high_water`."""

    events: Sequence[Mapping[str, Any]]
    high_water: int
