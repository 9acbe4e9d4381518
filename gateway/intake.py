"""THE use case: an envelope comes in, a durable, signed answer goes out. Everything that enters passes here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import orjson

from adapters.canonical import builtin
from adapters.connector import Connector, Route
from adapters.envelope import CanonicalRecord, Envelope, Rejection
from adapters.errors import Fatal, Unreadable
from adapters.reading import read
from gateway import problems
from gateway.drafts import Answer, Draft, PreparedSubmission, Tenant
from gateway.facts import facts_of
from gateway.ids import uuid7
from gateway.issuing import CODED_KINDS, Issuer
from gateway.lifecycle import INITIAL_STATE
from gateway.problems import Refused
from gateway.sealing import content_hash
from gateway.store.rows import body_place
from gateway.store.writer import Writer
from schemas.findings import Text, error

MOST_RECORDS = 20_000
TOO_MANY = error(
    "INTAKE-104",
    "文件中的记录超过 {limit} 条",
    "The document holds more than {limit} records",
    "请拆分为多个文件分别提交。",
    "Split it into several documents.",
)
_DOCUMENT = Text("文件", "Document")
_BEFORE_JSON = b"\xef\xbb\xbf\xfe\xff\x00 \t\r\n"
_INLINE_BYTES = 64 * 1024
"""Longer documents are read in a thread, so that the pushes of others are answered meanwhile."""


def _now() -> datetime:
    return datetime.now(UTC)


class Intake:
    """Reads envelopes with the partners' connectors and hands what they hold to the writer."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        issuer: Issuer,
        writer: Writer,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._connectors = connectors
        self._issuer = issuer
        self._writer = writer
        self._clock = clock

    async def submit(self, envelope: Envelope, tenant: Tenant) -> Answer:
        """The answer to `envelope`, once all it brought is durable. Raises Refused when nothing was stored."""
        return await self._writer.write(await self.prepare(envelope, tenant))

    async def prepare(self, envelope: Envelope, tenant: Tenant) -> PreparedSubmission:
        """Everything that can be decided without the store."""
        connector, route = self._route(envelope)
        submission_id = uuid7()
        reading = _Reading(self._issuer, connector, route, envelope, tenant, self._clock().date())
        form = route.read.format
        if form in ("json", "canonical_xml") and len(envelope.raw) <= _INLINE_BYTES:
            reading.run()
        else:
            await asyncio.to_thread(reading.run)
        raw_hash = sha256(envelope.raw).digest()
        request_hash = _request_hash(raw_hash, envelope, route.kind.name)
        return PreparedSubmission(
            id=submission_id,
            tenant=tenant,
            envelope=envelope,
            kind=route.kind.name,
            key_field=route.kind.key[0],
            mapping=route.stamp,
            raw_hash=raw_hash,
            raw_sealed=tenant.seal.seal(envelope.raw, submission_id.bytes),
            idempotency_key=_idempotency_key(envelope, request_hash, route.stamp),
            request_hash=request_hash,
            drafts=reading.drafts,
            rejections=reading.rejections,
            single=len(reading.drafts) + len(reading.rejections) == 1
            and (form == "canonical_xml" or _is_object(envelope.raw)),
            unreadable=reading.unreadable,
        )

    def _route(self, envelope: Envelope) -> tuple[Connector, Route]:
        name = envelope.connector
        try:
            connector = builtin(f"{envelope.kind}.v1", envelope.raw) if name is None else self._connectors[name]
            return connector, connector.route(envelope.kind)
        except KeyError:
            detail = Text(f"没有名为 {name} 的对接配置", f"There is no connector named {name}")
        except Fatal:
            detail = Text(f"对接配置 {name} 不接收 {envelope.kind}", f"Connector {name} does not take {envelope.kind}")
        raise Refused(problems.UNKNOWN_CONNECTOR, detail)


class _Reading:
    """One document on its way from bytes to drafts. Pure CPU, so that a long one can run in a thread."""

    def __init__(
        self, issuer: Issuer, connector: Connector, route: Route, envelope: Envelope, tenant: Tenant, today: date
    ) -> None:
        self._issuer = issuer
        self._connector = connector
        self._route = route
        self._envelope = envelope
        self._tenant = tenant
        self._today = today
        self.drafts: list[Draft] = []
        self.rejections: list[Rejection] = []
        self.unreadable = False

    def run(self) -> None:
        """Fill `drafts` and `rejections`; a document that cannot be read is one rejection."""
        kind = self._route.kind.name
        try:
            outcomes = read(self._envelope.raw, self._connector, kind=kind, today=self._today)
            for count, outcome in enumerate(outcomes, 1):
                if count > MOST_RECORDS:
                    raise Unreadable(TOO_MANY.found("", _DOCUMENT, limit=MOST_RECORDS))
                if isinstance(outcome, Rejection):
                    self.rejections.append(outcome)
                else:
                    self.drafts.append(self._draft(outcome))
        except Unreadable as error:
            self.drafts = []
            self.rejections = [Rejection(1, error.finding.locator, (error.finding,))]
            self.unreadable = True

    def _draft(self, record: CanonicalRecord) -> Draft:
        kind, tenant = self._route.kind.name, self._tenant
        body = record.body
        canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        if b".0," in canonical or b".0}" in canonical or b".0]" in canonical:
            body = _with_whole_numbers(body)
            canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        key = body[self._route.kind.key[0]]
        content = content_hash(canonical)
        facts = facts_of(kind, body, tenant)
        code = qr_text = None
        if kind in CODED_KINDS:
            code, qr_text = self._issuer.issue(facts, content, self._envelope.received_at)
        return Draft(
            ordinal=record.ordinal,
            locator=record.locator,
            kind=kind,
            schema=record.schema,
            key=key,
            content_hash=content,
            canonical=canonical,
            body=tenant.seal.seal(canonical, body_place(tenant.id, kind, key)),
            facts=facts,
            state=INITIAL_STATE[kind],
            code=code,
            qr_text=qr_text,
            findings=record.findings,
        )


def _with_whole_numbers(value: Any) -> Any:
    """The same content with 3.0 written 3: JSON Schema takes both for an integer, a content hash must not."""
    if isinstance(value, dict):
        return {name: _with_whole_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_object(raw: bytes) -> bool:
    """Whether a JSON document begins as one object, in whichever Unicode encoding, marked or not."""
    return raw[:64].translate(None, _BEFORE_JSON)[:1] == b"{"


def _request_hash(raw_hash: bytes, envelope: Envelope, kind: str) -> bytes:
    """What makes two requests the same request. A mapping may be upgraded between a request and its retry."""
    context = f"{envelope.connector}|{kind}|{envelope.atomic}|{envelope.amend}"
    return sha256(raw_hash + context.encode()).digest()


def _idempotency_key(envelope: Envelope, request_hash: bytes, stamp: str) -> str | None:
    """The sender's key; without one, a file sent again is recognised by its content.

    After a mapping has changed the same file is worth reading again. An amendment without a key is never a repeat:
    going back to earlier content is a change of its own.
    """
    if envelope.idempotency_key is not None:
        return envelope.idempotency_key
    return None if envelope.amend else f"sha256:{sha256(request_hash + stamp.encode()).hexdigest()}"
