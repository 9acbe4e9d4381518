"""THE use case: an envelope comes in, a durable, signed answer goes out. Everything that enters passes here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from hashlib import sha256

from adapters.connector import Connector, Route
from adapters.envelope import Envelope, Rejection
from adapters.errors import Unreadable
from adapters.reading import read
from gateway.access.tenants import Tenant
from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.intake.document_findings import DOCUMENT, TOO_MANY
from gateway.intake.drafting import Drafter
from gateway.intake.routing import idempotency_key_of, request_hash_of, route_of
from gateway.ledger.issuing import Issuer
from gateway.ledger.values import Answer, Draft, PreparedSubmission
from gateway.ledger.writer import Effect, Writer
from gateway.register.filed import FiledRegister
from schemas.rules.report import Register

MOST_RECORDS = 20_000
_BEFORE_JSON = b"\xef\xbb\xbf\xfe\xff\x00 \t\r\n"
_INLINE_BYTES = 64 * 1024
"""Longer documents are read in a thread, so that the pushes of others are answered meanwhile."""


class Intake:
    """Reads envelopes with the partners' connectors and hands what they hold to the writer."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        issuer: Issuer,
        writer: Writer,
        register: FiledRegister,
    ) -> None:
        self._connectors = connectors
        self._issuer = issuer
        self._writer = writer
        self._register = register

    async def submit(self, envelope: Envelope, tenant: Tenant) -> Answer:
        """The answer to `envelope`, once all it brought is durable. Raises Refused when nothing was stored."""
        return await self.store(await self.prepare(envelope, tenant))

    async def store(self, prepared: PreparedSubmission, beside: Effect | None = None) -> Answer:
        """The answer to what was prepared; what `beside` does commits with it. Raises Refused."""
        return await self._writer.write(prepared, beside)

    async def prepare(self, envelope: Envelope, tenant: Tenant) -> PreparedSubmission:
        """Everything that can be decided without the store."""
        connector, route = route_of(self._connectors, envelope, envelope.raw)
        submission_id = uuid7()
        register = self._register.seen_from(tenant)
        reading = _Reading(self._issuer, connector, route, envelope, tenant, Clock.china_today(), register)
        form = route.read.format
        if form in ("json", "canonical_xml") and len(envelope.raw) <= _INLINE_BYTES:
            reading.run()
        else:
            await asyncio.to_thread(reading.run)
        raw_hash = sha256(envelope.raw).digest()
        request_hash = request_hash_of(raw_hash, envelope, route.kind.name)
        return PreparedSubmission(
            id=submission_id,
            tenant=tenant,
            envelope=envelope,
            kind=route.kind.name,
            key_field=route.kind.key[0],
            mapping=route.stamp,
            raw_hash=raw_hash,
            raw_sealed=tenant.seal.seal(envelope.raw, submission_id.bytes),
            idempotency_key=idempotency_key_of(envelope, request_hash, route.stamp),
            request_hash=request_hash,
            drafts=reading.drafts,
            rejections=reading.rejections,
            single=len(reading.drafts) + len(reading.rejections) == 1
            and (form == "canonical_xml" or _is_object(envelope.raw)),
            unreadable=reading.unreadable,
        )


class _Reading:
    """One document on its way from bytes to drafts. Pure CPU, so that a long one can run in a thread."""

    def __init__(
        self,
        issuer: Issuer,
        connector: Connector,
        route: Route,
        envelope: Envelope,
        tenant: Tenant,
        today: date,
        register: Register,
    ) -> None:
        self._drafter = Drafter(issuer, route.kind, tenant, envelope.received_at, register)
        self._connector = connector
        self._envelope = envelope
        self._kind = route.kind.name
        self._today = today
        self._register = register
        self.drafts: list[Draft] = []
        self.rejections: list[Rejection] = []
        self.unreadable = False

    def run(self) -> None:
        """Fill `drafts` and `rejections`; a document that cannot be read is one rejection."""
        try:
            outcomes = read(
                self._envelope.raw,
                self._connector,
                kind=self._kind,
                today=self._today,
                parameters=self._envelope.parameters,
                register=self._register,
            )
            for count, outcome in enumerate(outcomes, 1):
                if count > MOST_RECORDS:
                    raise Unreadable(TOO_MANY.found("", DOCUMENT, limit=MOST_RECORDS))
                if isinstance(outcome, Rejection):
                    self.rejections.append(outcome)
                else:
                    self.drafts.append(self._drafter.draft(outcome))
        except Unreadable as error:
            self.drafts = []
            self.rejections = [Rejection(1, error.finding.locator, (error.finding,))]
            self.unreadable = True


def _is_object(raw: bytes) -> bool:
    """Whether a JSON document begins as one object, in whichever Unicode encoding, marked or not."""
    return raw[:64].translate(None, _BEFORE_JSON)[:1] == b"{"
