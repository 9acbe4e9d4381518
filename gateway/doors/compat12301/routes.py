"""The existing e-contract protocol: an ERP that speaks it today needs only a new address.

    POST /v1/econtract/apply/{contractNumber}      a contract
    POST /team/{china | outbound | inbound}        a group's roster

Off unless the credential's connector has the door `compat12301`. The request's form is known from a public client; no
public source shows the replies, so ours are synthetic: the shape of the call-back, with our whole answer beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.envelope import Channel
from adapters.errors import Unreadable
from adapters.formats import strict_json
from gateway.access.accounts import Principal, Role
from gateway.access.authentication import away_from_now
from gateway.access.signatures12301 import is_request_signature
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.compat12301 import words
from gateway.doors.protocol_errors import errors_of
from gateway.doors.refusals import refusal_of
from gateway.doors.requests import (
    DRY_RUN,
    DirectRoute,
    Json,
    admit,
    bad_parameter,
    belongs_to,
    bounded_body,
    flag,
    must_be_encrypted,
    services_of,
)
from gateway.intake.envelopes import arriving
from gateway.ledger.values import Answer
from gateway.relay.callback12301 import API_VERSION, COMPAT12301, EVENTS, state_number
from gateway.wiring.services import Services
from schemas.findings import Text
from schemas.normal import plain_identifier

router = APIRouter(route_class=DirectRoute, tags=["compat12301"])

_WINDOW_SECONDS = "60"
_NUMBER = "contractNumber"
_CREDENTIAL = re.compile(rb"[\w-]{1,64}")
_TEAMS = {"china": "domestic", "outbound": "outbound", "inbound": "inbound"}


@router.post(
    "/v1/econtract/apply/{contract_number:path}",
    **words.compat(Text("按现有接口报送合同", "A contract, in the existing protocol")),
)
async def apply(request: Request, contract_number: str) -> Response:
    return await _take(request, "contract", {_NUMBER: contract_number})


@router.post(
    "/team/{team}", **words.compat(Text("按现有接口报送团队名单表", "A group's roster, in the existing protocol"))
)
async def push_team(request: Request, team: str) -> Response:
    return await _take(request, "roster", {"team": _TEAMS.get(team, "")})


async def _take(request: Request, kind: str, parameters: dict[str, str]) -> Response:
    services = services_of(request)
    try:
        admit(request, _claimed(request))
        if not all(parameters.values()):
            raise Refused(problems.NOT_FOUND)
        principal = await _authenticated(request, services)
        belongs_to(request, principal)
        body = await bounded_body(request, services.settings.http.max_body_bytes)
        document = _one_in(body)
        if _NUMBER in parameters:
            _must_agree(parameters[_NUMBER], document)
        envelope = arriving(
            principal.tenant,
            body,
            channel=Channel.COMPAT12301,
            content_type=request.headers.get("content-type", "application/json")[:200],
            connector=_connector(services, principal, kind),
            kind=kind,
            parameters=parameters,
        )
        if flag(request, DRY_RUN):
            return _reply(await services.intake.rehearse(envelope, principal.tenant), parameters)
        if kind == "contract":
            await services.targets.ensure(principal, COMPAT12301, EVENTS)
        answer = await services.intake.submit(envelope, principal.tenant)
        return _reply(answer, parameters)
    except Refused as refusal:
        return _refusal(refusal)
    except Exception as error:
        return _refusal(refusal_of(request, error))


def _claimed(request: Request) -> bytes | None:
    """The credential that a request claims, for its budget."""
    source = request.headers.get("x-12301-source", "").encode("latin-1")
    return source if _CREDENTIAL.fullmatch(source) else None


async def _authenticated(request: Request, services: Services) -> Principal:
    """The caller. Raises Refused (AUTH-001, AUTH-002, AUTH-003, AUTH-005)."""
    given = {name: request.headers.get(f"x-12301-{name}", "") for name in ("source", "key", "timestamp", "signature")}
    if given["key"] != given["source"]:
        raise Refused(problems.UNAUTHENTICATED)
    timestamp = given["timestamp"]
    principal = await services.authenticator.proved(
        given["source"],
        lambda known: is_request_signature(given["signature"], known.secret.decode(), timestamp),
        problems.BAD_SIGNATURE,
    )
    door = _door(services, principal)
    if door is None or principal.role is not Role.PARTNER:
        raise Refused(problems.FORBIDDEN)
    window = int(door.get("window_seconds", _WINDOW_SECONDS))
    if not timestamp.isdecimal() or len(timestamp) > 15:
        raise Refused(problems.BAD_TIMESTAMP, Text("时间戳应为毫秒数", "The timestamp must be epoch milliseconds"))
    if detail := away_from_now(int(timestamp) / 1000, window):
        raise Refused(problems.BAD_TIMESTAMP, detail)
    must_be_encrypted(request)
    return principal


def _one_in(body: bytes) -> dict[str, Any]:
    """The one object that the protocol knows a request to hold. Raises Refused (REQUEST-001) for anything else that is
    JSON; of what is none the intake says why, so it is empty here."""
    for text in (body, body.strip().partition(b"\n")[0]):
        try:
            document = strict_json.loads(text)
        except Unreadable:
            continue
        if not isinstance(document, dict) or text is not body:
            raise Refused(problems.BAD_REQUEST, Text("请求体应为一个 JSON 对象", "The body must be one JSON object"))
        return document
    return {}


def _must_agree(number: str, document: Mapping[str, Any]) -> None:
    """The address names the contract that the body brings, if the body names one. Raises Refused (REQUEST-001)."""
    named = document.get(_NUMBER)
    if "\ufffd" in number:
        raise bad_parameter(_NUMBER, "UTF-8, percent-encoded")
    if named not in (None, "") and _plain(str(named)) != _plain(number):
        detail = Text(
            f"地址中的合同编号“{number}”与报文中的 contractNumber“{named}”不一致，请核对后重新发送",
            f"The address says contract number {number}, contractNumber in the body says {named}: they must agree",
        )
        raise Refused(problems.BAD_REQUEST, detail, parameter=_NUMBER)


def _plain(number: str) -> str:
    return plain_identifier(number).strip().upper()


def _door(services: Services, principal: Principal) -> Mapping[str, Any] | None:
    connector = services.connectors.get(principal.connector or "")
    return connector and connector.doors.get(COMPAT12301)


def _connector(services: Services, principal: Principal, kind: str) -> str | None:
    """What reads the document: the credential's own connector, for rosters the one that its door names."""
    if kind == "contract":
        return principal.connector
    teams = (_door(services, principal) or {}).get("teams")
    if teams is None:
        raise Refused(problems.UNKNOWN_CONNECTOR)
    return teams


def _reply(answer: Answer, parameters: dict[str, str]) -> Response:
    """Our answer in the protocol's clothes. `answer` in it is what REST would have said, byte for byte."""
    document = orjson.loads(answer.body)
    shown: dict[str, Any] = {"apiVersion": API_VERSION, "answer": orjson.Fragment(answer.body)}
    if answer.is_refusal:
        shown["error"] = _error(document)
    elif _NUMBER in parameters:
        record = document["records"][0]
        shown["data"] = {
            "content": "success",
            _NUMBER: parameters[_NUMBER],
            "state": state_number(record["state"], {}),
            "contractCode": record.get("code"),
            "url": {"signingURL": "", "QRCodeURL": record.get("qr_text"), "fileURL": ""},
        }
    else:
        shown["data"] = {"content": "success"}
    return Json(shown, answer.status)


def _refusal(refusal: Refused) -> Response:
    document = refusal.as_dict()
    response = Json({"apiVersion": API_VERSION, "error": _error(document), "answer": document}, refusal.problem.status)
    response.headers.update(refusal.headers)
    return response


def _error(problem: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": problem["code"],
        "message": f"{problem['title']}：{problem['detail']}",
        "advice": problem["advice"],
        "errors": errors_of(problem),
    }
