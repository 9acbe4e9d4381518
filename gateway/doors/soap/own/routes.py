"""The door of a partner whose systems only call their own WSDL: it is served as it is, with our address in it.

    GET  /soap/as/{connector}?wsdl
    POST /soap/as/{connector}

Off unless a connector has the door `soap_as`, and open to credentials of that connector only. Records go through the
connector's mapping as they would over REST; the answer has the partner's own elements.
"""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.connector import OwnDoor
from adapters.envelope import Channel
from adapters.errors import Unreadable
from adapters.own_wsdl import OwnOperation
from adapters.transports import soap
from adapters.transports.soap import Blame, NotSoap, Version
from gateway.access.accounts import Role
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.refusals import refusal_of
from gateway.doors.requests import (
    DRY_RUN,
    DirectRoute,
    admit,
    bounded_body,
    checked_key,
    flag,
    own_address,
    replay_headers,
    services_of,
    unreadable,
)
from gateway.doors.soap.routes import WSDL_TYPE, authenticated, claimed_of, parsed
from gateway.intake.envelopes import arriving
from gateway.ledger.values import Answer
from schemas.findings import Text

DOOR = "soap_as"
router = APIRouter(route_class=DirectRoute, include_in_schema=False)


@router.get("/soap/as/{name}")
async def describe(request: Request, name: str) -> Response:
    """The partner's WSDL, with or without `?wsdl`."""
    address = f"{own_address(request)}/soap/as/{name}"
    return Response(_door(request, name).service.described(address), media_type=WSDL_TYPE)


@router.post("/soap/as/{name}")
async def call(request: Request, name: str) -> Response:
    door, version = _door(request, name), soap.spoken(request.headers.get("content-type", ""))
    try:
        return await _answered(request, name, door, version)
    except NotSoap as error:
        return _fault(request, version, Refused(problems.BAD_REQUEST, error.text), error.blame)
    except Unreadable as error:
        return _fault(request, version, unreadable(error))
    except Refused as refusal:
        return _fault(request, version, refusal)
    except Exception as error:
        return _fault(request, version, refusal_of(request, error))


def _door(request: Request, name: str) -> OwnDoor:
    """The door of a connector. Raises Refused (REQUEST-003)."""
    connector = services_of(request).connectors.get(name)
    if connector is None or connector.own_door is None:
        raise Refused(problems.NOT_FOUND)
    return connector.own_door


async def _answered(request: Request, name: str, door: OwnDoor, version: Version) -> Response:
    services = services_of(request)
    raw = await bounded_body(request, services.settings.http.max_body_bytes)
    claimed = claimed_of(request, raw)
    admit(request, claimed)
    message = await parsed(request, raw)
    caller, body = await authenticated(request, services, message, raw, door=DOOR)
    principal = caller.principal
    if principal.role is not Role.PARTNER or principal.connector != name:
        raise Refused(problems.FORBIDDEN)
    element = soap.operation_of(body)
    operation = _operation(door, str(element.tag), message.action)
    envelope = arriving(
        principal.tenant,
        soap.raw_of(element),
        channel=Channel.SOAP,
        content_type="text/xml",
        connector=name,
        kind=door.kind,
        idempotency_key=checked_key(request.headers.get("idempotency-key")),
    )
    intake = services.intake
    answer = await (intake.rehearse if flag(request, DRY_RUN) else intake.submit)(envelope, principal.tenant)
    payload = operation.answer.element(answer.body.decode(), is_good=_is_good(answer))
    return Response(soap.reply(version, payload), 200, dict(replay_headers(answer)), version.content_type)


def _operation(door: OwnDoor, tag: str, action: str) -> OwnOperation:
    """The operation that the body's element names; a SOAPAction must name the same. Raises NotSoap."""
    operation = door.service.operations.get(tag)
    if operation is None:
        names = "、".join(each.name for each in door.service.operations.values())
        raise NotSoap(f"没有该操作，可用：{names}", f"There is no such operation that carries records: {names}")
    if action not in ("", operation.action):
        wanted = operation.action
        raise NotSoap(f"SOAPAction 与报文不符，应为 {wanted}", f"SOAPAction does not agree, it must be {wanted}")
    return operation


def _is_good(answer: Answer) -> bool:
    """Whether every record was accepted."""
    document = orjson.loads(answer.body)
    return not answer.is_refusal and not document.get("counts", {}).get("rejected")


def _fault(request: Request, version: Version, refusal: Refused, blame: Blame | None = None) -> Response:
    """A refusal in both languages with its code; the partner's WSDL says nothing of details."""
    if refusal.problem is not problems.RATE_LIMITED and refusal.problem.status < 500:
        request.state.admission.failed = True
    document = refusal.as_dict()
    blame = blame or (Blame.RECEIVER if document["status"] >= 500 else Blame.SENDER)
    words = Text(
        f"{document['code']} {document['title']}：{document['detail']}",
        f"{document['code']} {document['title_en']}: {document['detail_en']}",
    )
    headers = {name: value for name, value in refusal.headers.items() if name != "WWW-Authenticate"}
    return Response(soap.fault(version, blame, words), version.status(blame), headers, version.content_type)
