"""One transaction of the writer, from claims to changes.

Rows go in in one global order (claims, records by key, submissions), so that writers on several processes wait for
each other but never in a ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.envelope import Channel
from gateway import audit
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.ledger import attested, lifecycle
from gateway.ledger import statements as sql
from gateway.ledger.answers import compose, compose_kept
from gateway.ledger.changes import ChangeEvent, announce
from gateway.ledger.conflicts import (
    BY_PORTAL,
    DISPUTES,
    ConflictChoice,
    EndedConflict,
    NewConflict,
    end_conflicts,
    open_conflicts,
)
from gateway.ledger.current import lock
from gateway.ledger.issuing import Issuer
from gateway.ledger.kinds import BEHAVIOURS, PortalLife
from gateway.ledger.repeats import is_worth_reading_again
from gateway.ledger.rows import (
    ClaimedBefore,
    ClaimKey,
    NewChange,
    OriginalAnswer,
    PrintedNumber,
    PrintedOn,
    RecordKey,
    StoredRecord,
    TakenOver,
    conflict_values,
    dead_letter_values,
    record_values,
    submission_values,
)
from gateway.ledger.sealed import is_kept, open_body
from gateway.ledger.submission import Shape, Submission
from gateway.ledger.values import Answer, Draft, Fate, FateStatus, Moved, Standing
from gateway.store.typed import fetch
from gateway.transparency.leaves import LEAVES, append
from gateway.transparency.rows import NewLeaf
from gateway.trust.keyring import Keyring
from schemas.findings import Finding

_MOST_REDRAWS = 8
_AUTHORITYS = frozenset({Channel.DESK, Channel.PORTAL, Channel.RECONCILIATION})

Pending = tuple[Submission, Draft]


class Commit:
    """One transaction's work, from claims to changes."""

    def __init__(self, connection: AsyncConnection, issuer: Issuer, keyring: Keyring) -> None:
        self._connection = connection
        self._issuer = issuer
        self._keyring = keyring
        self._now = Clock.now()
        self._changes: list[NewChange] = []
        self._leaves: list[NewLeaf] = []
        self._disputes: dict[RecordKey, NewConflict] = {}
        self._ended: dict[RecordKey, EndedConflict] = {}
        self.fates: dict[UUID, list[Fate]] = {}

    async def run(self, batch: list[Submission]) -> list[Answer | Refused]:
        """The answers to submissions, in order; a refusal where nothing of one was stored."""
        claimed = await self._claim(batch)
        known = await self._claimed_before([submission for submission in batch if submission.id not in claimed])
        if taken := await self._take_over(batch, known):
            claimed |= taken
            known = await self._claimed_before([submission for submission in batch if submission.id not in claimed])
        fresh = [submission for submission in batch if submission.id in claimed]
        await self._store_records(fresh)
        answers = await self._store_submissions(fresh)
        await self._store_dead_letters(fresh)
        repeats = [submission for submission in batch if submission.id not in claimed]
        replays = await self._replay(repeats, known, answers)
        await self._settle_conflicts()
        await self.announce()
        return [answers.get(submission.id) or replays[submission.id] for submission in batch]

    async def store_chunk(self, chunk: Submission) -> list[Fate]:
        """The records of one chunk of a submission that is there already. Call `announce` before committing."""
        await self._store_records([chunk])
        await self._store_dead_letters([chunk])
        await self._settle_conflicts()
        return sorted(self.fates[chunk.id], key=lambda fate: fate.ordinal)

    async def announce(self) -> None:
        """Attest what was stored and say what happened, in the order in which it did."""
        await append(self._connection, self._leaves)
        await announce(self._connection, self._changes)

    async def _all(self, statement: str, parameters: Mapping[str, Any]) -> Sequence[Any]:
        return (await self._connection.exec_driver_sql(statement, dict(parameters))).all()

    # -- idempotency -----------------------------------------------------------------------------------------------

    async def _claim(self, batch: list[Submission]) -> set[UUID]:
        """The submissions that nobody sent before."""
        keyed = sorted(
            (submission.tenant.id, submission.key, submission.request.hash, submission.id)
            for submission in batch
            if submission.request is not None and submission.key is not None
        )
        claimed = {submission.id for submission in batch if submission.key is None}
        if keyed:
            claimed.update(row[0] for row in await self._all(sql.CLAIM, sql.CLAIMS.parameters(keyed)))
        return claimed

    async def _claimed_before(self, repeats: Sequence[Submission]) -> dict[ClaimKey, ClaimedBefore]:
        """Which requests hold the keys of these."""
        if not repeats:
            return {}
        keys = sql.CLAIM_KEYS.parameters(map(_claim_of, repeats))
        rows = await fetch(self._connection, sql.CLAIMED_BEFORE, keys, ClaimedBefore)
        return {ClaimKey(row.tenant_id, row.key): row for row in rows}

    async def _take_over(self, batch: Sequence[Submission], known: Mapping[ClaimKey, ClaimedBefore]) -> set[UUID]:
        """Submissions that are read again, because nothing of the same document was stored before and may be now."""
        again = {
            claim: submission
            for submission in batch
            if (before := known.get(claim := _claim_of(submission))) and is_worth_reading_again(submission, before)
        }
        if not again:
            return set()
        taken = sorted(TakenOver(*claim, known[claim].submission_id, one.id) for claim, one in again.items())
        return {row[0] for row in await self._all(sql.TAKE_OVER, sql.TAKEN_OVER.parameters(taken))}

    async def _replay(
        self, repeats: Sequence[Submission], known: Mapping[ClaimKey, ClaimedBefore], answers: Mapping[UUID, Answer]
    ) -> dict[UUID, Answer | Refused]:
        """What those who come again are answered, from the store or from those stored a moment ago."""
        replays: dict[UUID, Answer | Refused] = {}
        for submission in repeats:
            before = known[_claim_of(submission)]
            if submission.request is None or before.request_hash != submission.request.hash:
                refused = Refused(problems.IDEMPOTENCY_MISMATCH, submission_id=str(before.submission_id))
                replays[submission.id] = refused
            else:
                answer = _original(before, answers)
                replays[submission.id] = replace(answer, moved=await self._moved_since(submission, answer))
        return replays

    async def _moved_since(self, submission: Submission, answer: Answer) -> tuple[Moved, ...]:
        """Which records of an earlier answer have gone on since."""
        told = {
            record["key"]: (record["version"], record["state"])
            for record in orjson.loads(answer.body).get("records", ())
            if "version" in record
        }
        keys = {_key_of(draft) for draft in submission.drafts if draft.key in told}
        stored = await self._stored(keys) if keys else {}
        now = {key.key: (row.version, row.state) for key, row in stored.items()}
        return tuple(
            Moved(key=key, version=version, state=state)
            for key, (version, state) in sorted(now.items())
            if told[key] != (version, state)
        )

    # -- records ---------------------------------------------------------------------------------------------------

    async def _store_records(self, fresh: list[Submission]) -> None:
        pending: list[Pending] = []
        for submission in fresh:
            fates = self.fates[submission.id] = [
                Fate.of_rejection(one, submission.key_of(one)) for one in submission.rejections
            ]
            if submission.spoilt_by is not None:
                fates += _withheld_fates(submission, submission.spoilt_by)
                continue
            for draft in submission.drafts:
                finding = _claims_a_decision(submission, draft)
                if finding is None:
                    pending.append((submission, draft))
                else:
                    fates.append(Fate.of_refused(draft, FateStatus.CONFLICT, (finding,)))
        for _ in range(_MOST_REDRAWS):
            pending = await self._insert(pending)
            if not pending:
                return
        raise RuntimeError("codes keep colliding: the source of randomness is broken")

    async def _insert(self, pending: list[Pending]) -> list[Pending]:
        """Insert what is new and settle what is known; returns drafts whose code collided, under new codes."""
        if not pending:
            return []
        pending.sort(key=lambda pair: _key_of(pair[1]))
        prover = self._keyring.row_prover
        values = [record_values(*pair, self._now, prover) for pair in pending]
        rows = sql.RECORDS.parameters(values)
        inserted = {tuple(row) for row in await self._all(sql.INSERT_RECORDS, rows)}
        known: list[Pending] = []
        for (submission, draft), row in zip(pending, values, strict=True):
            if (submission.id, draft.ordinal) in inserted:
                self._leaves.append(attested.record_leaf(row, 1))
                self._settle_stored(submission, draft, FateStatus.ACCEPTED, 1)
            else:
                known.append((submission, draft))
        return await self._settle_known(known) if known else []

    async def _settle_known(self, known: list[Pending]) -> list[Pending]:
        """Records that were not inserted: stored before, or (returned, under new codes) of a code that another has."""
        stored = await self._stored({_key_of(draft) for _, draft in known})
        printed = await self._printed_on(known)
        collided: list[Pending] = []
        for submission, draft in known:
            key = _key_of(draft)
            existing, other = stored.get(key), printed.get(_number_of(draft))
            if other not in (None, draft.key) and (existing is None or submission.envelope.amend):
                self._settle_taken(submission, draft, other)
            elif existing is None:
                collided.append((submission, self._issuer.redraw(draft)))
            elif existing.content_hash == draft.content_hash:
                self._settle_unchanged(submission, draft, existing)
            elif submission.envelope.amend:
                stored[key] = await self._amend(submission, draft)
            else:
                self._settle_differing(submission, draft, existing)
        return collided

    async def _stored(self, keys: Iterable[RecordKey]) -> dict[RecordKey, StoredRecord]:
        wanted = sql.RECORD_KEYS.parameters(sorted(keys))
        rows = await fetch(self._connection, sql.STORED_RECORDS, wanted, StoredRecord)
        return {RecordKey(row.tenant_id, row.kind, row.key): row for row in rows}

    async def _printed_on(self, known: Sequence[Pending]) -> dict[PrintedNumber | None, str]:
        """Which contracts bear the printed numbers of these, by number."""
        numbers = {number for _, draft in known if (number := _number_of(draft)) is not None}
        if not numbers:
            return {}
        wanted = sql.PRINTED_NUMBERS.parameters(sorted(numbers))
        rows = await fetch(self._connection, sql.PRINTED_ON, wanted, PrintedOn)
        return {PrintedNumber(row.tenant_id, row.contract_no): row.key for row in rows}

    async def _amend(self, submission: Submission, draft: Draft) -> StoredRecord:
        """Replace the current version under a row lock, keeping the old one; returns what is current then."""
        key = _key_of(draft)
        existing = await lock(self._connection, key)
        if existing.content_hash == draft.content_hash:
            self._settle_unchanged(submission, draft, existing)
            return existing
        old = self._content_of(existing, draft)
        if old is None:
            self._settle_declined(submission, draft, existing, lifecycle.kept_no_longer(draft.key))
            return existing
        decided = _is_decided(submission, draft)
        amendment = lifecycle.amend(
            draft.kind,
            existing.state,
            old,
            orjson.loads(draft.canonical),
            confirmed_as=existing.confirmed_as,
            base_revision=existing.base_revision,
            decided=decided,
            by_authority=_is_by_authority(submission),
            is_ours=submission.envelope.channel is Channel.DESK,
        )
        match amendment:
            case lifecycle.Amended(state):
                self._end_conflict(key, draft, was_ours=bool(old.get("unconfirmed")), decided=decided)
                replaced = replace(draft, state=state)
                if draft.facts.contract_no is None:
                    return await self._replace(submission, replaced, existing)
                return await self._replace_printed(submission, replaced, existing)
            case lifecycle.Kept(why):
                self._settle_unchanged(submission, replace(draft, findings=(*draft.findings, why)), existing)
            case lifecycle.Declined(why):
                self._settle_declined(submission, draft, existing, why)
        return existing

    def _content_of(self, existing: StoredRecord, draft: Draft) -> Mapping[str, Any] | None:
        """What is stored; of what is kept no longer nothing, but somebody who was struck off may be filed again: then
        what its columns say.
        """
        if is_kept(existing):
            return open_body(existing, draft.owner.seal)
        if isinstance(BEHAVIOURS[draft.kind].life, PortalLife):
            return {"status": existing.state, "revision": existing.revision}
        return None

    async def _replace(self, submission: Submission, draft: Draft, existing: StoredRecord) -> StoredRecord:
        """Put `draft` in the place of `existing`, which is locked; code and day of issue stay.

        Raises Refused (VERIFY-003).
        """
        key, code = _key_of(draft), existing.code
        if code is not None:
            self._issuer.must_have_issued(code, existing.qr_text, existing.issued_at)
        qr_text = code and self._issuer.sign(code, draft.facts, draft.content_hash, existing.issued_at)
        draft = replace(draft, code=code, qr_text=qr_text)
        await self._connection.exec_driver_sql(sql.KEEP_VERSION, key._asdict())
        prover = self._keyring.row_prover
        values = record_values(submission, draft, self._now, prover, replaces=existing)
        columns = dict(zip(sql.RECORDS.columns, values, strict=True))
        ((version,),) = await self._all(sql.REPLACE_RECORD, columns)
        self._leaves.append(attested.record_leaf(values, version))
        self._settle_stored(submission, draft, FateStatus.AMENDED, version)
        if draft.facts.division != existing.division:
            moved = {"from_division": existing.division, "to_division": draft.facts.division, "version": version}
            for division in (existing.division, draft.facts.division):  # it concerns both
                what = f"{draft.kind}.move", code or draft.key
                await audit.record(self._connection, submission.tenant, *what, division=division, **moved)
        return await lock(self._connection, key)

    async def _replace_printed(self, submission: Submission, draft: Draft, existing: StoredRecord) -> StoredRecord:
        """The same for a contract that bears a number: another may have taken it a moment ago, here or elsewhere.

        The unique index decides; its refusal undoes this one amendment, not the transaction of everybody in it.
        """
        try:
            async with self._connection.begin_nested():
                return await self._replace(submission, draft, existing)
        except IntegrityError:
            printed = await self._printed_on([(submission, draft)])
            other = printed.get(_number_of(draft))
            if other in (None, draft.key):
                raise
            self._settle_taken(submission, draft, other)
            return existing

    def _end_conflict(self, key: RecordKey, draft: Draft, *, was_ours: bool, decided: bool) -> None:
        """What the portal shows, be it our change or a later version of its own, ends whatever conflict is open."""
        if draft.facts.unconfirmed or decided or not (was_ours or draft.facts.revision):
            return
        choice = ConflictChoice.KEEP_OURS if was_ours else ConflictChoice.KEEP_THEIRS
        self._ended[key] = EndedConflict(*key, id=None, decision=choice.value, decided_by=BY_PORTAL)

    # -- fates -----------------------------------------------------------------------------------------------------

    def _settle_stored(self, submission: Submission, draft: Draft, status: FateStatus, version: int) -> None:
        """A draft is stored as it is, as that version."""
        fate = Fate(
            ordinal=draft.ordinal,
            locator=draft.locator,
            status=status,
            key=draft.key,
            version=version,
            state=draft.state,
            code=draft.code,
            qr_text=draft.qr_text,
            content_hash=draft.content_hash,
            submission_id=submission.id,
            findings=draft.findings,
        )
        self.fates[submission.id].append(fate)
        event = ChangeEvent.CREATED if status is FateStatus.ACCEPTED else ChangeEvent.AMENDED
        self._note_change(submission, draft, event, fate)

    def _note_change(self, submission: Submission, draft: Draft, event: ChangeEvent, fate: Fate) -> None:
        change = NewChange(
            tenant_id=draft.owner.id,
            sender_id=submission.tenant.id,
            division=draft.facts.division,
            kind=draft.kind,
            key=draft.key,
            event=event.value,
            version=fate.version or 1,
            state=fate.state or "",
            code=fate.code,
            at=self._now,
        )
        self._changes.append(change)

    def _settle_unchanged(self, submission: Submission, draft: Draft, existing: StoredRecord) -> None:
        """Nothing new; but a change of ours for which a person has decided once more goes to the portal once more."""
        fate = Fate(
            ordinal=draft.ordinal,
            locator=draft.locator,
            status=FateStatus.UNCHANGED,
            key=draft.key,
            version=existing.version,
            state=existing.state,
            code=existing.code,
            qr_text=existing.qr_text,
            content_hash=existing.content_hash,
            submission_id=existing.submission_id,
            findings=draft.findings,
        )
        self.fates[submission.id].append(fate)
        if draft.facts.unconfirmed and _is_decided(submission, draft):
            self._note_change(submission, draft, ChangeEvent.AMENDED, fate)

    def _settle_taken(self, submission: Submission, draft: Draft, other: str | None) -> None:
        """Another contract of the agency bears the printed number."""
        finding = lifecycle.number_taken(draft.facts.contract_no, other).at(draft.locator)
        self.fates[submission.id].append(Fate.of_refused(draft, FateStatus.CONFLICT, (*draft.findings, finding)))

    def _settle_declined(self, submission: Submission, draft: Draft, existing: StoredRecord, why: Finding) -> None:
        """An amendment that does not take effect; a person may have to choose."""
        fate = Fate.of_refused(draft, FateStatus.CONFLICT, (why,), stored=_standing(existing))
        self.fates[submission.id].append(fate)
        if why.code in DISPUTES:
            self._disputes[_key_of(draft)] = conflict_values(submission, draft, existing, why)

    def _settle_differing(self, submission: Submission, draft: Draft, existing: StoredRecord) -> None:
        """The number is known with other content, and nobody has said that it is an amendment."""
        old = self._content_of(existing, draft)
        if old is None:
            self._settle_declined(submission, draft, existing, lifecycle.kept_no_longer(draft.key))
            return
        new = orjson.loads(draft.canonical)
        found = lifecycle.differences(draft.schema, old, new) if is_kept(existing) else ()
        finding = lifecycle.differs(draft.kind, existing.state, draft.key, found).at(draft.locator)
        findings = (*draft.findings, finding)
        fate = Fate.of_refused(draft, FateStatus.CONFLICT, findings, found, stored=_standing(existing))
        self.fates[submission.id].append(fate)

    # -- the submission and its trail ------------------------------------------------------------------------------

    async def _store_submissions(self, fresh: list[Submission]) -> dict[UUID, Answer]:
        if not fresh:
            return {}
        for fates in self.fates.values():
            fates.sort(key=lambda fate: fate.ordinal)
        originals = await self._original_receipts(fresh)
        answers = {submission.id: self._answer(submission, originals.get(submission.id)) for submission in fresh}
        rows = [submission_values(one, self.fates[one.id], answers[one.id]) for one in fresh]
        self._leaves += [attested.receipt_leaf(row, answers[row.id].receipt) for row in rows]
        parameters = sql.SUBMISSIONS.parameters(rows) | LEAVES.parameters(self._leaves)
        self._leaves.clear()
        await self._connection.exec_driver_sql(sql.INSERT_SUBMISSIONS, parameters)
        return answers

    def _answer(self, submission: Submission, original_receipt: str | None) -> Answer:
        signer = self._keyring.receipt_signer
        if submission.blob is not None:
            return compose_kept(submission, submission.blob, signer)
        return compose(submission, self.fates[submission.id], signer, original_receipt)

    async def _original_receipts(self, fresh: list[Submission]) -> dict[UUID, str]:
        """For single pushes of content stored before: the receipt that was given then; a batch's comes at its end."""
        wanted = {
            submission.id: fate.submission_id
            for submission in fresh
            if submission.reading.shape is Shape.SINGLE
            for fate in self.fates[submission.id]
            if fate.status is FateStatus.UNCHANGED and fate.submission_id not in (None, submission.id)
        }
        if not wanted:
            return {}
        rows = await fetch(self._connection, sql.ANSWERS_OF, {"ids": list(set(wanted.values()))}, OriginalAnswer)
        receipts: dict[UUID | None, str] = {row.id: row.receipt or orjson.loads(row.answer)["receipt"] for row in rows}
        return {repeat: receipts[original] for repeat, original in wanted.items() if original in receipts}

    async def _settle_conflicts(self) -> None:
        await open_conflicts(self._connection, self._disputes.values())
        await end_conflicts(self._connection, self._ended.values())

    async def _store_dead_letters(self, fresh: list[Submission]) -> None:
        rows = [dead_letter_values(one, rejection, self._now) for one in fresh for rejection in one.rejections]
        if rows:
            await self._connection.exec_driver_sql(sql.INSERT_DEAD_LETTERS, sql.DEAD_LETTERS.parameters(rows))


