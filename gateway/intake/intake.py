"""THE use case: an envelope comes in, a durable, signed answer goes out. Everything that enters passes here."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.connector import Connector
from adapters.envelope import CanonicalRecord, Channel, Envelope, Outcome, Rejection
from adapters.errors import Unreadable
from adapters.formats.unread import Notes
from adapters.reading import read
from adapters.trial import Trial, attempt
from gateway import audit
from gateway.access.accounts import Actor
from gateway.access.tenants import Tenant
from gateway.base.clock import Clock
from gateway.base.lanes import Lanes
from gateway.intake.document_findings import DOCUMENT, NO_RECORDS, TOO_MANY
from gateway.intake.drafting import Drafter, Drafting
from gateway.intake.routing import idempotency_key_of, request_hash_of, route_of
from gateway.ledger.submission import Reading, Request, Shape, Submission
from gateway.ledger.values import Answer, Draft
from gateway.ledger.writer import AfterEffect, Effect, Writer

MOST_RECORDS = 20_000
_MAY_BE_EMPTY = frozenset({Channel.PORTAL, Channel.RECONCILIATION})
"""A portal's page without news is a page all the same."""
_BEFORE_JSON = b"\xef\xbb\xbf\xfe\xff\x00 \t\r\n"
_INLINE_BYTES = 64 * 1024
_INLINE_RECORDS = 200
_INLINE_FINDINGS = 500
"""What is longer or has more wrong with it is read in a thread, so that the pushes of others are answered meanwhile."""


class Intake:
    """Reads envelopes with the partners' connectors and hands what they hold to the writer.

    `on_replay` hears of a request of the sandbox that got its original answer again: tenant, channel and kind.
    """

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        drafting: Drafting,
        writer: Writer,
        lanes: Lanes,
        *,
        on_replay: Callable[[Tenant, str, str], Awaitable[None]] | None = None,
    ) -> None:
        self._lanes = lanes
        self._on_replay = on_replay
        self._connectors = connectors
        self._drafting = drafting
        self._writer = writer

    async def submit(self, envelope: Envelope, tenant: Tenant, *, by: Actor | None = None) -> Answer:
        """The answer to `envelope`, once all it brought is durable. Raises Refused when nothing was stored.

        Who has sent it is known by the account; a person of the account, `by`, is named in the audit log.
        """
        submission = await self.prepare(envelope, tenant)
        answer = await self._writer.write(submission, and_then=None if by is None else _noted(by, submission))
        if answer.replayed and tenant.is_sandbox and self._on_replay is not None:
            await self._on_replay(tenant, envelope.channel.value, submission.kind)
        return answer

    async def rehearse(self, envelope: Envelope, tenant: Tenant) -> Answer:
        """The answer that `submit` would give now, without receipt; nothing is stored. Raises Refused as it does."""
        submission = await self.prepare(envelope, tenant)
        async with self._lanes.turn(tenant.id):
            return await self._writer.rehearse(submission)

    async def store(self, submission: Submission, in_same_transaction: Effect | None = None) -> Answer:
        """The answer to what was prepared; what `in_same_transaction` does commits with it. Raises Refused."""
        return await self._writer.write(submission, in_same_transaction)

    async def prepare(self, envelope: Envelope, tenant: Tenant) -> Submission:
        """Everything that can be decided without the store. Raises Refused when too much of the tenant waits."""
        connector, route = route_of(self._connectors, envelope, envelope.raw)
        drafter = self._drafting.of(route.kind, tenant, envelope.received_at)
        reading = _Reading(drafter, connector, envelope, Clock.china_today())
        form = route.read.format
        is_short = form in ("json", "canonical_xml") and len(envelope.raw) <= _INLINE_BYTES
        if not is_short or not reading.run(_INLINE_RECORDS, _INLINE_FINDINGS):
            async with self._lanes.turn(tenant.id):
                await asyncio.to_thread(reading.run)
        raw_hash = sha256(envelope.raw).digest()
        request_hash = request_hash_of(raw_hash, envelope, route.kind.name)
        return Submission.of_reading(
            envelope,
            tenant,
            route,
            raw_hash=raw_hash,
            request=Request(request_hash, idempotency_key_of(envelope, request_hash, route.stamp)),
            reading=reading.result(one_element=form == "canonical_xml"),
        )

    async def try_out(self, envelope: Envelope, tenant: Tenant) -> Trial:
        """What would become of `envelope`, value by value, by all that can be decided without the store.

        Whether a number is known already is not looked at. Raises Refused when too much of the tenant waits.
        """
        connector, route = route_of(self._connectors, envelope, envelope.raw)
        drafter = self._drafting.of(route.kind, tenant, envelope.received_at)

        def judged(record: CanonicalRecord) -> Outcome:
            found = drafter.draft(record)
            return found if isinstance(found, Rejection) else replace(record, findings=found.findings)

        def run() -> Trial:
            return attempt(
                connector,
                envelope.raw,
                today=Clock.china_today(),
                kind=route.kind.name,
                parameters=envelope.parameters,
                account=tenant.own_agency,
                register=drafter.register,
                then=judged,
                most=MOST_RECORDS,
            )

        async with self._lanes.turn(tenant.id):
            return await asyncio.to_thread(run)


