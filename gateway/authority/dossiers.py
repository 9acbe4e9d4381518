"""The dossier of an agency: its branches and outlets, its people, its filings and pledges, as they are filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.access.accounts import Accounts
from gateway.authority import statements as sql
from gateway.authority.rows import FiledRow
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import is_kept, open_body
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch
from schemas import catalog
from schemas.masking import masked

KINDS = ("branch", "outlet", "guide", "leader", "filing", "pledge")
"""What a dossier holds, in its order."""
OUTPOSTS = frozenset({"branch", "outlet"})
"""Places of an agency, which filings are made about."""
MOST_OF_A_KIND = 50
_NAMED = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Something filed, by its number; `name` is masked where it is a person's, and empty when kept no longer."""

    row: FiledRow
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingsAbout:
    """Filings about a place of an agency; `is_cut` where the agency has more than were looked through."""

    filings: Sequence[Leaf]
    is_cut: bool


Dossier = Mapping[str, Sequence[Leaf]]


class Dossiers:
    """Looks dossiers up."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    async def of(self, scope: Scope, uscc: str) -> Dossier:
        """What is in sight of the agency of a credit code, the newest of each kind first, at most fifty of each."""
        rows = await self._filed(scope, uscc, KINDS)
        leaves = [await self._leaf(row) for row in rows]
        return {kind: [leaf for leaf in leaves if leaf.row.kind == kind] for kind in KINDS}

    async def filings_about(self, scope: Scope, record: RecordRow) -> FilingsAbout:
        """The filings in sight about a branch or an outlet, of the last fifty of its agency; the newest first."""
        body = open_body(record, (await self._accounts.tenant(record.tenant_id)).seal)
        found: list[Leaf] = []
        rows = await self._filed(scope, record.agency_uscc, ("filing",))
        for row in rows:
            filing = open_body(row, (await self._accounts.tenant(row.tenant_id)).seal)
            if filing["subject_kind"] == record.kind and _is_about(filing, body):
                found.append(Leaf(row=row, name=""))
        return FilingsAbout(filings=found, is_cut=len(rows) == MOST_OF_A_KIND)

    async def _filed(self, scope: Scope, uscc: str, kinds: Sequence[str]) -> Sequence[FiledRow]:
        where = {"uscc": uscc, "kinds": list(kinds), "limit": MOST_OF_A_KIND}
        async with self._database.reading(scope) as connection:
            return await fetch(connection, sql.FILED_WITH, where, FiledRow)

    async def _leaf(self, row: FiledRow) -> Leaf:
        if not is_kept(row):
            return Leaf(row=row, name="")
        body = open_body(row, (await self._accounts.tenant(row.tenant_id)).seal)
        return Leaf(row=row, name=masked(body, catalog.kind(f"{row.kind}.v1")).get(_NAMED, ""))


def _is_about(filing: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """By the credit code; a set-up may not have one yet, and is known by the name."""
    if "subject_uscc" in filing:
        return filing["subject_uscc"] == body["uscc"]
    return filing["subject_name"] == body["name"]
