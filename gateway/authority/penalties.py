"""Penalties on file against an agency, and which of them a pledge of two clean years speaks of.

Source: the pledge of the work schedule of 2017 (domain section 1): for two years in a row no fine, or worse, by an
authority for harming travellers. What is not on file is told apart from what is known to be clean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from gateway.access.accounts import Accounts, Actor
from gateway.base.clock import years_before
from gateway.ledger.reader import Reader
from gateway.ledger.sealed import open_body
from schemas.codelists import codelist

CLEAN_YEARS = 2
_LEAST = "fine"


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

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        return cls(**{**item, "decided_on": date.fromisoformat(item["decided_on"])})

    def breaks(self, received_on: date) -> bool:
        """Whether a pledge received on that day is untrue because of it."""
        is_grave = self.penalty_type in _grave()
        return self.harmed_travellers and is_grave and self.decided_on >= years_before(received_on, CLEAN_YEARS)


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
        found: dict[str, Penalty] = {}
        is_known = False
        for row in await self._reader.by_keys(actor.scope, "agency", [agency_uscc]):
            body = open_body(row, (await self._accounts.tenant(row.tenant_id)).seal)
            is_known |= "penalties" in body
            penalties = [Penalty.read(item) for item in body.get("penalties", ())]
            found.update({penalty.document_no: penalty for penalty in penalties})
        newest = sorted(found.values(), key=lambda penalty: (penalty.decided_on, penalty.document_no), reverse=True)
        return OnFile(is_known=is_known, penalties=newest)


def _grave() -> Sequence[str]:
    """A fine and what is worse, by the order of the list."""
    types = list(codelist("penalty_types"))
    return types[types.index(_LEAST) :]
