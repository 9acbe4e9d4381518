"""What partners have sent lately, as it came: to see what a change of their mapping would make of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gateway.access.accounts import Accounts
from gateway.base.clock import day_in_china
from gateway.onboarding import statements as sql
from gateway.onboarding.rows import TrafficRow
from gateway.store.database import Database
from gateway.store.typed import fetch


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it came, by the number of its submission, and the day on which it did."""

    name: str
    kind: str
    day: date
    content: bytes


async def recent(database: Database, accounts: Accounts, connector: str, count: int) -> list[Document]:
    """The last documents that came for a connector, opened with their sender's key; large ones are not among them."""
    async with database.writing() as connection:
        rows = await fetch(connection, sql.RECENT, {"connector": connector, "limit": count}, TrafficRow)
    found = []
    for row in rows:
        seal = (await accounts.tenant(row.tenant_id)).seal
        found.append(Document(str(row.id), row.kind, day_in_china(row.received_at), seal.open(row.raw, row.id.bytes)))
    return found
