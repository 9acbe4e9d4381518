"""The six doors, each asked in its own way; what comes back is brought into one form."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import quote

import httpx
import orjson
import python_calamine
from lxml import etree

from adapters.formats.canonical_xml import value_of
from gateway.base.settings import Settings
from schemas.projections.namespaces import SERVICE
from schemas.projections.soap_messages import ANSWER, obj
from tests.conformance.documents import Body, erp_document, xml_of
from tests.conftest import Partner, issue_partner, until
from tests.integration.sftp import DropProcess
from tests.integration.test_batches import fates, finished, upload
from tests.integration.test_compat12301 import headers
from tests.soap_messages import envelope, with_username
from tests.templates import filled

_ANSWER = obj("答复", "Answer", ANSWER)
_SCHEMA_NS = {"y": SERVICE, "soap": "http://schemas.xmlsoap.org/soap/envelope/"}


@dataclass(frozen=True)
class Seen:
    """What a door said of one record. `has_place` tells whether a locator points into the document that was sent."""

    fate: dict[str, Any]
    receipt: str
    has_place: Callable[[str], bool]
    original_receipt: str | None = None
    lines: bytes | None = field(default=None, repr=False)


class Door(Protocol):
    """A way in, for one tenant. Records of one call are sent in order; a later call may rely on an earlier."""

    def send(self, bodies: list[Body], amend: bool = False) -> list[Seen]: ...


@dataclass(frozen=True)
class House:
    """What the doors lead to. `tenant` is who calls: its credentials for the various doors are one partner's."""

    client: httpx.Client
    settings: Settings
    drop: DropProcess
    tenant: str = ""

    def partner(self, connector: str | None = None) -> Partner:
        return issue_partner(self.settings, self.tenant, connector=connector, speaks_for="350000")


class Rest:
    def __init__(self, house: House) -> None:
        self._client, self._partner = house.client, house.partner()

    def send(self, bodies: list[Body], amend: bool = False) -> list[Seen]:
        return [self._one(body, amend) for body in bodies]

    def _one(self, body: Body, amend: bool) -> Seen:
        query = {"amend": "true"} if amend else {}
        answer = self._client.post("/v1/contracts", params=query, json=body, auth=self._partner.auth).json()
        return _seen(answer, _pointers(body))


class Soap:
    def __init__(self, house: House) -> None:
        self._client, self._partner = house.client, house.partner()

    def send(self, bodies: list[Body], amend: bool = False) -> list[Seen]:
        return [self._one(body, amend) for body in bodies]

    def _one(self, body: Body, amend: bool) -> Seen:
        operation = xml_of("SubmitContracts", {**({"amend": True} if amend else {}), "contract": body})
        raw = with_username(envelope(operation), self._partner.api_key, self._partner.secret)
        answer = self._client.post("/soap", content=raw, headers={"Content-Type": "text/xml; charset=utf-8"})
        (said,) = etree.fromstring(answer.content).xpath(
            "//y:SubmitContractsResponse | //y:Refusal", namespaces=_SCHEMA_NS
        )
        sent = etree.fromstring(raw)
        return _seen(value_of(said, _ANSWER), lambda place: _in_xml(sent, place))


class Drop:
    def __init__(self, house: House) -> None:
        self._drop, self._partner = house.drop, house.partner("plain")

    def send(self, bodies: list[Body], amend: bool = False) -> list[Seen]:
        assert not amend
        names = [f"{time.monotonic_ns()}-{number}.json" for number in range(len(bodies))]
        with self._drop.login(self._partner) as files:
            for name, body in zip(names, bodies, strict=True):
                files.drop(name, orjson.dumps(body, option=orjson.OPT_INDENT_2))
            until(lambda: files.listdir("in") == [], "every file has its answer")
            answers = [json.loads(files.get_bytes(f"receipts/{name}.receipt.json")) for name in names]
        return [_seen(answer, _pointers(body)) for answer, body in zip(answers, bodies, strict=True)]


class Workbook:
    def __init__(self, house: House) -> None:
        self._client, self._partner = house.client, house.partner()

    def send(self, bodies: list[Body], amend: bool = False) -> list[Seen]:
        return [self._one(body, amend) for body in bodies]

    def _one(self, body: Body, amend: bool) -> Seen:
        book = filled("contract.v1", [body])
        query = {"kind": "contract", **({"amend": "true"} if amend else {})}
        answer = self._client.post("/v1/submissions", params=query, content=book, auth=self._partner.auth).json()
        return _seen(answer, lambda place: _in_workbook(book, place))


