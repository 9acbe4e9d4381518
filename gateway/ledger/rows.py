"""The rows of the ledger: what its queries give, with types, and what it stores, each field a column.

The classes whose names begin with `New` are the columns themselves: `statements` takes names and types from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import orjson

from adapters.envelope import Channel, Rejection
from gateway.base.ids import uuid7
from gateway.ledger.sealed import SealedBody, seal_word
from gateway.ledger.states import LetterState
from gateway.ledger.submission import Submission
from gateway.ledger.values import Answer, Draft, Fate, FateStatus
from gateway.store.typed import TypedRow
from gateway.trust.row_proofs import ProvenFacts, RowProver
from schemas.findings import Finding

# -- what queries give -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _CurrentVersion(TypedRow):
    """What everybody is told of the current version of a record, and who sent it."""

    tenant_id: int
    sender_id: int
    kind: str
    key: str
    schema: str
    version: int
    state: str
    content_hash: bytes
    body: bytes
    submission_id: UUID
    stored_at: datetime
    issued_at: datetime
    code: str | None
    qr_text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow(_CurrentVersion):
    """The current version of a record, as everybody who looks records up gets it."""

    subkind: str
    agency_name: str
    agency_uscc: str
    depart_on: date | None
    return_on: date | None
    headcount: int
    division: str
    ordinal: int
    state_reason: str | None
    due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRecord(TypedRow):
    """LISTED: a record as a line of a list, nothing of it sealed."""

    tenant_id: int
    kind: str
    key: str
    version: int
    state: str
    subkind: str
    agency_name: str
    agency_uscc: str
    depart_on: date | None
    return_on: date | None
    headcount: int
    division: str
    stored_at: datetime
    issued_at: datetime
    code: str | None
    state_reason: str | None
    due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord(_CurrentVersion):
    """The current version of a record as the writer meets it."""

    division: str
    revision: int
    confirmed_as: int | None
    base_revision: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenRow(ProvenFacts):
    """What the public is shown of a record, with its proof."""

    proof: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedOn(TypedRow):
    """Which contract that is not void bears a printed number."""

    tenant_id: int
    contract_no: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRecord(TypedRow):
    """A record whose state has just changed."""

    tenant_id: int
    sender_id: int
    division: str
    kind: str
    key: str
    version: int
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierVersion(TypedRow):
    version: int
    state: str
    content_hash: bytes
    submission_id: UUID
    stored_at: datetime
    replaced_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierBody(TypedRow):
    """EARLIER_BODIES: a version that an amendment replaced, its body sealed for the place of its record."""

    tenant_id: int
    kind: str
    key: str
    version: int
    state: str
    schema: str
    body: bytes
    submission_id: UUID
    stored_at: datetime
    replaced_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionRow(TypedRow):
    """SUBMISSION: `filename` is sealed (`sealed.open_word`)."""

    id: UUID
    tenant_id: int
    channel: Channel
    connector: str | None
    mapping: str
    kind: str
    content_type: str
    filename: str | None
    received_at: datetime
    raw_hash: bytes
    rows_in: int
    accepted: int
    rejected: int
    quarantined: int
    status: int
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn(TypedRow):
    """HANDED_IN: a submission as a line of its sender's list, `filename` sealed.

    Of its `rejected` records `open_letters` still wait for somebody. `batch_state` is None for what was answered at
    once.
    """

    id: UUID
    tenant_id: int
    channel: Channel
    connector: str | None
    kind: str
    filename: str | None
    received_at: datetime
    rows_in: int
    accepted: int
    rejected: int
    status: int
    batch_state: str | None
    open_letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow(TypedRow):
    """A record of a submission that did not pass, its source sealed."""

    ordinal: int
    tenant_id: int
    locator: str
    kind: str
    source: bytes
    findings: list[dict[str, Any]]
    stored_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow(TypedRow):
    """The document of a submission, sealed; empty where a blob holds it."""

    tenant_id: int
    raw: bytes
    content_type: str
    filename: str | None
    connector: str | None
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow(TypedRow):
    position: int
    kind: str
    key: str
    event: str
    version: int
    state: str
    code: str | None
    at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow(TypedRow):
    """DOCUMENT: a document with its content, sealed; `pages` is None where nobody has counted them."""

    sha256: bytes
    blob: bytes
    size_bytes: int
    pages: int | None
    stored_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelvedRow(TypedRow):
    """DOCUMENTS: one of the documents of a record, without its content; the name is sealed."""

    sha256: bytes
    name: bytes
    label: str
    size_bytes: int
    pages: int | None
    stored_at: datetime
    is_kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedBefore(TypedRow):
    """The request that holds an idempotency key, and its answer; None while it is being stored here and now."""

    tenant_id: int
    key: str
    request_hash: bytes
    submission_id: UUID
    status: int | None
    answer: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedSubmission(TypedRow):
    """Whose submission it is that was counted."""

    tenant_id: int
    division: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSource(TypedRow):
    """The source of a dead letter, sealed, with an operator's edit if there is one."""

    source: bytes
    edited: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalAnswer(TypedRow):
    """The answer to a submission; of a large document's records the `receipt` came at the end."""

    id: UUID
    answer: bytes
    receipt: str | None


