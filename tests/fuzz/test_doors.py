"""Every door: whatever a partner sends, it is answered, never with an error of ours, and so are others meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import orjson
import pytest

from gateway.base import problems
from gateway.base.settings import Settings
from mappings.make_examples import lvy_contract, lvy_group
from schemas import samples
from tests.conftest import Partner, issue_partner
from tests.fuzz.mutations import inputs
from tests.integration.test_compat12301 import headers as headers12301
from tests.soap_messages import envelope, plain, request_of, with_username

_XML = {"Content-Type": "text/xml; charset=utf-8"}
_OURS = frozenset({503, 507})
"""What may be told of us, when there is too much at once."""


def _soap(partner: Partner) -> bytes:
    return with_username(
        envelope(request_of("SubmitContracts", contract=[samples.contract(1)])), partner.api_key, partner.secret
    )


Door = tuple[str, str, str | None, Callable[[Partner], bytes], Callable[[Partner], dict[str, str]]]
"""Method, address, connector, a good body, the headers."""
DOORS: dict[str, Door] = {
    "contracts": ("POST", "/v1/contracts", None, lambda _: orjson.dumps(samples.contract(1)), lambda p: p.bearer),
    "rosters": ("POST", "/v1/rosters", None, lambda _: orjson.dumps([samples.roster(1)]), lambda p: p.bearer),
    "for later": (
        "POST", "/v1/contracts", None, lambda _: orjson.dumps([samples.contract(2)]),
        lambda p: {**p.bearer, "Prefer": "respond-async"},
    ),
    "uploads": (
        "POST", "/v1/uploads", None,
        lambda _: json.dumps({"sha256": "0" * 64, "size_bytes": 10, "kind": "contract"}).encode(),
        lambda p: p.bearer | {"Content-Type": "application/json"},
    ),
    "reconciliations": (
        "POST", "/v1/reconciliations?kind=contract", None,
        lambda _: orjson.dumps([{"business_no": "A-1"}]), lambda p: p.bearer,
    ),
    "SOAP": ("POST", "/soap", None, _soap, lambda _: _XML),
    "vendor SOAP": (
        "POST", "/soap/haixi", "haixi", lambda _: plain(request_of("VerifyContract", text="x")), lambda _: _XML,
    ),
    "12301 contract": (
        "POST", "/v1/econtract/apply/HT1", "lvy", lambda _: orjson.dumps(lvy_contract(1)), headers12301,
    ),
    "12301 team": ("POST", "/team/china", "lvy_team", lambda _: orjson.dumps(lvy_group(1)), headers12301),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_whatever_is_sent_is_answered(client: httpx.Client, settings: Settings, door: str) -> None:
    method, where, connector, good, headers = DOORS[door]
    partner = issue_partner(settings, f"fuzz-{list(DOORS).index(door)}", connector=connector)
    for body in inputs(door, [good(partner)], 60):
        answer = client.request(method, where, content=body, headers=headers(partner))
        _must_not_be_our_error(answer, body)
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("where", ["/v1/verify/", "/v1/contracts/", "/v1/changes?after=", "/V/", "/v1/submissions/"])
def test_whatever_is_asked_for_is_answered(client: httpx.Client, partner: Partner, where: str) -> None:
    for body in inputs(where, [b"LY26QNBK2D7R0XW9M3EC", b"12", b"01a22988-4f4c-7d1c-8000-000000000000"], 120):
        shown = httpx.URL(f"{client.base_url}").copy_with(raw_path=where.encode() + _escaped(body[:3000]))
        answer = client.get(shown, headers=partner.bearer)
        _must_not_be_our_error(answer, body)


def _must_not_be_our_error(answer: httpx.Response, body: bytes) -> None:
    """A fault of SOAP 1.1 has status 500 also where the sender is to blame: there the code says whose it is."""
    is_fault = answer.status_code == 500 and "xml" in answer.headers["content-type"]
    told = f"{answer.status_code} {answer.text[:500]}: {body[:2000]!r}"
    assert answer.status_code < 500 or answer.status_code in _OURS or is_fault, told
    assert problems.INTERNAL.code not in answer.text, told


def _escaped(data: bytes) -> bytes:
    """As a client that knows how to write addresses would."""
    return "".join(f"%{byte:02X}" if not chr(byte).isalnum() or byte > 127 else chr(byte) for byte in data).encode()