def _claim_of(submission: Submission) -> ClaimKey:
    return ClaimKey(submission.tenant.id, submission.key or "")


def _key_of(draft: Draft) -> RecordKey:
    return RecordKey(draft.owner.id, draft.kind, draft.key)


def _number_of(draft: Draft) -> PrintedNumber | None:
    number = draft.facts.contract_no
    return None if number is None else PrintedNumber(draft.owner.id, number)


def _is_decided(submission: Submission, draft: Draft) -> bool:
    return draft.key in submission.envelope.decided


def _claims_a_decision(submission: Submission, draft: Draft) -> Finding | None:
    """What is wrong with a draft that says what only an authority may."""
    return lifecycle.claims_a_decision(
        draft.kind,
        draft.state,
        lambda: orjson.loads(draft.canonical),
        decided=_is_decided(submission, draft),
        by_authority=_is_by_authority(submission),
    )


def _is_by_authority(submission: Submission) -> bool:
    """Whether it is the authority's own word, or that of its portal."""
    return submission.tenant.is_keeper or submission.envelope.channel in _AUTHORITYS


def _standing(existing: StoredRecord) -> Standing:
    return Standing(
        version=existing.version,
        state=existing.state,
        code=existing.code,
        content_hash=existing.content_hash,
    )


def _original(before: ClaimedBefore, answers: Mapping[UUID, Answer]) -> Answer:
    """The answer that was given to an earlier request, or is given to an equal one in this very commit."""
    here = answers.get(before.submission_id)
    if here is not None:
        return replace(here, replayed=True)
    if before.status is None or before.answer is None:
        raise RuntimeError(f"{before.submission_id} has a claim and no answer")
    return Answer(before.submission_id, before.status, before.answer, replayed=True)


def _withheld_fates(submission: Submission, spoilt_by: Iterable[Fate]) -> list[Fate]:
    spoilt = {fate.ordinal: fate for fate in spoilt_by}
    return [
        spoilt.get(draft.ordinal) or Fate.of_refused(draft, FateStatus.WITHHELD, draft.findings)
        for draft in submission.drafts
    ]
