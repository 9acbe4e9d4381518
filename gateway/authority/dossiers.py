"""The dossier of an agency: its branches and outlets, its people, its filings and pledges, as they are filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.access.accounts import Accounts
from gateway.authority import statements as sql
from gateway.authority.rows import FiledRow
from gateway.ledger.sealed import is_kept, open_body
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch
from schemas import catalog
from schemas.masking import masked

KINDS = ("branch", "outlet", "guide", "leader", "filing", "pledge")
"""What a dossier holds, in its order."""
MOST_OF_A_KIND = 50
_NAMED = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Something filed, by its number; `name` is masked where it is a person's, and empty when kept no longer."""

    row: FiledRow
    name: str


Dossier = Mapping[str, Sequence[Leaf]]


class Dossiers:
    """Looks dossiers up."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    async def of(self, scope: Scope, uscc: str) -> Dossier:
        """What is in sight of the agency of a credit code, the newest of each kind first, at most fifty of each."""
        where = {"uscc": uscc, "kinds": list(KINDS), "limit": MOST_OF_A_KIND}
        async with self._database.reading(scope) as connection:
            rows = await fetch(connection, sql.FILED_WITH, where, FiledRow)
        leaves = [await self._leaf(row) for row in rows]
        return {kind: [leaf for leaf in leaves if leaf.row.kind == kind] for kind in KINDS}

    async def _leaf(self, row: FiledRow) -> Leaf:
        if not is_kept(row):
            return Leaf(row=row, name="")
        body = open_body(row, (await self._accounts.tenant(row.tenant_id)).seal)
        return Leaf(row=row, name=masked(body, catalog.kind(f"{row.kind}.v1")).get(_NAMED, ""))
