"""The SOAP door: WSDL and XSD served, calls dispatched on the body's element, every refusal a fault with our codes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson
from fastapi import APIRouter
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs
from starlette.requests import Request
from starlette.responses import Response

from adapters.errors import Unreadable
from adapters.formats.canonical_xml import element_of, schema_errors
from adapters.transports import soap
from adapters.transports.soap import Blame, Message, NotSoap
from gateway.access.authentication import CLAIMED, is_signature
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.refusals import refusal_of
from gateway.doors.requests import (
    Call,
    DirectRoute,
    admit,
    belongs_to,
    bounded_body,
    is_exposed,
    own_address,
    services_of,
    signed_of,
    unreadable,
)
from gateway.doors.soap.soap_operations import HANDLERS, Handler, Invocation, Outcome
from gateway.doors.soap.soap_security import HttpProof, SoapSecurity
from gateway.wiring.services import Services
from schemas.findings import Text
from schemas.loading import Schema
from schemas.projections import wsdl
from schemas.projections.wsdl import Operation, Service
from schemas.projections.yizhan_service import YIZHAN

router = APIRouter(route_class=DirectRoute, include_in_schema=False)

WSDL_TYPE = "text/xml; charset=utf-8"
_INLINE_BYTES = 64 * 1024
START_TAG = rb"<(?:[\w.-]{1,50}:)?(?:%s)(?:\s[^<>]{0,500})?>"  # no second try begins inside a first: time is linear
_CLAIMED = re.compile(
    START_TAG % b"Username"
    + rb"\s{0,20}([\w-]{1,64})\s{0,20}<|"
    + START_TAG % b"BinarySecurityToken|X509Certificate"
    + rb"([^<]{1,8000})<"
)


@dataclass(frozen=True)
class Door:
    """One SOAP endpoint: what it describes, and how each operation is carried out.

    With `claims`, which finds the credential that a message claims, its handlers prove the caller by themselves; a
    failed proof must be noted as `admission.failed`.
    """

    service: Service
    handlers: Mapping[str, Handler]
    claims: re.Pattern[bytes] | None = None
    operations: Mapping[str, Operation] = field(init=False)

    def __post_init__(self) -> None:
        tags = {f"{{{self.service.namespace}}}{each.name}": each for each in self.service.operations}
        object.__setattr__(self, "operations", tags)


_YIZHAN = Door(YIZHAN, HANDLERS)


@router.get("/soap")
async def describe(request: Request) -> Response:
    """The WSDL, with or without `?wsdl`."""
    return Response(wsdl.wsdl(YIZHAN, f"{own_address(request)}/soap"), media_type=WSDL_TYPE)


@router.get("/soap/yizhan.xsd")
async def schema(request: Request) -> Response:
    return Response(wsdl.xsd(YIZHAN), media_type=WSDL_TYPE)


@router.post("/soap")
async def call(request: Request) -> Response:
    return await answer(request, _YIZHAN)


async def answer(request: Request, door: Door) -> Response:
    """Whatever comes of a call, in the SOAP version that its content type speaks."""
    attempt = _Attempt(request, door)
    try:
        return attempt.answered(await attempt.run())
    except NotSoap as error:
        return attempt.refused(Refused(problems.BAD_REQUEST, error.text), error.blame)
    except Unreadable as error:
        return attempt.refused(unreadable(error))
    except Refused as refusal:
        return attempt.refused(refusal)
    except Exception as error:
        return attempt.refused(refusal_of(request, error))


class _Attempt:
    """One call under way; it remembers how far it came, for the fault that may be needed."""

    def __init__(self, request: Request, door: Door) -> None:
        self._request = request
        self._door = door
        self._version = soap.spoken(request.headers.get("content-type", ""))
        self._is_trusted = False
        self._operation: Operation | None = None
        self._element: etree._Element | None = None

    async def run(self) -> Outcome:
        request, services = self._request, services_of(self._request)
        authorization = request.headers.get("authorization", "")
        if is_signature(authorization):
            await services.authenticator.must_be_known(authorization)
        raw = await bounded_body(request, services.settings.http.max_body_bytes)
        claims = self._door.claims
        claimed = claimed_of(request, raw) if claims is None else _first_group(claims.search(raw))
        admit(request, claimed)
        message = await parsed(request, raw)
        operation, handler = self._dispatched(message, soap.operation_of(message.body))
        caller, body = None, message.body
        if not handler.is_public:
            caller, body = await authenticated(request, services, message, raw)
        elif claims is None and claimed is not None:  # nobody looks whether it is true, so it buys nothing
            admit(request, None)
        self._is_trusted = claims is None
        self._operation, self._element = operation, soap.operation_of(body)
        if self._dispatched(message, self._element)[0] is not operation:
            raise Refused(problems.BAD_SIGNATURE)
        if handler.validates and not wsdl.compiled(self._door.service).validate(self._element):
            words = Text("报文不符合 XSD，见 xsd_errors", "The message does not follow the XSD, see xsd_errors")
            raise Refused(problems.BAD_REQUEST, words)
        return await handler.run(Invocation(request, services, operation, self._element, caller))

    def _dispatched(self, message: Message, element: etree._Element) -> tuple[Operation, Handler]:
        """The operation that the body's element names; a SOAPAction must name the same."""
        operation = self._door.operations.get(str(element.tag))
        if operation is None:
            name = etree.QName(element).localname
            raise NotSoap(f"没有操作 {name}，请核对命名空间", f"There is no operation {name}: check its namespace too")
        action = self._door.service.action(operation)
        if message.action not in ("", action):
            raise NotSoap(f"SOAPAction 与报文不符，应为 {action}", f"SOAPAction does not agree, it must be {action}")
        return operation, self._door.handlers[operation.name]

    def answered(self, outcome: Outcome) -> Response:
        """The answer; to a submission that was refused as a whole it is a fault, receipt and all."""
        if outcome.refused:
            return self._faulted(outcome.document, dict(outcome.headers))
        assert self._operation is not None  # noqa: S101 - there is an outcome
        name, schema = self._operation.answers, self._operation.response
        payload = element_of(name, outcome.document, schema, self._door.service.namespace)
        return Response(soap.reply(self._version, payload), 200, dict(outcome.headers), self._version.content_type)

    def refused(self, refusal: Refused, blame: Blame | None = None) -> Response:
        """A refusal as a fault. One that came before the caller had proved itself counts against its address."""
        if not self._is_trusted and refusal.problem is not problems.RATE_LIMITED and refusal.problem.status < 500:
            self._request.state.admission.failed = True
        headers = {name: value for name, value in refusal.headers.items() if name != "WWW-Authenticate"}
        return self._faulted(refusal.as_dict(), headers, blame)

    def _faulted(self, document: Mapping[str, Any], headers: Mapping[str, str], blame: Blame | None = None) -> Response:
        version = self._version
        blame = blame or (Blame.RECEIVER if document["status"] >= 500 else Blame.SENDER)
        name, schema = next(iter(self._door.service.refusals.items()))
        detail = element_of(name, self._detail(document, schema), schema, self._door.service.namespace)
        words = Text(
            f"{document['code']} {document['title']}：{document['detail']}",
            f"{document['code']} {document['title_en']}: {document['detail_en']}",
        )
        body = soap.fault(version, blame, words, [detail])
        return Response(body, version.status(blame), headers, version.content_type)

    def _detail(self, document: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
        known = {name: value for name, value in document.items() if name in schema["properties"]}
        others = [
            {"name": name, "value": value if isinstance(value, str) else orjson.dumps(value).decode()}
            for name, value in document.items()
            if name not in known
        ]
        errors = [] if self._element is None else schema_errors(self._element, wsdl.compiled(self._door.service))
        return known | {"trace_id": self._request.state.trace_id, "members": others, "xsd_errors": errors}


def claimed_of(request: Request, raw: bytes) -> bytes | None:
    """The credential, or the certificate, that a call claims, before anything is parsed."""
    found = CLAIMED.match(request.headers.get("authorization", "").encode("latin-1"))
    if found := found or _CLAIMED.search(raw):
        return found[1] or sha256(b"".join(found[2].split())).digest()
    return None


def _first_group(found: re.Match[bytes] | None) -> bytes | None:
    return None if found is None or found.lastindex is None else found[found.lastindex]


async def parsed(request: Request, raw: bytes) -> Message:
    """The message in a request. Raises NotSoap or Unreadable."""
    arguments = (request.headers.get("content-type", ""), request.headers.get("soapaction"), raw)
    if len(raw) <= _INLINE_BYTES:
        return soap.parse(*arguments)
    return await asyncio.to_thread(soap.parse, *arguments)


async def authenticated(
    request: Request, services: Services, message: Message, raw: bytes, *, door: str = "soap"
) -> tuple[Call, etree._Element]:
    """The caller, and the Body that it vouches for."""
    security = SoapSecurity(services.accounts, services.authenticator, services.connectors, door)
    http = HttpProof(request.headers.get("authorization", ""), signed_of(request, raw), is_exposed(request))
    proved = await security.prove(message, http)
    belongs_to(request, proved.principal)
    return Call(services, proved.principal, raw), proved.body
