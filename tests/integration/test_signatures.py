"""The request signature as docs/guide/signing publishes it, and what of a request it holds fast.

The samples of the page are run in test_guide.py, whole programs in test_examples.py.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import orjson
import pytest

from gateway.base.clock import Clock
from gateway.base.settings import Settings
from gateway.client.client import HmacAuth
from schemas import samples
from tests.conftest import Partner, running
from tests.soap_messages import envelope, plain, request_of, with_username

COVERED = ("Idempotency-Key", "Prefer", "Content-Type", "If-Match")


def signed(partner: Partner, body: bytes, headers: dict[str, str], target: str = "/v1/contracts", **given: Any) -> str:
    """An Authorization header by the guide's words, with nothing of ours."""
    path, _, query = target.partition("?")
    timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
    covered = [headers.get(name, "") for name in COVERED]
    digest = hashlib.sha256(body).hexdigest()
    lines = ["YIZHAN2-HMAC-SHA256", given.get("method", "POST"), path, query, timestamp, nonce, *covered, digest]
    made = hmac.new(partner.secret.encode(), "\n".join(lines).encode(), "sha256").hexdigest()
    return f"YIZHAN2-HMAC-SHA256 Credential={partner.api_key}, Timestamp={timestamp}, Nonce={nonce}, Signature={made}"


