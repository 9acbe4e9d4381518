"""Penalties on file against an agency, and which of them a pledge of two clean years speaks of.

Source: the pledge of the work schedule of 2017 (domain section 1): for two years in a row no fine, or worse, by an
authority for harming travellers. What is not on file is told apart from what is known to be clean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from gateway.access.accounts import Accounts, Actor
from gateway.base.clock import years_before
from gateway.ledger.reader import Reader
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import open_body
from gateway.store.database import Scope
from schemas.codelists import codelist

CLEAN_YEARS = 2
_LEAST = "fine"
_MOST_VERSIONS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """A penalty as the agency's record has it."""

    document_no: str
    decided_on: date
    penalty_type: str
    amount: str = ""
    harmed_travellers: bool = False
    authority: str = ""
    ground: str = ""
    withdrawn_on: date | None = None
    note: str = ""

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        days = {name: date.fromisoformat(item[name]) for name in ("decided_on", "withdrawn_on") if name in item}
        return cls(**{**item, **days})

    def is_withdrawn(self, today: date) -> bool:
        return self.withdrawn_on is not None and self.withdrawn_on <= today

    def breaks(self, received_on: date, today: date) -> bool:
        """Whether a pledge received on that day is untrue because of it, as things are today."""
        is_grave = self.penalty_type in _grave()
        return (
            not self.is_withdrawn(today)
            and self.harmed_travellers
            and is_grave
            and self.decided_on >= years_before(received_on, CLEAN_YEARS)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFile:
    """The penalties in sight, the newest first. `is_known` is False where no record of the agency tells of any, so
    that nobody takes silence for a clean record.
    """

    is_known: bool
    penalties: Sequence[Penalty]


class Penalties:
    """Looks penalties up."""

    def __init__(self, reader: Reader, accounts: Accounts) -> None:
        self._reader = reader
        self._accounts = accounts

    async def on_file(self, actor: Actor, agency_uscc: str) -> OnFile:
        """What all records in sight of the agency of a credit code say, each decision once."""
        rows = await self._reader.by_keys(actor.scope, "agency", [agency_uscc])
        lists = [await self.listed_in(row) for row in sorted(rows, key=lambda row: row.stored_at)]
        told = [Penalty.read(item) for items in lists for item in items or ()]
        found = together(told)
        newest = sorted(found, key=lambda penalty: (penalty.decided_on, penalty.document_no), reverse=True)
        return OnFile(is_known=any(items is not None for items in lists), penalties=newest)

    async def listed_in(self, record: RecordRow) -> Sequence[Mapping[str, Any]] | None:
        """What a record in sight of an agency says of penalties; None where it never said anything.

        A portal that has no words for them sends its next version without the list. That says nothing, so what the
        last version said that did still stands, also where the agency lay in another division then.
        """
        seal = (await self._accounts.tenant(record.tenant_id)).seal
        body = open_body(record, seal)
        if "penalties" in body:
            return body["penalties"]
        its_own = Scope(tenant_id=record.tenant_id)
        earlier = await self._reader.earlier_bodies(
            its_own, record.tenant_id, record.kind, record.key, limit=_MOST_VERSIONS
        )
        bodies = (open_body(each, seal) for each in earlier)
        return next((body["penalties"] for body in bodies if "penalties" in body), None)


def together(told: Iterable[Penalty]) -> Sequence[Penalty]:
    """Each decision once, of several records that tell of it, the oldest word first: a withdrawal stands, else the
    newest word.
    """
    found: dict[str, Penalty] = {}
    for penalty in told:
        known = found.get(penalty.document_no)
        if known is None or known.withdrawn_on is None or penalty.withdrawn_on is not None:
            found[penalty.document_no] = penalty
    return tuple(found.values())


def _grave() -> Sequence[str]:
    """A fine and what is worse, by the order of the list."""
    types = list(codelist("penalty_types"))
    return types[types.index(_LEAST) :]
