"""Too many requests are refused with the time to wait; hostile files are refused with the reason."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from functools import cache

import httpx
import pytest

from gateway.base.settings import LimitSettings, Settings
from gateway.client.client import HmacAuth
from schemas import samples
from tests.conftest import Partner, issue_partner, running
from tests.soap_messages import envelope, request_of, with_username
from tests.unit.adapters.test_template import filled


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"limits": LimitSettings(partner_per_minute=10**6, public_per_minute=5)})


def test_the_public_is_limited_by_address_and_told_when_to_come_back(client: httpx.Client) -> None:
    answers = [client.get("/v1/verify/LY2600000000000000000") for _ in range(14)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].json()["code"] == "LIMIT-001"
    assert 0 < int(refused[0].headers["retry-after"]) <= 60
    assert refused[0].headers["ratelimit-remaining"] == "0"


def test_a_partner_has_a_budget_of_its_own(client: httpx.Client, partner: Partner) -> None:
    answers = [client.get("/v1/changes", headers=partner.bearer).status_code for _ in range(12)]
    assert set(answers) == {200}


def test_inventing_credentials_buys_no_budget(client: httpx.Client) -> None:
    for path in ("/v1/verify/x", "/v1/changes"):
        answers = [
            client.get(path, headers={"Authorization": f"Bearer made-up-{index}.x"}).status_code for index in range(14)
        ]
        assert 429 in answers, path


@cache
def bomb() -> bytes:
    """A small workbook of 300 MB; only made for who sends it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    return buffer.getvalue()


HOSTILE: dict[str, tuple[str, bytes | Callable[[], bytes]]] = {
    "doctype": ("huaxia", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    "doctype in UTF-16": ("huaxia", '<?xml version="1.0"?><!DOCTYPE a><a/>'.encode("utf-16")),
    "an encoding that is none": ("huaxia", b'<?xml version="1.0" encoding="rot13"?><a/>'),
    "an encoding nobody reads": ("huaxia", b'<?xml version="1.0" encoding="EUC-KR"?><a/>'),
    "40 levels": ("huaxia", b"<a>" * 40 + b"</a>" * 40),
    "zip bomb": ("shanhai", bomb),
    "truncated workbook": ("shanhai", lambda: bomb()[:200]),
    "not a workbook": ("shanhai", b"PK\x05\x06" + b"\0" * 18),
    "wrong encoding": ("laoqiao", b"\xff\xfe\x00\xd8\x00\xd8"),
    "empty": ("laoqiao", b""),
    "too many records": ("lvy", b"[" + b"0," * 20_000 + b"0]"),
    "binary": ("lvy", bytes(range(256)) * 20),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_finding(client: httpx.Client, partner: Partner, name: str) -> None:
    connector, body = HOSTILE[name]
    content = body if isinstance(body, bytes) else body()
    answer = client.post(f"/v1/submissions?connector={connector}", content=content, headers=partner.bearer)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "INTAKE-001"
    (record,) = answer.json()["records"]
    (finding,) = record["findings"]
    assert finding["code"].startswith(("FORMAT-", "INTAKE-104"))
    assert finding["advice"]["zh"]
    assert finding["advice"]["en"]


def test_a_filled_template_imports_without_a_mapping(client: httpx.Client, partner: Partner) -> None:
    answer = client.post("/v1/rosters", content=filled("roster.v1", [samples.roster(3, 2)]), headers=partner.bearer)
    assert answer.status_code in (200, 201), answer.text
    assert answer.json()["mapping"].startswith("derived.roster")
    assert answer.json()["counts"]["accepted"] == 1


@pytest.fixture(scope="module")
def narrow(settings: Settings) -> Iterator[httpx.Client]:
    """A service whose partners have a budget that a test can use up."""
    limits = LimitSettings(partner_per_minute=40, public_per_minute=10**6)
    with running(settings.model_copy(update={"limits": limits})) as opened:
        yield opened


def forged(client: httpx.Client, who: Partner, door: str) -> httpx.Response:
    """A request in the name of a partner by somebody who has not its secret."""
    match door:
        case "bearer":
            return client.get("/v1/changes", headers={"Authorization": f"Bearer {who.api_key}.wrong"})
        case "signature":
            return client.get("/v1/changes", auth=HmacAuth(who.api_key, "wrong"))
        case "stale":
            fields = f"Credential={who.api_key}, Timestamp=1, Nonce=12345678, Signature={'0' * 64}"
            return client.get("/v1/changes", headers={"Authorization": f"YIZHAN2-HMAC-SHA256 {fields}"})
        case "soap":
            message = with_username(envelope(request_of("LookUp", kind="contract", code=["x"])), who.api_key, "wrong")
            return client.post("/soap", content=message, headers={"Content-Type": "text/xml", "SOAPAction": '""'})
        case _:
            headers = {f"X-12301-{name}": who.api_key for name in ("Source", "Key", "Timestamp", "Signature")}
            return client.post("/v1/econtract/apply/1", json={}, headers=headers)


@pytest.mark.parametrize("door", ["bearer", "signature", "stale", "soap", "compat12301"])
def test_bad_requests_in_a_partners_name_do_not_use_up_its_budget(
    narrow: httpx.Client, settings: Settings, door: str
) -> None:
    """From its own address, too: nobody can tell from there who it is before the proof."""
    partner = issue_partner(settings, f"named-{door}")
    assert narrow.get("/v1/changes", auth=partner.auth).status_code == 200
    for _ in range(115):
        assert forged(narrow, partner, door).status_code != 200
    for _ in range(20):
        assert narrow.get("/v1/changes", auth=partner.auth).status_code == 200


def test_what_a_partner_has_proved_counts_whatever_comes_of_it(narrow: httpx.Client, settings: Settings) -> None:
    partner = issue_partner(settings, "counted")
    statuses = [narrow.get("/v1/contracts/LY0", auth=partner.auth).status_code for _ in range(120)]
    assert set(statuses) == {404, 429}
    assert statuses.index(429) >= 40
