"""What each operation of the regional vendor's service does: the use cases of REST, answered as a JSON text.

{"result": "success" | "fail", "errors": [{"code", "field", "message"}], "contract": {...} | null, ...}
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from hashlib import md5
from typing import Any

import orjson

from adapters.connector import Connector
from adapters.envelope import Channel, Envelope
from adapters.errors import Unreadable
from adapters.mapping.cleaners.text import nfkc, trim
from gateway.access.accounts import Principal, Role, must_read_in_clear
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.doors.lookup import record_by_key
from gateway.doors.protocol_errors import errors_of
from gateway.doors.requests import Call, bad_parameter, must_be_encrypted, unreadable
from gateway.doors.soap.soap_operations import Handler, Invocation, Outcome, must_be_meant, pdf_of, submitted
from gateway.doors.vendor.complements import complemented, part_of
from gateway.doors.vendor.tokens import bearer_of, token_of
from gateway.doors.vendor.vendor_messages import ECONTRACT, NAMESPACE, RETURN
from gateway.intake.envelopes import arriving
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import open_body
from gateway.ledger.states import ContractState
from gateway.ledger.values import Answer, FateStatus

DOOR = "vendor_soap"
_MINUTES = "30"
_STATES = {"1": ContractState.GENERATED, "2": ContractState.SIGNED, "3": ContractState.VOID}
_NUMBERS = {state: number for number, state in _STATES.items()}

Shown = dict[str, Any]
Work = Callable[[Invocation], Awaitable[Shown]]


def _argument(invocation: Invocation, name: str) -> str:
    return invocation.element.findtext(f"{{{NAMESPACE}}}{name}") or ""


def _connector(invocation: Invocation) -> Connector:
    return invocation.services.connectors[invocation.request.path_params["name"]]


# -- who calls ---------------------------------------------------------------------------------------------------------


async def _authentication(invocation: Invocation) -> Shown:
    given = _argument(invocation, "password").strip().lower().encode()

    def proves(known: Principal) -> bool:
        digest = md5(known.secret, usedforsecurity=False).hexdigest()
        return hmac.compare_digest(digest.encode(), given)

    principal = await invocation.services.authenticator.proved(_argument(invocation, "code").strip(), proves)
    connector = _connector(invocation)
    _must_belong(principal, connector)
    minutes = int(connector.doors[DOOR].get("token_minutes", _MINUTES))
    return {
        "token": token_of(principal, connector.id, int(Clock.now().timestamp()) + minutes * 60),
        "expiresin": minutes * 60,
    }


def _must_belong(principal: Principal, connector: Connector) -> None:
    if principal.role is not Role.PARTNER or principal.connector != connector.id:
        raise Refused(problems.FORBIDDEN)


async def _proved(invocation: Invocation) -> Invocation:
    """The invocation with its caller. Raises Refused (AUTH-001, AUTH-005, AUTH-006)."""
    connector = _connector(invocation)
    token = _argument(invocation, "token").strip()
    principal = await bearer_of(invocation.services.authenticator, token, connector.id)
    _must_belong(principal, connector)
    return replace(invocation, caller=Call(invocation.services, principal, b""))


# -- the operations ----------------------------------------------------------------------------------------------------


async def _submit(invocation: Invocation) -> Shown:
    envelope = arriving(
        invocation.call.principal.tenant,
        _argument(invocation, "contract").encode(),
        channel=Channel.VENDOR_SOAP,
        connector=_connector(invocation).id,
        kind="contract",
    )
    return _of_answer(await submitted(invocation, envelope))


async def _complement(invocation: Invocation, *fields: str) -> Shown:
    record = await _record(invocation)
    raw = _argument(invocation, "contract").encode()

    async def submit(envelope: Envelope) -> Answer:
        return await submitted(invocation, envelope)

    part = part_of(raw, _connector(invocation), fields)
    return _of_answer(await complemented(invocation.call, record, part, submit=submit))


async def _complement_insurance(invocation: Invocation) -> Shown:
    return await _complement(invocation, "insurance")


async def _complement_guest(invocation: Invocation) -> Shown:
    return await _complement(invocation, "travellers", "headcount")


async def _upload(invocation: Invocation) -> Shown:
    must_be_meant(invocation)
    record = await _record(invocation)
    pdf = pdf_of(_argument(invocation, "document"))
    stored = await invocation.services.documents.put(invocation.call.principal, record, pdf)
    document = {"sha256": stored.sha256.hex(), "size": stored.size_bytes, "pages": stored.pages}
    return {"contract": _contract(record.key, record.code, record.qr_text, record.state), "document": document}


async def _status(invocation: Invocation) -> Shown:
    wanted = _STATES.get(_argument(invocation, "status").strip())
    if wanted is None:
        raise bad_parameter("status", " | ".join(_STATES))
    return await _moved(invocation, wanted)


async def _cancel(invocation: Invocation) -> Shown:
    return await _moved(invocation, ContractState.VOID)


async def _sign(invocation: Invocation) -> Shown:
    return await _moved(invocation, ContractState.SIGNED)


async def _moved(invocation: Invocation, wanted: ContractState) -> Shown:
    must_be_meant(invocation)
    record = await _record(invocation)
    state = await invocation.services.transitions.move(invocation.call.principal, record, wanted)
    return {"contract": _contract(record.key, record.code, record.qr_text, state)}


async def _base_info(invocation: Invocation) -> Shown:
    record = await _record(invocation)
    body = open_body(record, must_read_in_clear(invocation.call.principal, record).seal)
    signatory = next(iter(body.get("signatories", ())), {})
    team = {
        "linename": body["route_name"],
        "teamcode": body.get("group_no", ""),
        "bgndate": body["depart_on"].replace("-", ""),
        "enddate": body["return_on"].replace("-", ""),
        "qty": body["headcount"],
        "guestqty": len(body["travellers"]),
    }
    return {
        "contract": {
            **_contract(record.key, record.code, record.qr_text, record.state),
            "version": record.version,
            "travelname": signatory.get("name", ""),
            "travelmobile": signatory.get("mobile", ""),
            "transactor": body["agency"].get("transactor_name", ""),
            "price": body["total_price"],
            "insurance": body.get("insurance", {}),
            "contractTeam": team,
        }
    }


async def _record(invocation: Invocation) -> RecordRow:
    """The caller's contract that `no` names, which is cleaned as a mapping cleans it.

    Raises Refused (REQUEST-001: several agencies use the number, REQUEST-003).
    """
    return await record_by_key(invocation.call, "contract", trim(nfkc(_argument(invocation, "no"))), None)


# -- answers -----------------------------------------------------------------------------------------------------------


def _contract(number: str, code: str | None, qr_text: str | None, state: str) -> Shown:
    return {"no": number, "code": code, "qrcode": qr_text, "status": _NUMBERS[ContractState(state)]}


def _of_answer(answer: Answer) -> Shown:
    """An answer of intake; `answer` in it is what REST would have said, byte for byte."""
    document = orjson.loads(answer.body)
    records = document["records"]
    whole = {"answer": orjson.Fragment(answer.body)}
    if answer.is_refusal:
        return _failed(document) | whole
    if not records or any(not FateStatus(record["status"]).is_good for record in records):  # the text was a list
        return _failed(problems.document(problems.REJECTED, records=records)) | whole
    record = records[0]
    return {"contract": _contract(record["key"], record.get("code"), record.get("qr_text"), record["state"])} | whole


def _failed(problem: dict[str, Any]) -> Shown:
    message = f"{problem['title']}：{problem['detail']}"
    first = {"field": "", "code": problem["code"], "message": message, "advice": problem["advice"]}
    return {"result": "fail", "errors": [first, *errors_of(problem)]}


def _answering(work: Work, *, proves: bool = True) -> Handler:
    """A handler that says in its JSON text what was refused. A fault is left for what is worth a retry."""

    async def run(invocation: Invocation) -> Outcome:
        shown: Shown = {"result": "success", "errors": [], "contract": None}
        try:
            must_be_encrypted(invocation.request)
            shown |= await work(await _proved(invocation) if proves else invocation)
        except Unreadable as error:
            shown |= _failed(unreadable(error).as_dict())
        except Refused as refusal:
            if refusal.is_temporary:
                raise
            if refusal.problem.status == problems.UNAUTHENTICATED.status:
                invocation.request.state.admission.failed = True
            shown |= _failed(refusal.as_dict())
        return Outcome({RETURN: orjson.dumps(shown).decode()})

    return Handler(run, is_public=True)


HANDLERS: Mapping[str, Handler] = {
    "authentication": _answering(_authentication, proves=False),
    "submitContract": _answering(_submit),
    "uploadContract": _answering(_upload),
    "submitStatus": _answering(_status),
    "cancelContract": _answering(_cancel),
    "complementInsurance": _answering(_complement_insurance),
    "complementGuest": _answering(_complement_guest),
    "submitSign": _answering(_sign),
    "getContractBaseInfo": _answering(_base_info),
}
assert HANDLERS.keys() == {operation.name for operation in ECONTRACT.operations}  # noqa: S101 - the WSDL promises all
