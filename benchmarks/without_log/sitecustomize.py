"""The service without its transparency log, for every process whose PYTHONPATH has this folder: only to be measured."""

from __future__ import annotations

from typing import Any

from gateway.ledger import attested, commit, statements


async def _append(connection: Any, leaves: Any) -> None:
    """Nothing is attested."""


class _Nothing:
    @staticmethod
    def parameters(rows: Any) -> dict[str, Any]:
        return {}


attested.record_leaf = attested.receipt_leaf = lambda *_: None  # pyright: ignore[reportAttributeAccessIssue]
commit.append = _append
commit.LEAVES = _Nothing  # pyright: ignore[reportAttributeAccessIssue]
statements.INSERT_SUBMISSIONS = statements.INSERT_SUBMISSIONS.partition(")\n")[2]
