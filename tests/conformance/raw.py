"""Documents as bytes: the ways in which they come to each door, whatever they hold, and what was said of them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import md5
from typing import Any

import httpx
import orjson
from lxml import etree

from adapters.formats.canonical_xml import value_of
from gateway.doors.vendor.vendor_messages import NAMESPACE
from mappings.haixi_examples import haixi_contract
from schemas import catalog
from schemas.projections.soap_messages import ANSWER, obj
from tests.conformance.documents import Body, erp_document, xml_of
from tests.conformance.doors import House
from tests.conftest import until
from tests.integration.test_batches import fates, finished, upload
from tests.integration.test_compat12301 import headers
from tests.soap_messages import envelope, with_username
from tests.templates import filled
from tests.trips import haixi_ahead

_ANSWER = obj("答复", "Answer", ANSWER)
_REPLIES = "//*[local-name() = 'SubmitContractsResponse' or local-name() = 'Refusal']"
_NAMED = re.compile(r"\(([A-Z]+-\d{3})\)")
Spoil = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Said:
    """The fates of the records in their order, none where the document was refused, and the codes of all errors."""

    statuses: tuple[str, ...]
    codes: frozenset[str]

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Said:
        """What stands in an answer. A document that cannot be read may stand in it as one record that is rejected."""
        records = answer.get("records") or []
        found = [*answer.get("findings", ()), *(each for record in records for each in record.get("findings", ()))]
        codes = frozenset(each["code"] for each in found if each["severity"] == "error")
        is_refused = answer.get("code") == "INTAKE-001" or answer.get("failure") is not None
        return cls(() if is_refused else tuple(record["status"] for record in records), codes)


def rest(kind: str, media_type: str = "application/json", connector: str = "") -> Callable[..., Said]:
    """A push to the address of its kind."""
    url = f"/v1/{catalog.kind(f'{kind}.v1').plural}"

    def send(house: House, raw: bytes) -> Said:
        partner, query = house.partner(connector or None), {"connector": connector} if connector else {}
        typed = {"Content-Type": media_type}
        return Said.of(house.client.post(url, params=query, content=raw, headers=typed, auth=partner.auth).json())

    return send


def submissions(kind: str, media_type: str = "application/json") -> Callable[..., Said]:
    """A file handed in without saying how it is read."""

    def send(house: House, raw: bytes) -> Said:
        query, typed = {"kind": kind}, {"Content-Type": media_type}
        who = house.partner().auth
        return Said.of(house.client.post("/v1/submissions", params=query, content=raw, headers=typed, auth=who).json())

    return send


def soap(house: House, raw: bytes) -> Said:
    """An envelope, signed in with a password."""
    answer = house.client.post("/soap", content=raw, headers={"Content-Type": "text/xml; charset=utf-8"})
    (said,) = etree.fromstring(answer.content).xpath(_REPLIES)
    if etree.QName(said).localname == "Refusal":
        return Said((), frozenset(said.xpath("*[local-name() = 'findings']/*[local-name() = 'code']/text()")))
    return Said.of(value_of(said, _ANSWER))


def vendor(house: House, raw: bytes) -> Said:
    """An envelope of the regional vendor's service. A JSON text in its answer holds that of REST; its refusals have no
    findings, but name them.
    """
    answer = etree.fromstring(_of_vendor(house, raw))
    if texts := answer.xpath("//*[local-name() = 'return']/text()"):
        return Said.of(json.loads(texts[0])["answer"])
    (detail,) = answer.xpath("//*[local-name() = 'Refusal']/*[local-name() = 'detail_en']/text()")
    return Said((), frozenset(_NAMED.findall(detail)))


def _of_vendor(house: House, raw: bytes) -> bytes:
    typed = {"Content-Type": "text/xml; charset=utf-8", "X-Forwarded-Proto": "https"}
    return house.client.post("/soap/haixi", content=raw, headers=typed).content


def sftp(connector: str, suffix: str) -> Callable[..., Said]:
    """A file in the drop of a connector."""

    def send(house: House, raw: bytes) -> Said:
        name = f"{time.monotonic_ns()}.{suffix}"
        with house.drop.login(house.partner(connector)) as files:
            files.drop(name, raw)
            until(lambda: files.listdir("in") == [], "the file has its answer")
            return Said.of(json.loads(files.get_bytes(f"receipts/{name}.receipt.json")))

    return send


def batch(kind: str, connector: str = "") -> Callable[..., Said]:
    """An upload in parts, worked on in the background."""

    def send(house: House, raw: bytes) -> Said:
        partner = house.partner(connector or None)
        more = {"connector": connector} if connector else {}
        taken = upload(house.client, partner, raw, kind=kind, **more).raise_for_status().json()["submission_id"]
        done = finished(house.client, partner, taken)
        return Said.of({"failure": done["failure"], "records": fates(house.client, partner, taken)})

    return send


def erp(house: House, raw: bytes) -> Said:
    """The existing protocol; the number stands in the address, too."""
    number = raw.partition(b'"contractNumber":"')[2].partition(b'"')[0].decode() or "-"
    typed = headers(house.partner("lvy")) | {"Content-Type": "application/json; charset=utf-8"}
    answer: httpx.Response = house.client.post(f"/v1/econtract/apply/{number}", content=raw, headers=typed)
    return Said.of(answer.json()["answer"])


# -- a canonical record as the bytes of each door ----------------------------------------------------------------------


def as_json(body: Body) -> bytes:
    return orjson.dumps(body)


def as_line(body: Body) -> bytes:
    return orjson.dumps(body) + b"\n"


def as_erp(body: Body) -> bytes:
    return orjson.dumps(erp_document(body))


def as_xml(body: Body) -> bytes:
    message = xml_of("SubmitContracts", {"contract": body})
    return etree.tostring(message, encoding="UTF-8", xml_declaration=True)


def as_envelope(house: House) -> Callable[[Body], bytes]:
    """Written by hand, so that its letters are bytes and no references."""
    partner = house.partner()

    def write(body: Body) -> bytes:
        raw = with_username(envelope(xml_of("SubmitContracts", {"contract": body})), partner.api_key, partner.secret)
        return _spelt(etree.fromstring(raw))

    return write


def as_vendor(house: House) -> Callable[[Body], bytes]:
    """The number and the route of a record in a contract of the regional vendor, with the token of whoever calls."""
    partner = house.partner("haixi")
    digest = md5(partner.secret.encode()).hexdigest()
    asked = _spelt(envelope(_operation("authentication", code=partner.api_key, password=digest)))
    (answer,) = etree.fromstring(_of_vendor(house, asked)).xpath("//*[local-name() = 'return']/text()")
    token = json.loads(answer)["token"]

    def write(body: Body) -> bytes:
        contract = haixi_ahead(haixi_contract(1))
        contract |= {"no": body["business_no"]}
        contract["contractTeam"] |= {"linename": body["route_name"]}
        text = json.dumps(contract, ensure_ascii=False)
        return _spelt(envelope(_operation("submitContract", token=token, contract=text)))

    return write


def _operation(name: str, **arguments: str) -> etree._Element:
    element = etree.Element(f"{{{NAMESPACE}}}{name}")
    for argument, value in arguments.items():
        etree.SubElement(element, f"{{{NAMESPACE}}}{argument}").text = value
    return element


def _spelt(message: etree._Element) -> bytes:
    return etree.tostring(message, encoding="UTF-8", xml_declaration=True)


def as_workbook(kind: str) -> Callable[[Body], bytes]:
    return lambda body: filled(f"{kind}.v1", [body])
