"""The durable writer: concurrent submissions share one transaction and one fsync, and are answered after it.

Everything a submission brings commits together: raw bytes, records, codes, dead letters, the answer, the changes.
All three layers of idempotency are unique constraints.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import NamedTuple

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.base.settings import WriterSettings
from gateway.ledger.answers import rehearsed
from gateway.ledger.commit import Commit
from gateway.ledger.issuing import Issuer
from gateway.ledger.submission import Submission
from gateway.ledger.values import Answer, Fate
from gateway.store.coalescer import Coalescer, QueueFull
from gateway.store.database import DATABASE_AWAY, Database, is_lock_timeout
from gateway.trust.keyring import Keyring

Effect = Callable[[AsyncConnection], Awaitable[None]]
"""Something done in the transaction of a submission, before it."""
AfterEffect = Callable[[AsyncConnection, Answer], Awaitable[None]]
"""Something done in the transaction of a submission, once its answer is known."""

_RETRY_AFTER = {"Retry-After": "1"}
_PATIENT_AT_ONCE, _MOST_PATIENT = 2, 200


class Writer:
    """Stores submissions durably and answers them."""

    def __init__(self, database: Database, issuer: Issuer, keyring: Keyring, settings: WriterSettings) -> None:
        self._database = database
        self._issuer = issuer
        self._keyring = keyring
        self._coalescer: Coalescer[_Waiting, Answer] = Coalescer(
            self._commit_together,
            batch=settings.batch_records,
            queue=settings.queue_records,
            parallel=settings.connections,
            weigh=lambda waiting: 1 + waiting.submission.rows_in,
        )
        self._patient: Coalescer[_Waiting, Answer] = Coalescer(
            self._commit_patiently, batch=1, queue=_MOST_PATIENT, parallel=_PATIENT_AT_ONCE
        )
        self._held: Counter[Hashable] = Counter()

    async def write(
        self,
        submission: Submission,
        in_same_transaction: Effect | None = None,
        and_then: AfterEffect | None = None,
    ) -> Answer:
        """The answer to `submission`, after its commit. What `in_same_transaction` does before it, and `and_then` with
        its answer, commits with it or not at all.

        Raises Refused when nothing was stored, and whatever the two raise.
        """
        self._database.durability.must_hold()
        try:
            if in_same_transaction is not None:
                return await self._commit_alone(submission, in_same_transaction, and_then)
            if submission.envelope.atomic:
                return await self._commit_atomic(submission)
            return await self._commit_with_others(_Waiting(submission, and_then))
        except QueueFull:
            raise Refused(problems.BUSY, headers=_RETRY_AFTER) from None
        except DATABASE_AWAY as error:
            raise Refused(problems.BUSY, headers=_RETRY_AFTER) from error

    async def rehearse(self, submission: Submission) -> Answer:
        """The answer that `submission` would get now; nothing stays of it, and it says so.

        It has no receipt and no number, nor codes that are only issued when it is stored. Raises Refused as `write`.
        """
        try:
            spoils = submission.envelope.atomic and bool(submission.rejections)
            answer, fates = await self._rehearse(submission.spoilt([]) if spoils else submission)
            if submission.envelope.atomic and not spoils and answer.is_refusal and not answer.replayed:
                answer, _ = await self._rehearse(submission.spoilt(fates))
        except DATABASE_AWAY as error:
            raise Refused(problems.BUSY, headers=_RETRY_AFTER) from error
        return rehearsed(answer)

    async def _rehearse(self, submission: Submission) -> tuple[Answer, Sequence[Fate]]:
        async with self._database.writer.connect() as connection:
            commit = Commit(connection, self._issuer, self._keyring)
            (answer,) = await commit.run([submission])
            await connection.rollback()
        if isinstance(answer, Refused):
            raise answer
        return answer, commit.fates.get(submission.id, ())

    async def drain(self) -> None:
        """Return when everything under way is committed."""
        await self._coalescer.drain()
        await self._patient.drain()

    async def _commit_with_others(self, waiting: _Waiting) -> Answer:
        """In one transaction with whoever comes at the same time; but who meets a record that somebody holds leaves it
        for a place where waiting keeps up nobody else, and so does whoever comes for the same record meanwhile.
        """
        if self._held.keys().isdisjoint(_claims(waiting.submission) if self._held else ()):
            try:
                return await self._coalescer.submit(waiting)
            except OperationalError as error:
                if not is_lock_timeout(error):
                    raise
        claims = _claims(waiting.submission)
        self._held += claims
        try:
            return await self._patient.submit(waiting)
        finally:
            self._held -= claims

    async def _commit_together(self, batch: list[_Waiting]) -> Sequence[Answer | Exception]:
        try:
            async with self._database.writing_together() as connection:
                return await self._commit_in(connection, batch)
        except DATABASE_AWAY as error:
            if not is_lock_timeout(error):
                raise
            failed = error
        except Exception as error:
            failed = error
        if len(batch) == 1:
            return [failed]
        # One submission that cannot be stored, or has to wait, must not take its neighbours with it.
        return [outcome for one in batch for outcome in await self._commit_together([one])]

    async def _commit_patiently(self, batch: list[_Waiting]) -> Sequence[Answer | Exception]:
        async with self._database.writing() as connection:
            return await self._commit_in(connection, batch)

    async def _commit_in(self, connection: AsyncConnection, batch: list[_Waiting]) -> Sequence[Answer | Refused]:
        submissions = [waiting.submission for waiting in batch]
        answers = await Commit(connection, self._issuer, self._keyring).run(submissions)
        for waiting, answer in zip(batch, answers, strict=True):
            if waiting.and_then is not None and isinstance(answer, Answer):
                await waiting.and_then(connection, answer)
        return answers

    async def _commit_atomic(self, submission: Submission) -> Answer:
        """All or nothing: when any record does not pass, only the refusal is kept."""
        if not submission.rejections:
            try:
                async with self._database.writing() as connection:
                    commit = Commit(connection, self._issuer, self._keyring)
                    (answer,) = await commit.run([submission])
                    if isinstance(answer, Refused):
                        raise answer
                    if answer.replayed or not answer.is_refusal:
                        return answer
                    raise _Withdrawn(commit.fates[submission.id])
            except _Withdrawn as withdrawn:
                submission = submission.spoilt(withdrawn.fates)
        else:
            submission = submission.spoilt([])
        return await self._commit_alone(submission)

    async def _commit_alone(
        self, submission: Submission, before: Effect | None = None, after: AfterEffect | None = None
    ) -> Answer:
        async with self._database.writing() as connection:
            if before is not None:
                await before(connection)
            (answer,) = await Commit(connection, self._issuer, self._keyring).run([submission])
            if isinstance(answer, Refused):
                raise answer
            if after is not None:
                await after(connection, answer)
        return answer


class _Waiting(NamedTuple):
    """A submission that is committed with others, and what commits with it."""

    submission: Submission
    and_then: AfterEffect | None


def _claims(submission: Submission) -> Counter[Hashable]:
    """What a submission may have to wait for: the records it is about, and the key of its request."""
    records = Counter[Hashable]((draft.owner.id, draft.kind, draft.key) for draft in submission.drafts)
    return records if submission.key is None else records + Counter([(submission.tenant.id, submission.key)])


class _Withdrawn(Exception):
    """Rolls an atomic submission back; `fates` say which records spoilt it."""

    def __init__(self, fates: Sequence[Fate]) -> None:
        super().__init__("an atomic submission is withdrawn")
        self.fates = fates
