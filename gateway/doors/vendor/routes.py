"""The regional e-contract vendor's SOAP service: its own WSDL, tokens, and JSON texts as answers.

    GET  /soap/{connector}?wsdl      the pinned file of the partner folder
    POST /soap/{connector}

Off unless a connector has the door `vendor_soap`, and open to credentials of that connector only. A password's MD5 is
as good as the password, so this is a compatibility door: TLS, short-lived tokens.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response

from adapters.connector import Connector
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.requests import DirectRoute, own_address, services_of
from gateway.doors.soap.routes import START_TAG, WSDL_TYPE, Door, answer
from gateway.doors.vendor.vendor_messages import ECONTRACT
from gateway.doors.vendor.vendor_operations import DOOR, HANDLERS


class _ConnectorName(StringConvertor):
    """The name of a partner's folder: it holds no dot, as the files of the SOAP door do."""

    regex = "[^/.]+"


register_url_convertor("connector", _ConnectorName())
router = APIRouter(route_class=DirectRoute, include_in_schema=False)

_CLAIMS = re.compile(
    START_TAG % b"token" + rb"\s{0,20}([\w-]{1,64})\.|" + START_TAG % b"code" + rb"\s{0,20}([\w-]{1,64})\s{0,20}<"
)
_ECONTRACT = Door(ECONTRACT, HANDLERS, claims=_CLAIMS)


@router.get("/soap/{name:connector}")
async def describe(request: Request, name: str) -> Response:
    """The pinned WSDL with our address in it, with or without `?wsdl`."""
    connector = _open_to(request, name)
    pinned = _pinned((connector.folder or Path()) / connector.doors[DOOR]["wsdl"])
    return Response(pinned.replace(b"{address}", f"{own_address(request)}/soap/{name}".encode()), media_type=WSDL_TYPE)


@router.post("/soap/{name:connector}")
async def call(request: Request, name: str) -> Response:
    _open_to(request, name)
    return await answer(request, _ECONTRACT)


def _open_to(request: Request, name: str) -> Connector:
    """The connector whose door this is. Raises Refused (REQUEST-003)."""
    connector = services_of(request).connectors.get(name)
    if connector is None or DOOR not in connector.doors:
        raise Refused(problems.NOT_FOUND)
    return connector


@cache
def _pinned(file: Path) -> bytes:
    return file.read_bytes()
