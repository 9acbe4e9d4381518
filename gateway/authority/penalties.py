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
from gateway.access.divisions import NATION
from gateway.base import problems
from gateway.base.clock import years_before
from gateway.base.problems import Refused
from gateway.ledger.reader import Reader
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import open_body
from schemas.codelists import codelist
from schemas.findings import Text

CLEAN_YEARS = 2
_ENTERED_ABOVE = Text(
    "该项处罚由上级主管部门登记，只能由其更正或撤销",
    "A higher authority has entered this penalty, and it alone corrects or withdraws it",
)
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
    withdrawn_on: date | None = None
    note: str = ""
    entered_in: str = ""
    """The division of the authority whose word it is; empty for what a portal says."""

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
        async for each in self._reader.every_earlier_body(record):
            if "penalties" in (earlier := open_body(each, seal)):
                return earlier["penalties"]
        return None


def as_entered(
    actor: Actor, held: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """`wanted` in the place of `held`, each with whose word it is: what stays as it is keeps that, the rest is theirs.

    Raises Refused (AUTH-005) for a change of what a higher authority has entered.
    """
    before = {item["document_no"]: item for item in held}
    entered: list[Mapping[str, Any]] = []
    own = NATION if actor.account is None else actor.account.division
    for item in wanted:
        old = before.get(item["document_no"])
        entered.append(old if old is not None and _content(old) == _content(item) else {**item, "entered_in": own})
    for number, old in before.items():
        level = old.get("entered_in")
        if level is not None and not actor.scope.reaches(level) and old not in entered:
            raise Refused(problems.FORBIDDEN, _ENTERED_ABOVE, document_no=number)
    return entered


def _content(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in item.items() if name != "entered_in"}


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
