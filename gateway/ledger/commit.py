"""One transaction of the writer, from claims to changes.

Rows go in in one global order (claims, records by key, submissions, the change clock last), so that writers on
several processes wait for each other but never in a ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.envelope import Rejection
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.ledger import lifecycle
from gateway.ledger import statements as sql
from gateway.ledger.answers import compose, taken_over
from gateway.ledger.changes import Change, announce
from gateway.ledger.issuing import Issuer
from gateway.ledger.rows import batch_row, conflict_row, dead_letter_row, record_row, stored_record, submission_row
from gateway.ledger.sealed import opened
from gateway.ledger.two_sided import DISPUTES
from gateway.ledger.values import Answer, Draft, Fate, FateStatus, PreparedSubmission, StoredRecord
from gateway.trust.keyring import Keyring
from schemas.findings import Finding

_MOST_REDRAWS = 8

NaturalKey = tuple[int, str, str]


class Commit:
    """One transaction's work, from claims to changes."""

    def __init__(self, connection: AsyncConnection, issuer: Issuer, keyring: Keyring) -> None:
        self._connection = connection
        self._issuer = issuer
        self._keyring = keyring
        self._now = Clock.now()
        self._changes: list[Change] = []
        self._disputes: dict[NaturalKey, tuple[Any, ...]] = {}
        self._ended: dict[NaturalKey, str] = {}
        self.fates: dict[UUID, list[Fate]] = {}

    async def run(self, batch: list[PreparedSubmission]) -> list[Answer | Refused]:
        claimed = await self._claim(batch)
        fresh = [prepared for prepared in batch if prepared.id in claimed]
        await self._store_records(fresh)
        answers = await self._store_submissions(fresh)
        await self._store_dead_letters(fresh)
        repeats = [prepared for prepared in batch if prepared.id not in claimed]
        replays = await self._replay(repeats, fresh, answers) if repeats else {}
        await self._settle_conflicts()
        await self.announce()
        return [answers.get(prepared.id) or replays[prepared.id] for prepared in batch]

    async def store_chunk(self, prepared: PreparedSubmission) -> list[Fate]:
        """The records of one chunk of a submission that is there already. Call `announce` before committing."""
        await self._store_records([prepared])
        await self._store_dead_letters([prepared])
        await self._settle_conflicts()
        return sorted(self.fates[prepared.id], key=lambda fate: fate.ordinal)

    async def announce(self) -> None:
        """Number what happened; the last thing in a transaction."""
        await announce(self._connection, self._changes)

    async def _all(self, statement: str, parameters: dict[str, Any]) -> Sequence[Any]:
        return (await self._connection.exec_driver_sql(statement, parameters)).all()

    # -- idempotency -----------------------------------------------------------------------------------------------

    async def _claim(self, batch: list[PreparedSubmission]) -> set[UUID]:
        """The submissions that nobody sent before."""
        keyed = sorted(
            (prepared.tenant.id, prepared.idempotency_key, prepared.request_hash, prepared.id)
            for prepared in batch
            if prepared.idempotency_key is not None
        )
        claimed = {prepared.id for prepared in batch if prepared.idempotency_key is None}
        if keyed:
            claimed.update(row[0] for row in await self._all(sql.CLAIM, sql.CLAIMS.parameters(keyed)))
        return claimed

    async def _replay(
        self, repeats: list[PreparedSubmission], fresh: list[PreparedSubmission], answers: dict[UUID, Answer]
    ) -> dict[UUID, Answer | Refused]:
        keys = sql.CLAIM_KEYS.parameters((prepared.tenant.id, prepared.idempotency_key) for prepared in repeats)
        stored = {(row.tenant_id, row.key): row for row in await self._all(sql.CLAIMED_BEFORE, keys)}
        replays: dict[UUID, Answer | Refused] = {}
        for prepared in repeats:
            row = stored[(prepared.tenant.id, prepared.idempotency_key)]
            if bytes(row.request_hash) != prepared.request_hash:
                replays[prepared.id] = Refused(problems.IDEMPOTENCY_MISMATCH, submission_id=str(row.submission_id))
            elif (here := answers.get(row.submission_id)) is not None:
                replays[prepared.id] = replace(here, replayed=True)
            else:
                replays[prepared.id] = Answer(row.submission_id, row.status, bytes(row.answer), replayed=True)
        return replays

    # -- records ---------------------------------------------------------------------------------------------------

    async def _store_records(self, fresh: list[PreparedSubmission]) -> None:
        for prepared in fresh:
            self.fates[prepared.id] = [
                Fate(r.ordinal, r.locator, _refusal(r), prepared.key_of(r), findings=r.findings)
                for r in prepared.rejections
            ]
            if prepared.withhold:
                self.fates[prepared.id] += _withheld_fates(prepared)
        every = [(prepared, draft) for prepared in fresh if not prepared.withhold for draft in prepared.drafts]
        pending = [pair for pair in every if not self._is_claimed(*pair)]
        for _ in range(_MOST_REDRAWS):
            pending = await self._insert(pending)
            if not pending:
                return
        raise RuntimeError("codes keep colliding: the source of randomness is broken")

    def _is_claimed(self, prepared: PreparedSubmission, draft: Draft) -> bool:
        """Whether a draft says what only an authority may; then it has its fate."""
        decided = draft.key in prepared.envelope.decided
        finding = lifecycle.claims_a_decision(draft.kind, draft.state, decided=decided)
        if finding is not None:
            fate = Fate(draft.ordinal, draft.locator, FateStatus.CONFLICT, draft.key, findings=(finding,))
            self.fates[prepared.id].append(fate)
        return finding is not None

    async def _insert(self, pending: list[tuple[PreparedSubmission, Draft]]) -> list[tuple[PreparedSubmission, Draft]]:
        """Insert what is new and settle what is known; returns drafts whose code collided, under new codes."""
        if not pending:
            return []
        pending.sort(key=lambda pair: (pair[0].tenant.id, pair[1].kind, pair[1].key))
        rows = sql.RECORDS.parameters(record_row(prepared, draft, self._now) for prepared, draft in pending)
        inserted = {tuple(row) for row in await self._all(sql.INSERT_RECORDS, rows)}
        known: list[tuple[PreparedSubmission, Draft]] = []
        for prepared, draft in pending:
            if (prepared.id, draft.ordinal) in inserted:
                self._settle(prepared, draft, FateStatus.ACCEPTED, 1, draft.state, draft.code, draft.qr_text)
            else:
                known.append((prepared, draft))
        if not known:
            return []
        stored = await self._stored({(prepared.tenant.id, draft.kind, draft.key) for prepared, draft in known})
        collided = []
        for prepared, draft in known:
            existing = stored.get((prepared.tenant.id, draft.kind, draft.key))
            if existing is None:
                collided.append((prepared, self._issuer.redraw(draft)))
            elif existing.content_hash == draft.content_hash:
                self._settle_unchanged(prepared, draft, existing)
            elif prepared.envelope.amend:
                stored[(prepared.tenant.id, draft.kind, draft.key)] = await self._amend(prepared, draft)
            else:
                self._settle_conflict(prepared, draft, existing)
        return collided

    async def _stored(self, keys: Iterable[NaturalKey]) -> dict[NaturalKey, StoredRecord]:
        rows = await self._all(sql.STORED_RECORDS, sql.RECORD_KEYS.parameters(sorted(keys)))
        return {(row[0], row[1], row[2]): stored_record(row[1:]) for row in rows}

    async def _amend(self, prepared: PreparedSubmission, draft: Draft) -> StoredRecord:
        """Replace the current version under a row lock, keeping the old one; returns what is current then."""
        where = {"tenant_id": prepared.tenant.id, "kind": draft.kind, "key": draft.key}
        (row,) = await self._all(sql.LOCK_RECORD, where)
        existing = stored_record(row)
        if existing.content_hash == draft.content_hash:
            self._settle_unchanged(prepared, draft, existing)
            return existing
        old = opened(prepared, existing)
        new, decided = orjson.loads(draft.canonical), draft.key in prepared.envelope.decided
        state = lifecycle.amend(
            draft.kind,
            existing.state,
            old,
            new,
            existing.confirmed_as,
            existing.base_revision,
            decided=decided,
        )
        if not isinstance(state, str):
            self._settle_refused(prepared, draft, existing, state)
            return existing
        if not draft.facts.unconfirmed and not decided and (old.get("unconfirmed") or draft.facts.revision):
            side = "keep_ours" if old.get("unconfirmed") else "keep_theirs"
            self._ended[(prepared.tenant.id, draft.kind, draft.key)] = side
        qr_text = None
        if existing.code is not None:
            qr_text = self._issuer.sign(existing.code, draft.facts, draft.content_hash, existing.issued_at)
        await self._connection.exec_driver_sql(sql.KEEP_VERSION, where)
        row_values = dict(zip(sql.RECORDS.columns, record_row(prepared, draft, self._now), strict=True))
        changed = row_values | where | {"state": state, "qr_text": qr_text}
        ((version,),) = await self._all(sql.REPLACE_RECORD, changed)
        self._settle(prepared, draft, FateStatus.AMENDED, version, state, existing.code, qr_text)
        (row,) = await self._all(sql.LOCK_RECORD, where)
        return stored_record(row)

    def _settle(
        self,
        prepared: PreparedSubmission,
        draft: Draft,
        status: FateStatus,
        version: int,
        state: str,
        code: str | None,
        qr_text: str | None,
    ) -> None:
        self.fates[prepared.id].append(
            Fate(
                draft.ordinal,
                draft.locator,
                status,
                draft.key,
                version,
                state,
                code,
                qr_text,
                draft.content_hash,
                prepared.id,
                draft.findings,
            )
        )
        event = "created" if status is FateStatus.ACCEPTED else "amended"
        self._announce(prepared, draft, event, version, state, code)

    def _announce(
        self, prepared: PreparedSubmission, draft: Draft, event: str, version: int, state: str, code: str | None
    ) -> None:
        tenant, division = prepared.tenant, draft.facts.division or prepared.tenant.division
        self._changes.append(Change(tenant.id, division, draft.kind, draft.key, event, version, state, code, self._now))

    def _settle_unchanged(self, prepared: PreparedSubmission, draft: Draft, existing: StoredRecord) -> None:
        """Nothing new; but a change of ours for which a person has decided once more goes to the portal once more."""
        if draft.facts.unconfirmed and draft.key in prepared.envelope.decided:
            self._announce(prepared, draft, "amended", existing.version, existing.state, existing.code)
        self.fates[prepared.id].append(
            Fate(
                draft.ordinal,
                draft.locator,
                FateStatus.UNCHANGED,
                draft.key,
                existing.version,
                existing.state,
                existing.code,
                existing.qr_text,
                existing.content_hash,
                existing.submission_id,
                draft.findings,
            )
        )

    def _settle_refused(
        self, prepared: PreparedSubmission, draft: Draft, existing: StoredRecord, finding: Finding
    ) -> None:
        """An amendment that does not take effect: a conflict, or (a warning) nothing that needs attention."""
        if not finding.is_error:
            self._settle_unchanged(prepared, replace(draft, findings=(*draft.findings, finding)), existing)
            return
        fate = Fate(draft.ordinal, draft.locator, FateStatus.CONFLICT, draft.key, findings=(finding,))
        self.fates[prepared.id].append(fate)
        if finding.code in DISPUTES:
            self._disputes[(prepared.tenant.id, draft.kind, draft.key)] = conflict_row(
                prepared, draft, existing, finding
            )

    def _settle_conflict(self, prepared: PreparedSubmission, draft: Draft, existing: StoredRecord) -> None:
        found = lifecycle.differences(draft.schema, opened(prepared, existing), orjson.loads(draft.canonical))
        finding = lifecycle.differs(draft.key, found).at(draft.locator)
        self.fates[prepared.id].append(
            Fate(
                draft.ordinal,
                draft.locator,
                FateStatus.CONFLICT,
                draft.key,
                findings=(*draft.findings, finding),
                differences=found,
            )
        )

    # -- the submission and its trail ------------------------------------------------------------------------------

    async def _store_submissions(self, fresh: list[PreparedSubmission]) -> dict[UUID, Answer]:
        if not fresh:
            return {}
        for fates in self.fates.values():
            fates.sort(key=lambda fate: fate.ordinal)
        originals = await self._original_receipts(fresh)
        signer = self._keyring.receipt_signer
        answers = {
            prepared.id: compose(prepared, self.fates[prepared.id], signer, originals.get(prepared.id))
            if prepared.blob is None
            else taken_over(prepared, prepared.blob, signer)
            for prepared in fresh
        }
        rows = (submission_row(prepared, self.fates[prepared.id], answers[prepared.id]) for prepared in fresh)
        await self._connection.exec_driver_sql(sql.INSERT_SUBMISSIONS, sql.SUBMISSIONS.parameters(rows))
        if batches := [batch_row(prepared, prepared.blob) for prepared in fresh if prepared.blob is not None]:
            await self._connection.exec_driver_sql(sql.INSERT_BATCHES, sql.BATCHES.parameters(batches))
        return answers

    async def _original_receipts(self, fresh: list[PreparedSubmission]) -> dict[UUID, str]:
        """For single pushes of content stored before: the receipt that was given then; a batch's comes at its end."""
        wanted = {
            prepared.id: fate.submission_id
            for prepared in fresh
            if prepared.single
            for fate in self.fates[prepared.id]
            if fate.status is FateStatus.UNCHANGED and fate.submission_id != prepared.id
        }
        if not wanted:
            return {}
        rows = await self._all(sql.ANSWERS_OF, {"ids": list(set(wanted.values()))})
        receipts = {row.id: row.receipt or orjson.loads(bytes(row.answer))["receipt"] for row in rows}
        return {repeat: receipts[original] for repeat, original in wanted.items() if original in receipts}

    async def _settle_conflicts(self) -> None:
        if self._disputes:
            rows = sql.CONFLICTS.parameters(self._disputes.values())
            await self._connection.exec_driver_sql(sql.OPEN_CONFLICTS, rows)
        if self._ended:
            ended = sql.ENDED.parameters((*key, side) for key, side in sorted(self._ended.items()))
            await self._connection.exec_driver_sql(sql.END_CONFLICTS, ended)

    async def _store_dead_letters(self, fresh: list[PreparedSubmission]) -> None:
        rows = [
            dead_letter_row(prepared, rejection, self._now) for prepared in fresh for rejection in prepared.rejections
        ]
        if rows:
            await self._connection.exec_driver_sql(sql.INSERT_DEAD_LETTERS, sql.DEAD_LETTERS.parameters(rows))


def _refusal(rejection: Rejection) -> FateStatus:
    return FateStatus.QUARANTINED if rejection.parked else FateStatus.REJECTED


def _withheld_fates(prepared: PreparedSubmission) -> list[Fate]:
    spoilt = {fate.ordinal: fate for fate in prepared.withheld}
    return [
        spoilt.get(draft.ordinal)
        or Fate(draft.ordinal, draft.locator, FateStatus.WITHHELD, draft.key, findings=draft.findings)
        for draft in prepared.drafts
    ]
