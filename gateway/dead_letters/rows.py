"""What the queries of `statements` give, a class each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.ledger.letters import LetterKey
from gateway.ledger.states import LetterState
from gateway.store.typed import TypedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(TypedRow):
    """LETTERS: a record that did not pass, with what is known of its submission.

    `source` and `edited` are sealed, `edited` is None until an operator has changed something. A letter counts as
    resolved as well once its business number has been stored since.
    """

    submission_id: UUID
    ordinal: int
    tenant_id: int
    kind: str
    locator: str
    key: str | None
    source: bytes
    edited: bytes | None
    findings: Sequence[Mapping[str, Any]]
    attempts: int
    stored_at: datetime
    replayed_by: UUID | None
    connector: str | None
    mapping: str
    received_at: datetime
    content_type: str
    state: LetterState

    @property
    def place(self) -> LetterKey:
        return LetterKey(self.submission_id, self.ordinal)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnexplainedRow(TypedRow):
    """UNEXPLAINED: how many letters of a connector nobody has dealt with."""

    connector: str
    count: int
