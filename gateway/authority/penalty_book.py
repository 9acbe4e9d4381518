"""Penalties as an official enters, corrects and withdraws them: each is a change of the agency's record like any other.

What was withdrawn stays on file with its reason, and breaks no pledge any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.access.accounts import Actor, must_may
from gateway.access.powers import Power
from gateway.authority.desk import Action, Desk
from gateway.authority.penalties import Penalties
from gateway.authority.self_reports import SELF_REPORTED
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.ledger.reader import Reader
from gateway.ledger.rows import RecordRow
from gateway.ledger.values import Answer
from schemas.findings import Text

_NOT_KEPT = Text("尚无在案记录，请先确认旅行社在营", "No record of it is kept yet: let the agency be active first")
_ENTERED = Text("该文号已登记，请更正原登记", "That decision is entered already: correct it")
_WITHDRAWN = Text("该项处罚已撤销", "It was withdrawn already")


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The record that holds penalties of an agency, its list of them, and the decisions that other records hold."""

    record: RecordRow
    items: Sequence[Mapping[str, Any]]
    elsewhere: frozenset[str]

    def must_be_new(self, document_no: str, old: Mapping[str, Any] | None = None) -> None:
        """Raises Refused (REQUEST-001) for a decision that is entered already, other than in the place of `old`."""
        here = {item["document_no"] for item in self.items if item is not old}
        elsewhere = self.elsewhere if old is None else self.elsewhere - {old["document_no"]}
        if document_no in here | elsewhere:
            raise Refused(problems.BAD_REQUEST, _ENTERED, parameter="document_no")

    def item(self, document_no: str) -> Mapping[str, Any]:
        """The penalty of a decision. Raises Refused (REQUEST-003, STATE-001 for one that was withdrawn)."""
        found = next((item for item in self.items if item["document_no"] == document_no), None)
        if found is None:
            raise Refused(problems.NOT_FOUND)
        if "withdrawn_on" in found:
            raise Refused(problems.STATE_REFUSED, _WITHDRAWN)
        return found


class PenaltyBook:
    """Keeps the lists."""

    def __init__(self, reader: Reader, penalties: Penalties, desk: Desk) -> None:
        self._reader = reader
        self._penalties = penalties
        self._desk = desk

    async def book(self, actor: Actor, uscc: str, document_no: str = "") -> Book:
        """The record in sight that holds a decision against the agency; for a new one the record that is kept of it.

        Raises Refused (AUTH-005, REQUEST-003, STATE-001 where the agency's own word is all there is).
        """
        must_may(actor, Power.DECIDE_FILINGS)
        rows = await self._reader.by_keys(actor.scope, "agency", [uscc])
        if not rows:
            raise Refused(problems.NOT_FOUND)
        kept = sorted((row for row in rows if row.state != SELF_REPORTED), key=lambda row: row.stored_at, reverse=True)
        if not kept:
            raise Refused(problems.STATE_REFUSED, _NOT_KEPT)
        lists = [await self._penalties.listed_in(row) or () for row in kept]
        numbers = [frozenset(item["document_no"] for item in items) for items in lists]
        at = next((at for at, held in enumerate(numbers) if document_no in held), 0)
        elsewhere = frozenset[str]().union(*numbers[:at], *numbers[at + 1 :])
        return Book(record=kept[at], items=lists[at], elsewhere=elsewhere)

    async def enter(self, actor: Actor, book: Book, item: Mapping[str, Any]) -> Answer:
        """The answer to one penalty more.

        Raises Refused (AUTH-005, REQUEST-001 for a decision that is there already, STATE-001, STATE-002).
        """
        book.must_be_new(item["document_no"])
        return await self._put(actor, book, [*book.items, item], deed="enter", document_no=item["document_no"])

    async def correct(
        self, actor: Actor, book: Book, document_no: str, *, item: Mapping[str, Any], reason: str
    ) -> Answer:
        """The answer to `item` in the place of what is entered under that number.

        Raises Refused (AUTH-005, REQUEST-001 as `enter`, REQUEST-003, STATE-001, STATE-002).
        """
        old = book.item(document_no)
        book.must_be_new(item["document_no"], old)
        new = {**item, "note": reason}
        items = [new if each is old else each for each in book.items]
        return await self._put(actor, book, items, deed="correct", document_no=document_no)

    async def withdraw(self, actor: Actor, book: Book, document_no: str, *, reason: str) -> Answer:
        """The answer to its withdrawal. Raises Refused (AUTH-005, REQUEST-003, STATE-001, STATE-002)."""
        old = book.item(document_no)
        new = {**old, "withdrawn_on": Clock.china_today().isoformat(), "note": reason}
        items = [new if each is old else each for each in book.items]
        return await self._put(actor, book, items, deed="withdraw", document_no=document_no)

    async def _put(self, actor: Actor, book: Book, items: Sequence[Mapping[str, Any]], **told: str) -> Answer:
        patch = {"penalties": list(items)}
        return await self._desk.change(actor, book.record, patch, book.record.version, action=Action.PENALTY, told=told)
