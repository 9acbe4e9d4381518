"""When credentials were used, and how often in vain: noted in memory, written down beside the work, never within it.

A use is written at most once a minute a credential and process, a failure as one line of the audit log a credential,
reason and minute, with a count. Names that are no credential leave no line, however many are tried.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import audit
from gateway.access import statements as sql
from gateway.access.rows import KnownCredential
from gateway.base.problems import ProblemType
from gateway.store.database import Database
from gateway.store.typed import fetch

_SECONDS = 60.0
_MOST_NOTED = 10_000
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_Key = TypeVar("_Key")


class Uses:
    """What this process knows of uses that is not written yet."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._used: set[str] = set()
        self._written_at: dict[str, float] = {}
        self._failed: Counter[tuple[str, str]] = Counter()
        self._told_at: dict[tuple[str, str], float] = {}

    def succeeded(self, credential_id: str) -> None:
        if self._is_due(self._written_at.get(credential_id)):
            self._used.add(credential_id)

    def failed(self, credential_id: str, problem: ProblemType) -> None:
        """Somebody has called in the name of a credential and not proved it, for that reason."""
        failure = (credential_id, problem.code)
        if not _ID.fullmatch(credential_id):
            return
        if failure in self._failed or len(self._failed) < _MOST_NOTED:
            self._failed[failure] += 1

    async def write(self, *, everything: bool = False) -> None:
        """Write down what is due; with `everything` whatever is noted, as at the end."""
        due = [each for each in self._failed if everything or self._is_due(self._told_at.get(each))]
        failures = {each: self._failed.pop(each) for each in due}
        used, self._used = sorted(self._used), set()
        if not used and not failures:
            return
        try:
            async with self._database.writing() as connection:
                if used:
                    await connection.execute(sql.USED, {"ids": used})
                told = await self._tell(connection, failures)
        except BaseException:
            self._failed.update(failures)  # the database is away: counted on, written later
            raise
        now = time.monotonic()
        self._written_at = self._recent(self._written_at) | dict.fromkeys(used, now)
        self._told_at = self._recent(self._told_at) | dict.fromkeys(told, now)

    async def _tell(
        self, connection: AsyncConnection, failures: Mapping[tuple[str, str], int]
    ) -> list[tuple[str, str]]:
        """Those that a line was written about, in the name of the credential: whoever it was, nobody else is known."""
        told: list[tuple[str, str]] = []
        ids = sorted({credential_id for credential_id, _ in failures})
        known = {each.id: each for each in await fetch(connection, sql.KNOWN, {"ids": ids}, KnownCredential)}
        for (credential_id, reason), times in failures.items():
            if found := known.get(credential_id):
                detail = {"reason": reason, "times": times, "state": found.state}
                await audit.record(connection, found, "credential.refused", credential_id, **detail)
                told.append((credential_id, reason))
        return told

    def _recent(self, moments: dict[_Key, float]) -> dict[_Key, float]:
        return {key: at for key, at in moments.items() if not self._is_due(at)}

    @staticmethod
    def _is_due(last: float | None) -> bool:
        return last is None or time.monotonic() - last >= _SECONDS