def _noted(actor: Actor, submission: Submission) -> AfterEffect:
    """Keep who has handed a document in; of one that came again nothing is new."""

    async def note(connection: AsyncConnection, answer: Answer) -> None:
        if not answer.replayed:
            counts = {"rows": submission.rows_in, "rejected": len(submission.rejections)}
            what = {"kind": submission.kind, "channel": submission.envelope.channel.value, **counts}
            await audit.record(
                connection, actor, "submission.hand_in", str(submission.id), division=submission.tenant.division, **what
            )

    return note


class _Reading:
    """One document on its way from bytes to drafts. Pure CPU, so that a long one can run in a thread."""

    def __init__(self, drafter: Drafter, connector: Connector, envelope: Envelope, today: date) -> None:
        self._drafter = drafter
        self._connector = connector
        self._envelope = envelope
        self._today = today
        self._drafts: list[Draft] = []
        self._rejections: list[Rejection] = []
        self._notes = Notes()
        self._is_unreadable = False
        self._outcomes: Iterator[Outcome] | None = None
        self._count = self._findings = 0

    def run(self, records: int = MOST_RECORDS + 1, findings: int = sys.maxsize) -> bool:
        """Read on; a document that cannot be read is one rejection.

        False when it was not read to its end, because it has so many records or findings.
        """
        try:
            for outcome in self._read_on():
                self._count += 1
                self._findings += len(outcome.findings)
                if self._count > MOST_RECORDS:
                    raise Unreadable(TOO_MANY.found("", DOCUMENT, limit=MOST_RECORDS))
                found = outcome if isinstance(outcome, Rejection) else self._drafter.draft(outcome)
                if isinstance(found, Rejection):
                    self._rejections.append(found)
                else:
                    self._drafts.append(found)
                if self._count >= records or self._findings >= findings:
                    return False
            if not (self._drafts or self._rejections or self._envelope.channel in _MAY_BE_EMPTY):
                raise Unreadable(NO_RECORDS.found("", DOCUMENT))
        except Unreadable as error:
            self._drafts = []
            self._rejections = [Rejection(1, error.finding.locator, (error.finding,))]
            self._is_unreadable = True
        return True

    def _read_on(self) -> Iterator[Outcome]:
        """What is left of the document. Raises Unreadable."""
        if self._outcomes is None:
            self._outcomes = read(
                self._envelope.raw,
                self._connector,
                kind=self._drafter.kind.name,
                today=self._today,
                parameters=self._envelope.parameters,
                account=self._drafter.sender.own_agency,
                register=self._drafter.register,
                notes=self._notes,
            )
        return self._outcomes

    def result(self, *, one_element: bool) -> Reading:
        """What was read; `one_element` says that the format itself holds a single record in an element of its own."""
        if self._is_unreadable:
            shape = Shape.UNREADABLE
        elif len(self._drafts) + len(self._rejections) == 1 and (one_element or _is_object(self._envelope.raw)):
            shape = Shape.SINGLE
        else:
            shape = Shape.MANY
        return Reading(self._drafts, self._rejections, shape, self._notes.findings)


def _is_object(raw: bytes) -> bool:
    """Whether a JSON document begins as one object, in whichever Unicode encoding, marked or not."""
    return raw[:64].translate(None, _BEFORE_JSON)[:1] == b"{"