class Erp:
    """The existing protocol, which the connector `lvy` opens."""

    def __init__(self, house: House) -> None:
        self._client, self._partner = house.client, house.partner("lvy")

    def send(self, bodies: list[Body], amend: bool = False) -> list[Seen]:
        assert not amend
        return [self._one(erp_document(body)) for body in bodies]

    def _one(self, document: Body) -> Seen:
        stamped = {**document, "sentAt": time.monotonic_ns()}  # what the mapping does not name tells two sendings apart
        path = f"/v1/econtract/apply/{quote(document.get('contractNumber') or '-', safe='')}"
        answer = self._client.post(path, json=stamped, headers=headers(self._partner))
        return _seen(answer.json()["answer"], _pointers(stamped))


class Batch:
    """An upload that is worked on in the background: all records are lines of one document."""

    def __init__(self, house: House) -> None:
        self._client, self._partner = house.client, house.partner()

    def send(self, bodies: list[Body], amend: bool = False) -> list[Seen]:
        document = b"".join(orjson.dumps(body) + b"\n" for body in bodies)
        taken = upload(self._client, self._partner, document, amend=amend).raise_for_status().json()
        done = finished(self._client, self._partner, taken["submission_id"])
        found = fates(self._client, self._partner, taken["submission_id"])
        url = f"/v1/submissions/{taken['submission_id']}/records.ndjson"
        lines = self._client.get(url, auth=self._partner.auth).content
        return [
            Seen(
                {**fate, "submission_id": taken["submission_id"]},
                done["receipt"],
                _line_pointers(number, body),
                None,
                lines,
            )
            for number, (fate, body) in enumerate(zip(found, bodies, strict=True), 1)
        ]


DOORS: dict[str, Callable[[House], Door]] = {
    "rest": Rest,
    "soap": Soap,
    "sftp": Drop,
    "workbook": Workbook,
    "erp": Erp,
    "batch": Batch,
}


def _seen(answer: dict[str, Any], has_place: Callable[[str], bool]) -> Seen:
    """The one record of an answer. XML leaves out what is empty."""
    (fate,) = answer["records"]
    findings = [{"field": "", "value": None, **finding} for finding in fate.get("findings", ())]
    fate = {"key": None, **fate, "submission_id": answer["submission_id"], "findings": findings}
    return Seen(fate, answer["receipt"], has_place, answer.get("original_receipt"))


# -- does a locator point into the document? ---------------------------------------------------------------------------


def _pointers(document: Any) -> Callable[[str], bool]:
    return lambda place: _in_json(document, place)


def _line_pointers(number: int, document: Any) -> Callable[[str], bool]:
    line = f"line {number}"
    return lambda place: place.startswith(line) and _in_json(document, place.removeprefix(line).strip())


def _in_json(document: Any, pointer: str) -> bool:
    """Whether a JSON pointer leads to a value, or to where a missing field of an existing object would be."""
    if pointer and not pointer.startswith("/"):
        return False
    node, steps = document, pointer.split("/")[1:]
    for depth, step in enumerate(steps):
        if isinstance(node, list) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        elif isinstance(node, dict) and step in node:
            node = node[step]
        else:
            return isinstance(node, dict) and depth == len(steps) - 1
    return True


def _in_xml(message: etree._Element, place: str) -> bool:
    """The same of an XPath."""
    if not place.startswith("/soap:Envelope/"):
        return False
    return any(message.xpath(path, namespaces=_SCHEMA_NS) for path in (place, place.rpartition("/")[0]) if path)


def _in_workbook(book: bytes, place: str) -> bool:
    """Whether a place is a row or a cell in use."""
    name, _, cell = place.rpartition("!")
    match = re.fullmatch(r"([A-Z]*)(\d+)", cell)
    workbook = python_calamine.CalamineWorkbook.from_filelike(BytesIO(book))
    if match is None or name not in workbook.sheet_names:
        return False
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return 3 < int(match[2]) <= len(rows) and column <= len(rows[0])


@contextmanager
def sftp_drop(settings: Settings) -> Iterator[DropProcess]:
    """The real `yizhan sftp` over the same partner folders."""
    served = DropProcess(settings, MAPPINGS=str(settings.mappings))
    served.start()
    try:
        yield served
    finally:
        served.stop()