HEADERS = {
    "Content-Type": "application/json",
    "Idempotency-Key": "held-1",
    "Prefer": "respond-async",
    "If-Match": '"1"',
}
CHANGES: dict[str, Callable[[httpx.Request], None]] = {
    "another key": lambda request: request.headers.update({"Idempotency-Key": "held-2"}),
    "no key": lambda request: request.headers.pop("Idempotency-Key"),
    "a second key": lambda request: request.headers.raw.append((b"Idempotency-Key", b"held-2")),
    "another preference": lambda request: request.headers.update({"Prefer": "wait=5"}),
    "no preference": lambda request: request.headers.pop("Prefer"),
    "another type": lambda request: request.headers.update({"Content-Type": "application/x-ndjson"}),
    "another version": lambda request: request.headers.update({"If-Match": '"2"'}),
    "a query": lambda request: setattr(request, "url", request.url.copy_with(query=b"amend=true")),
    "another path": lambda request: setattr(request, "url", request.url.copy_with(path="/v1/rosters")),
    "another method": lambda request: setattr(request, "method", "PUT"),
    "the first version's name": lambda request: request.headers.update(
        {"Authorization": request.headers["Authorization"].replace("YIZHAN2", "YIZHAN")}
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_on_the_way_changes_what_is_asked(client: httpx.Client, partner: Partner, change: str) -> None:
    body = orjson.dumps(samples.contract(1))
    request = client.build_request("POST", "/v1/contracts", content=body, headers=HEADERS)
    request.headers["Authorization"] = signed(partner, body, HEADERS)
    untouched = client.build_request("POST", "/v1/contracts", content=body, headers=dict(request.headers))
    if change == "a second key":
        request.headers = httpx.Headers([*request.headers.raw, (b"Idempotency-Key", b"held-2")])
    else:
        CHANGES[change](request)
    answer = client.send(request)
    if change in ("another method",):
        assert answer.status_code == 405  # nobody is asked who calls
        return
    assert (answer.status_code, answer.json()["code"]) == (401, "AUTH-002")
    assert client.send(untouched).status_code in (200, 202)


def test_what_is_signed_as_the_guide_says_is_taken(client: httpx.Client, partner: Partner) -> None:
    body = orjson.dumps(samples.contract(2))
    headers = {name: value for name, value in HEADERS.items() if name != "If-Match"} | {"Idempotency-Key": "taken-1"}
    authorization = signed(partner, body, headers, "/v1/contracts?amend=true")
    answer = client.post("/v1/contracts?amend=true", content=body, headers={**headers, "Authorization": authorization})
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize("algorithm", ["SHA256", "SM3"])
def test_our_own_client_signs_by_version_2(client: httpx.Client, partner: Partner, algorithm: str) -> None:
    request = client.build_request("POST", "/v1/contracts?atomic=false", json=samples.contract(3))
    request.headers["Idempotency-Key"] = f"own-{algorithm}"
    answer = client.send(request, auth=HmacAuth(partner.api_key, partner.secret, algorithm))
    assert answer.status_code in (200, 201), answer.text
    assert answer.request.headers["Authorization"].startswith(f"YIZHAN2-HMAC-{algorithm} ")


def version_1(partner: Partner, target: str) -> str:
    timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
    lines = "\n".join(("GET", target, timestamp, nonce, hashlib.sha256(b"").hexdigest()))
    made = hmac.new(partner.secret.encode(), lines.encode(), "sha256").hexdigest()
    return f"YIZHAN-HMAC-SHA256 Credential={partner.api_key}, Timestamp={timestamp}, Nonce={nonce}, Signature={made}"


@pytest.mark.parametrize(("days", "status"), [(0, 200), (-1, 401)])
def test_version_1_is_taken_to_the_end_of_a_stated_day(
    settings: Settings, partner: Partner, days: int, status: int
) -> None:
    last: date = Clock.china_today() + timedelta(days=days)
    limits = settings.limits.model_copy(update={"signature_v1_until": last})
    with running(settings.model_copy(update={"limits": limits})) as client:
        header = {"Authorization": version_1(partner, "/v1/connectors")}
        answer = client.get("/v1/connectors", headers=header)
        assert answer.status_code == status
        if status != 200:
            assert answer.json()["code"] == "AUTH-007"
        assert client.get("/v1/connectors", auth=partner.auth).status_code == 200


def _soap(client: httpx.Client, message: bytes, **headers: str) -> httpx.Response:
    return client.post("/soap", content=message, headers={"Content-Type": "text/xml", "SOAPAction": '""', **headers})


EXPOSED: dict[str, Callable[[httpx.Client, Partner], httpx.Response]] = {
    "rest": lambda client, who: client.get("/v1/connectors", headers={"Authorization": who.bearer["Authorization"]}),
    "rest push": lambda client, who: client.post(
        "/v1/contracts", json={}, headers={"Authorization": who.bearer["Authorization"]}
    ),
    "uploads": lambda client, who: client.post(
        "/v1/uploads", json={}, headers={"Authorization": who.bearer["Authorization"]}
    ),
    "soap bearer": lambda client, who: _soap(
        client,
        plain(request_of("LookUp", kind="contract", code=["x"])),
        Authorization=who.bearer["Authorization"],
    ),
    "soap password": lambda client, who: _soap(
        client,
        with_username(
            envelope(request_of("LookUp", kind="contract", code=["x"])), who.api_key, who.secret, digest=False
        ),
    ),
    "pages": lambda client, who: client.get("/reconciliations", headers={"Cookie": "yizhan-session=x"}),
}


@pytest.mark.parametrize("door", EXPOSED)
def test_a_secret_over_http_is_refused_at_every_door(client: httpx.Client, partner: Partner, door: str) -> None:
    with httpx.Client(base_url=client.base_url, trust_env=False) as exposed:
        answer = EXPOSED[door](exposed, partner)
    text = answer.text
    assert "TLS" in text
    assert answer.status_code in (403, 500), text
    assert "AUTH-005" in text or door == "pages"


def test_a_page_that_is_nowhere_is_not_found_over_http_either(client: httpx.Client) -> None:
    with httpx.Client(base_url=client.base_url, trust_env=False) as exposed:
        reading = {"Accept": "text/html", "Cookie": "yizhan-session=x"}
        assert exposed.get("/nowhere", headers=reading).status_code == 404


def test_a_signature_over_http_shows_nothing_and_is_taken(client: httpx.Client, partner: Partner) -> None:
    with httpx.Client(base_url=client.base_url, trust_env=False) as exposed:
        assert exposed.get("/v1/connectors", auth=partner.auth).status_code == 200