class ConflictChoice(StrEnum):
    """Which side of a conflict counts."""

    KEEP_OURS = "keep_ours"
    KEEP_THEIRS = "keep_theirs"


class ConflictReason(StrEnum):
    """Why there is a conflict: the code of the finding that a pull met, or what the portal itself told us."""

    BOTH_CHANGED = "INTAKE-107"
    SAME_NUMBER = "INTAKE-108"
    REFUSED_THERE = "PORTAL-409"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict(TypedRow):
    """An open conflict with the record that it is about. `theirs` is their version, sealed; None until a pull has
    brought it. `version` and `revision` are those of ours by now.
    """

    id: UUID
    tenant_id: int
    division: str
    connector: str | None
    kind: str
    key: str
    our_version: int
    their_revision: int
    theirs: bytes | None
    reason: ConflictReason
    opened_at: datetime
    schema: str
    version: int
    body: bytes
    revision: int

    @property
    def sealed_theirs(self) -> SealedBody | None:
        return None if self.theirs is None else SealedBody(self.tenant_id, self.kind, self.key, self.theirs)


# -- what is stored ----------------------------------------------------------------------------------------------------


class RecordKey(NamedTuple):
    """The natural key: a business number, within its kind and the agency or portal whose it is."""

    tenant_id: int
    kind: str
    key: str


class PrintedNumber(NamedTuple):
    """The number printed on a contract, within its agency."""

    tenant_id: int
    contract_no: str


class TakenOver(NamedTuple):
    """A claim that passes from a submission that was refused to the same document sent again."""

    tenant_id: int
    key: str
    old_id: UUID
    new_id: UUID


class ClaimKey(NamedTuple):
    tenant_id: int
    key: str


class Claim(NamedTuple):
    tenant_id: int
    key: str
    request_hash: bytes
    submission_id: UUID


class NewRecord(NamedTuple):
    """The columns of a record that are no facts (see `facts.Facts`, whose columns follow)."""

    tenant_id: int
    sender_id: int
    kind: str
    key: str
    schema: str
    state: str
    content_hash: bytes
    body: bytes
    submission_id: UUID
    ordinal: int
    stored_at: datetime
    issued_at: datetime
    code: str | None
    qr_text: str | None
    proof: bytes | None


class NewSubmission(NamedTuple):
    id: UUID
    tenant_id: int
    division: str
    channel: str
    connector: str | None
    mapping: str
    kind: str
    content_type: str
    filename: str | None
    received_at: datetime
    raw_hash: bytes
    raw: bytes
    rows_in: int
    accepted: int
    rejected: int
    quarantined: int
    status: int
    answer: bytes
    blob: str | None


class NewDeadLetter(NamedTuple):
    submission_id: UUID
    ordinal: int
    tenant_id: int
    division: str
    kind: str
    locator: str
    source: bytes
    findings: str
    stored_at: datetime
    key: str | None
    state: str


class NewConflict(NamedTuple):
    """Two versions that a person has to choose from; without `theirs` the portal has told us of it, and a pull will
    bring their version.
    """

    id: UUID
    tenant_id: int
    division: str
    connector: str | None
    kind: str
    key: str
    our_version: int
    their_revision: Annotated[int, "bigint"]
    theirs: bytes | None
    submission_id: UUID | None
    reason: str


class EndedConflict(NamedTuple):
    """The end of whatever conflict of a record is open; with `id` of that one only."""

    tenant_id: int
    kind: str
    key: str
    id: UUID | None
    decision: str
    decided_by: str


