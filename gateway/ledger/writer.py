"""The durable writer: concurrent submissions share one transaction and one fsync, and are answered after it.

Everything a submission brings commits together: raw bytes, records, codes, dead letters, the answer, the changes.
All three layers of idempotency are unique constraints.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.base.settings import WriterSettings
from gateway.ledger.commit import Commit
from gateway.ledger.issuing import Issuer
from gateway.ledger.values import Answer, Fate, PreparedSubmission
from gateway.store.coalescer import Coalescer, QueueFull
from gateway.store.database import Database
from gateway.trust.keyring import Keyring

Effect = Callable[[AsyncConnection], Awaitable[None]]
"""Something done in the transaction of a submission, before it."""

_RETRY_AFTER = {"Retry-After": "1"}
_DATABASE_AWAY = (OperationalError, InterfaceError, NoConnection)


class Writer:
    """Stores prepared submissions durably and answers them."""

    def __init__(self, database: Database, issuer: Issuer, keyring: Keyring, settings: WriterSettings) -> None:
        self._database = database
        self._issuer = issuer
        self._keyring = keyring
        self._coalescer: Coalescer[PreparedSubmission, Answer] = Coalescer(
            self._commit_together,
            batch=settings.batch_records,
            queue=settings.queue_records,
            parallel=settings.connections,
            weigh=lambda prepared: 1 + prepared.rows_in,
        )

    async def write(self, prepared: PreparedSubmission, beside: Effect | None = None) -> Answer:
        """The answer to `prepared`, after its commit; what `beside` does is committed with it, or not at all.

        Raises Refused when nothing was stored, and whatever `beside` raises.
        """
        try:
            if beside is not None:
                return await self._commit_alone(prepared, beside)
            if prepared.envelope.atomic:
                return await self._commit_atomic(prepared)
            return await self._coalescer.submit(prepared)
        except QueueFull:
            raise Refused(problems.BUSY, headers=_RETRY_AFTER) from None
        except _DATABASE_AWAY as error:
            raise Refused(problems.BUSY, headers=_RETRY_AFTER) from error

    async def rehearse(self, prepared: PreparedSubmission) -> Answer:
        """The answer that `prepared` would get now; nothing stays of it."""
        async with self._database.writer.connect() as connection:
            (answer,) = await Commit(connection, self._issuer, self._keyring).run([prepared])
            await connection.rollback()
        if isinstance(answer, Refused):
            raise answer
        return answer

    async def drain(self) -> None:
        """Return when everything under way is committed."""
        await self._coalescer.drain()

    async def _commit_together(self, batch: list[PreparedSubmission]) -> Sequence[Answer | Exception]:
        try:
            async with self._database.writing() as connection:
                return await Commit(connection, self._issuer, self._keyring).run(batch)
        except _DATABASE_AWAY:
            raise
        except Exception as error:
            if len(batch) == 1:
                return [error]
        # One submission that cannot be stored must not take its neighbours with it.
        return [outcome for one in batch for outcome in await self._commit_together([one])]

    async def _commit_atomic(self, prepared: PreparedSubmission) -> Answer:
        """All or nothing: when any record does not pass, only the refusal is kept."""
        if not prepared.rejections:
            try:
                async with self._database.writing() as connection:
                    commit = Commit(connection, self._issuer, self._keyring)
                    (answer,) = await commit.run([prepared])
                    if isinstance(answer, Refused):
                        raise answer
                    if answer.status < 400 or answer.replayed:
                        return answer
                    raise _Withdrawn(commit.fates[prepared.id])
            except _Withdrawn as withdrawn:
                prepared = _withhold(prepared, withdrawn.fates)
        else:
            prepared = _withhold(prepared, [])
        return await self._commit_alone(prepared)

    async def _commit_alone(self, prepared: PreparedSubmission, beside: Effect | None = None) -> Answer:
        async with self._database.writing() as connection:
            if beside is not None:
                await beside(connection)
            (answer,) = await Commit(connection, self._issuer, self._keyring).run([prepared])
            if isinstance(answer, Refused):
                raise answer
        return answer


class _Withdrawn(Exception):
    """Rolls an atomic submission back; `fates` say which records spoilt it."""

    def __init__(self, fates: Sequence[Fate]) -> None:
        super().__init__("an atomic submission is withdrawn")
        self.fates = fates


def _withhold(prepared: PreparedSubmission, fates: Sequence[Fate]) -> PreparedSubmission:
    spoilt = {fate.ordinal: fate for fate in fates if not fate.status.is_good}
    return replace(prepared, withheld=tuple(spoilt.values()), withhold=True)
