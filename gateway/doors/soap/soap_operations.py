"""What each SOAP operation does: the same use cases as REST's routes, with XML on both sides."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs
from starlette.requests import Request

from adapters.envelope import Channel, Envelope
from adapters.formats.canonical_xml import PARAMETERS, value_of
from adapters.transports.soap import raw_of
from gateway.access.accounts import Role
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.lookup import looked_up, stored_document, verdict_on
from gateway.doors.requests import DRY_RUN, Call, bad_parameter, checked_key, flag, replay_headers
from gateway.intake.envelopes import arriving
from gateway.ledger.values import Answer
from gateway.wiring.services import Services
from schemas.catalog import kind
from schemas.loading import Schema
from schemas.projections.namespaces import SERVICE
from schemas.projections.soap_messages import SUBMITTED
from schemas.projections.wsdl import Operation
from schemas.projections.yizhan_service import YIZHAN


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call: the operation's element, and what its schema makes of it. `caller` is None for a public operation."""

    request: Request
    services: Services
    operation: Operation
    element: etree._Element
    caller: Call | None

    @property
    def call(self) -> Call:
        assert self.caller is not None  # noqa: S101 - only public operations go without
        return self.caller

    def arguments(self) -> dict[str, Any]:
        return value_of(self.element, self.operation.request)


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer in REST's words. `refused` makes it a fault; `headers` go with it."""

    document: Mapping[str, Any]
    refused: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handler:
    """How an operation is carried out. `validates` refuses what the XSD refuses before it runs: records instead
    go through intake, whose findings say more."""

    run: Callable[[Invocation], Awaitable[Outcome]]
    validates: bool = True
    is_public: bool = False


async def _submit(invocation: Invocation) -> Outcome:
    call = invocation.call
    if call.principal.role is not Role.PARTNER:
        raise Refused(problems.FORBIDDEN)
    key, atomic, amend = _parameters(invocation)
    kind_id = SUBMITTED[invocation.operation.name]
    envelope = arriving(
        call.principal.tenant,
        raw_of(invocation.element),
        channel=Channel.SOAP,
        content_type="text/xml",
        kind=kind(kind_id).name,
        idempotency_key=key,
        atomic=atomic,
        amend=amend,
    )
    answer = await submitted(invocation, envelope)
    return Outcome(orjson.loads(answer.body), answer.is_refusal, replay_headers(answer))


async def submitted(invocation: Invocation, envelope: Envelope) -> Answer:
    """What intake answers; with `?dry_run=true` what it would, and nothing is stored."""
    intake, tenant = invocation.services.intake, invocation.call.principal.tenant
    if flag(invocation.request, DRY_RUN):
        return await intake.rehearse(envelope, tenant)
    return await intake.submit(envelope, tenant)


def must_be_meant(invocation: Invocation) -> None:
    """For what cannot be tried without being done. Raises Refused (REQUEST-001)."""
    if flag(invocation.request, DRY_RUN):
        raise bad_parameter(DRY_RUN, "false")


def _parameters(invocation: Invocation) -> tuple[str | None, bool, bool]:
    """Idempotency key, atomic, amend. The key may also come as the header that REST uses. Raises Refused."""
    properties: dict[str, Schema] = invocation.operation.request["properties"]
    given: dict[str, Any] = {}
    for name in PARAMETERS:
        elements = invocation.element.findall(f"{{{SERVICE}}}{name}")
        values = [value_of(element, properties[name]) for element in elements]
        if len(values) > 1:
            raise bad_parameter(name, "<= 1")
        given[name] = values[0] if values and values[0] != "" else None
    for name in ("atomic", "amend"):
        if not isinstance(given[name], bool | None):
            raise bad_parameter(name, "true | false")
    header, key = invocation.request.headers.get("idempotency-key"), given["idempotencyKey"]
    if (key is not None and not isinstance(key, str)) or (None not in (header, key) and header != key):
        raise bad_parameter("idempotencyKey", "1 .. 200 ASCII, = Idempotency-Key")
    return checked_key(key or header), bool(given["atomic"]), bool(given["amend"])


async def _upload_document(invocation: Invocation) -> Outcome:
    must_be_meant(invocation)
    arguments = invocation.arguments()
    _, document = await stored_document(invocation.call, arguments["code"], pdf_of(arguments.get("document")))
    return Outcome(document)


def pdf_of(text: str | None) -> bytes:
    """The file that a message carries as Base64. Raises Refused (REQUEST-001)."""
    try:
        return base64.b64decode("".join((text or "?").split()), validate=True)
    except binascii.Error:
        raise bad_parameter("document", "Base64") from None


async def _get_receipt(invocation: Invocation) -> Outcome:
    try:
        submission_id = UUID(invocation.arguments()["submission_id"].strip())
    except (ValueError, KeyError):
        raise bad_parameter("submission_id", "UUID") from None
    row = await invocation.services.reader.submission(invocation.call.principal.scope, submission_id)
    if row is None or row.answer is None:
        raise Refused(problems.NOT_FOUND)
    return Outcome(orjson.loads(row.answer))


async def _look_up(invocation: Invocation) -> Outcome:
    wanted = invocation.arguments()
    name = wanted.pop("kind")
    found = await looked_up(invocation.call, name, wanted)
    return Outcome(_plain({"records": [record | {name: record.get("body")} for record in found]}))


async def _verify(invocation: Invocation) -> Outcome:
    return Outcome(_plain(await verdict_on(invocation.services, invocation.arguments()["text"])))


def _plain(document: dict[str, Any]) -> dict[str, Any]:
    """The document as REST's JSON would say it: dates as text, bodies opened."""
    return orjson.loads(orjson.dumps(document))


HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(SUBMITTED, Handler(_submit, validates=False)),
    "UploadDocument": Handler(_upload_document),
    "GetReceipt": Handler(_get_receipt),
    "LookUp": Handler(_look_up),
    "VerifyContract": Handler(_verify, is_public=True),
}
assert HANDLERS.keys() == {operation.name for operation in YIZHAN.operations}  # noqa: S101 - a WSDL promises all of them