class NewChange(NamedTuple):
    """One event of the outbox; its position is given when it is stored."""

    tenant_id: int
    sender_id: int
    division: str
    kind: str
    key: str
    event: str
    version: int
    state: str
    code: str | None
    at: datetime
    reason: str | None = None


def record_values(
    submission: Submission, draft: Draft, now: datetime, prover: RowProver, *, replaces: StoredRecord | None = None
) -> tuple[Any, ...]:
    """The columns of a record, its facts last; of a new one, or of one in the place of `replaces`."""
    issued_at = submission.envelope.received_at if replaces is None else replaces.issued_at
    version = 1 if replaces is None else replaces.version + 1
    return (
        *NewRecord(
            tenant_id=draft.owner.id,
            sender_id=submission.tenant.id,
            kind=draft.kind,
            key=draft.key,
            schema=draft.schema,
            state=draft.state,
            content_hash=draft.content_hash,
            body=draft.body,
            submission_id=submission.id,
            ordinal=draft.ordinal,
            stored_at=now,
            issued_at=issued_at,
            code=draft.code,
            qr_text=draft.qr_text,
            proof=_proof(draft, prover, version=version, stored_at=now, issued_at=issued_at),
        ),
        *draft.facts.values(),
    )


def _proof(draft: Draft, prover: RowProver, *, version: int, stored_at: datetime, issued_at: datetime) -> bytes | None:
    """Of what the public is shown; None of a record that it is not shown."""
    if draft.code is None or draft.qr_text is None:
        return None
    facts = draft.facts
    return prover.prove(
        ProvenFacts(
            code=draft.code,
            version=version,
            state=draft.state,
            content_hash=draft.content_hash,
            issued_at=issued_at,
            stored_at=stored_at,
            subkind=facts.subkind,
            agency_name=facts.agency_name,
            agency_uscc=facts.agency_uscc,
            division=facts.division,
            depart_on=facts.depart_on,
            return_on=facts.return_on,
            headcount=facts.headcount,
            qr_text=draft.qr_text,
        )
    )


def conflict_values(submission: Submission, draft: Draft, existing: StoredRecord, finding: Finding) -> NewConflict:
    return NewConflict(
        id=uuid7(),
        tenant_id=draft.owner.id,
        division=draft.facts.division,
        connector=submission.envelope.connector,
        kind=draft.kind,
        key=draft.key,
        our_version=existing.version,
        their_revision=draft.facts.revision,
        theirs=draft.body,
        submission_id=submission.id,
        reason=ConflictReason(finding.code).value,
    )


def submission_values(submission: Submission, fates: Sequence[Fate], answer: Answer) -> NewSubmission:
    envelope, blob = submission.envelope, submission.blob
    accepted = sum(fate.status.is_good for fate in fates)
    quarantined = sum(fate.status is FateStatus.QUARANTINED for fate in fates)
    return NewSubmission(
        id=submission.id,
        tenant_id=submission.tenant.id,
        division=submission.tenant.division,
        channel=envelope.channel.value,
        connector=envelope.connector,
        mapping=submission.mapping,
        kind=submission.kind,
        content_type=envelope.content_type,
        filename=seal_word(envelope.filename, submission.tenant.seal, submission.id),
        received_at=envelope.received_at,
        raw_hash=submission.raw_hash,
        raw=submission.content if isinstance(submission.content, bytes) else b"",
        rows_in=len(fates),
        accepted=accepted,
        rejected=len(fates) - accepted - quarantined,
        quarantined=quarantined,
        status=answer.status,
        answer=answer.body,
        blob=None if blob is None else blob.name,
    )


def dead_letter_values(submission: Submission, rejection: Rejection, now: datetime) -> NewDeadLetter:
    source = orjson.dumps(rejection.source, default=str)
    return NewDeadLetter(
        submission_id=submission.id,
        ordinal=rejection.ordinal,
        tenant_id=submission.tenant.id,
        division=submission.tenant.division,
        kind=submission.kind,
        locator=rejection.locator,
        source=submission.tenant.seal.seal(source, submission.id.bytes),
        findings=orjson.dumps([finding.as_dict() for finding in rejection.findings]).decode(),
        stored_at=now,
        key=submission.key_of(rejection),
        state=(LetterState.PARKED if rejection.parked else LetterState.OPEN).value,
    )
