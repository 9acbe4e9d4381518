"""Every door: whatever a partner sends, it is answered, never with an error of ours, and so are others meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import httpx
import orjson
import pytest

from gateway.access.accounts import Role
from gateway.base import problems
from gateway.base.settings import Settings
from mappings.make_examples import lvy_contract, lvy_group
from schemas import samples
from tests.conftest import Partner, issue_partner, until
from tests.fuzz.mutations import inputs
from tests.integration.sftp import DropProcess, export
from tests.integration.test_compat12301 import headers as headers12301
from tests.integration.test_registrations import FORM
from tests.integration.test_workshop import trial
from tests.soap_messages import envelope, plain, request_of, with_username

_XML = {"Content-Type": "text/xml; charset=utf-8"}
_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
_OF_OPERATORS = frozenset({"workshop"})
_OURS = frozenset({503, 507})
"""What may be told of us, when there is too much at once."""


def _bearer(partner: Partner) -> dict[str, str]:
    return partner.bearer


def _bearer_json(partner: Partner) -> dict[str, str]:
    return partner.bearer | _JSON


def _later(partner: Partner) -> dict[str, str]:
    return partner.bearer | {"Prefer": "respond-async"}


@dataclass(frozen=True)
class Way:
    """An address of a door, a good body for it, and what goes in front of it."""

    where: str
    good: Callable[[Partner], bytes]
    headers: Callable[[Partner], Mapping[str, str]]
    method: str = "POST"


def _of(document: object) -> Callable[[Partner], bytes]:
    return lambda _: orjson.dumps(document)


def _soap(partner: Partner) -> bytes:
    return with_username(
        envelope(request_of("SubmitContracts", contract=[samples.contract(1)])), partner.api_key, partner.secret
    )


_UPLOAD = {"sha256": "0" * 64, "size_bytes": 10, "kind": "contract"}
_NO_UPLOAD = "/v1/uploads/01a22988-4f4c-7d1c-8000-000000000000"
DOORS: Mapping[str, tuple[str | None, list[Way]]] = {
    "REST": (None, [
        Way("/v1/contracts", _of(samples.contract(1)), _bearer),
        Way("/v1/rosters", _of([samples.roster(1)]), _bearer),
        Way("/v1/contracts", _of([samples.contract(2)]), _later),
        Way("/v1/submissions?kind=contract", _of(samples.contract(3)), _bearer),
        Way("/v1/contracts?dry_run=true", _of(samples.contract(4)), _bearer),
    ]),
    "uploads": (None, [
        Way("/v1/uploads", lambda _: json.dumps(_UPLOAD).encode(), _bearer_json),
        Way(f"{_NO_UPLOAD}/parts/1", lambda _: b"piece", _bearer, "PUT"),
        Way(f"{_NO_UPLOAD}/complete", lambda _: b"{}", _bearer_json),
    ]),
    "administration": (None, [
        Way("/v1/targets", _of({"url": "https://erp.example.test/h", "events": ["*"], "signing": []}), _bearer_json),
        Way("/v1/dead-letters/replay", _of({"code": "MAP-010", "limit": 5}), _bearer_json),
    ]),
    "registrations": (None, [
        Way("/v1/registrations", _of(FORM), lambda _: _JSON),
        Way("/register", lambda _: b"system/name=a&system/kinds=contract&contact/phone=1", lambda _: _FORM),
    ]),
    "workshop": (None, [Way("/v1/connectors/trials", _of(trial()), _bearer_json)]),
    "reconciliations": (None, [Way("/v1/reconciliations?kind=contract", _of([{"business_no": "A-1"}]), _bearer)]),
    "verify": (None, [Way("/v1/verify", _of({"text": "LY26QNBK2D7R0XW9M3EC"}), lambda _: _JSON)]),
    "SOAP": (None, [Way("/soap", _soap, lambda _: _XML)]),
    "vendor SOAP": ("haixi", [
        Way("/soap/haixi", lambda _: plain(request_of("VerifyContract", text="x")), lambda _: _XML),
    ]),
    "12301": ("lvy", [Way("/v1/econtract/apply/HT1", _of(lvy_contract(1)), headers12301)]),
    "12301 team": ("lvy_team", [Way("/team/china", _of(lvy_group(1)), headers12301)]),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_whatever_is_sent_is_answered(client: httpx.Client, settings: Settings, door: str) -> None:
    connector, ways = DOORS[door]
    role = Role.OPERATOR if door in _OF_OPERATORS else Role.PARTNER
    partner = issue_partner(settings, f"fuzz-{list(DOORS).index(door)}", role, connector=connector)
    for way, body in inputs(door, {way: [way.good(partner)] for way in ways}, 60 // len(ways)):
        answer = client.request(way.method, way.where, content=body, headers=way.headers(partner))
        _must_not_be_our_error(answer, body)
        assert client.get("/healthz").status_code == 200


def test_whatever_file_is_dropped_is_answered(drop: DropProcess, laoqiao: Partner) -> None:
    with drop.login(laoqiao) as client:
        for number, (_, body) in enumerate(inputs("SFTP", {None: [export("DROP-1")]}, 8)):
            client.drop(f"{number}.csv", body)
            until(partial(client.exists, f"receipts/{number}.csv.receipt.json"), f"an answer to {body[:2000]!r}", 60)
            answer = orjson.loads(client.get_bytes(f"receipts/{number}.csv.receipt.json"))
            assert answer.get("code") != problems.INTERNAL.code, body[:2000]


_ASKED = {
    where: [b"LY26QNBK2D7R0XW9M3EC", b"12", b"01a22988-4f4c-7d1c-8000-000000000000"]
    for where in ("/v1/verify/", "/v1/contracts/", "/v1/changes?after=", "/V/", "/v1/submissions/")
}


def test_whatever_is_asked_for_is_answered(client: httpx.Client, partner: Partner) -> None:
    for where, body in inputs("addresses", _ASKED, 120):
        shown = httpx.URL(f"{client.base_url}").copy_with(raw_path=where.encode() + _escaped(body[:3000]))
        _must_not_be_our_error(client.get(shown, headers=partner.bearer), body)


def _must_not_be_our_error(answer: httpx.Response, body: bytes) -> None:
    """A fault of SOAP 1.1 has status 500 also where the sender is to blame: there the code says whose it is."""
    is_fault = answer.status_code == 500 and "xml" in answer.headers["content-type"]
    told = f"{answer.status_code} {answer.text[:500]}: {body[:2000]!r}"
    assert answer.status_code < 500 or answer.status_code in _OURS or is_fault, told
    assert problems.INTERNAL.code not in answer.text, told


def _escaped(data: bytes) -> bytes:
    """As a client that knows how to write addresses would."""
    return "".join(f"%{byte:02X}" if not chr(byte).isalnum() or byte > 127 else chr(byte) for byte in data).encode()
