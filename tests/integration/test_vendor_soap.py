"""The regional e-contract vendor's SOAP service, called by zeep with the pinned WSDL of the partner folder."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import md5
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import requests
import zeep
import zeep.exceptions
from lxml import etree

from gateway.access.accounts import Principal, Role
from gateway.base.settings import HttpSettings, LimitSettings, Settings
from gateway.doors.vendor.tokens import token_of
from gateway.doors.vendor.vendor_messages import ECONTRACT, NAMESPACE
from gateway.store.database import Scope
from mappings.haixi_examples import haixi_contract, haixi_guest
from schemas.projections.wsdl import wsdl
from tests.conftest import Partner, issue_partner, running, until
from tests.integration.sftp import revoke
from tests.integration.test_records import pdf_with
from tests.trips import haixi_ahead

PINNED = Path(__file__).parents[2] / "mappings" / "haixi" / "econtract.wsdl"
HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "compatibility-doors.md"


class Vendor:
    """The vendor's client: the pinned WSDL, another address, and JSON texts in and out."""

    def __init__(self, client: httpx.Client, tls: bool = True) -> None:
        session = requests.Session()
        session.trust_env = False
        session.headers.update({"X-Forwarded-Proto": "https"} if tls else {})
        session.headers["Connection"] = client.headers["Connection"]
        made = zeep.Client(str(PINNED), transport=zeep.Transport(session=session))
        url = f"{str(client.base_url).rstrip('/')}/soap/haixi"
        self._service = made.create_service(f"{{{NAMESPACE}}}EContractSoap11", url)
        self.token = ""

    def login(self, partner: Partner, password: str | None = None) -> dict[str, Any]:
        digest = md5((password or partner.secret).encode()).hexdigest().upper()
        answer = json.loads(self._service.authentication(code=partner.api_key, password=digest))
        self.token = answer.get("token", "")
        return answer

    def __call__(self, operation: str, **arguments: Any) -> dict[str, Any]:
        texts = {k: json.dumps(v, ensure_ascii=False) if isinstance(v, dict) else v for k, v in arguments.items()}
        return json.loads(self._service[operation](token=self.token, **texts))


@pytest.fixture
def haixi(settings: Settings) -> Partner:
    return issue_partner(settings, f"haixi-{uuid4().hex[:8]}", connector="haixi")


@pytest.fixture
def vendor(client: httpx.Client, haixi: Partner) -> Vendor:
    made = Vendor(client)
    made.login(haixi)
    return made


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["code"] for error in answer["errors"]]


def stored(client: httpx.Client, partner: Partner, code: str) -> dict[str, Any]:
    return client.get(f"/v1/contracts/{code}", auth=partner.auth).json()


def test_the_pinned_wsdl_is_what_is_answered(client: httpx.Client) -> None:
    assert PINNED.read_bytes() == wsdl(ECONTRACT, "{address}")
    served = client.get("/soap/haixi?wsdl").content
    assert etree.fromstring(served).xpath("//@location") == ["https://verify.example.test/soap/haixi"] * 2
    assert "示例协议".encode() in served


def test_the_whole_life_of_a_contract(client: httpx.Client, haixi: Partner, vendor: Vendor) -> None:
    sent = haixi_contract(10)
    answer = vendor("submitContract", contract=sent)
    assert (answer["result"], answer["errors"]) == ("success", [])
    code = answer["contract"]["code"]
    assert (answer["contract"]["no"], answer["contract"]["status"]) == (sent["no"], "1")
    assert client.get(f"/v1/verify/{code}").json()["verdict"] == "valid"

    insured = {"mode": "1", "product": "境内旅游意外险", "company": "示例财产保险股份有限公司", "policyno": "P1"}
    answer = vendor("complementInsurance", no=sent["no"], contract={"contractJSON": {"insurance": insured}})
    assert (answer["result"], answer["answer"]["records"][0]["status"]) == ("success", "amended")
    guests = [haixi_guest(100, 1) | {"mobile": "13800138000"}, haixi_guest(9100, 2)]
    answer = vendor("complementGuest", no=sent["no"], contract={"contractTeam": {"qty": "3", "guests": guests}})
    assert (answer["result"], answer["contract"]["code"]) == ("success", code)
    body = stored(client, haixi, code)["body"]
    assert body["insurance"]["policy_no"] == "P1"
    assert (body["headcount"], body["travellers"][2]["document"]["number"]) == (3, guests[1]["idcode"].upper())
    assert body["travellers"][0]["mobile"] == "13800138000"

    assert vendor("submitSign", no=sent["no"])["contract"]["status"] == "2"
    document = pdf_with(client.get(f"/v1/contracts/{code}/qr.png", auth=haixi.auth).content)
    answer = vendor("uploadContract", no=sent["no"], document=base64.b64encode(document).decode())
    assert (answer["result"], answer["document"]["size"]) == ("success", len(document))
    assert client.get(f"/v1/contracts/{code}/document", auth=haixi.auth).content == document

    info = vendor("getContractBaseInfo", no=sent["no"])["contract"]
    assert (info["status"], info["version"], info["price"]) == ("2", 3, sent["price"])
    assert info["contractTeam"] == {
        "linename": "武夷山动车三日游",
        "teamcode": "HXT-0010",
        "bgndate": "20170804",
        "enddate": "20170806",
        "qty": 3,
        "guestqty": 3,
    }
    assert vendor("submitStatus", no=sent["no"], status="3")["contract"]["status"] == "3"
    assert vendor("cancelContract", no=sent["no"])["contract"]["status"] == "3"
    assert codes(vendor("submitSign", no=sent["no"])) == ["STATE-001"]
    late = vendor("complementInsurance", no=sent["no"], contract={"contractJSON": {"insurance": {"mode": "2"}}})
    assert codes(late) == ["INTAKE-003", "INTAKE-102"]
    assert client.get(f"/v1/verify/{code}").json()["verdict"] == "void"


def test_a_retry_gets_the_original_answer_and_equal_content_its_code(vendor: Vendor) -> None:
    sent = haixi_ahead(haixi_contract(11))
    first, again = (vendor("submitContract", contract=sent) for _ in range(2))
    assert first == again
    other = vendor("submitContract", contract={**sent, "goldenweek": "not mapped"})
    assert (other["answer"]["records"][0]["status"], other["contract"]) == ("unchanged", first["contract"])
    assert other["answer"]["original_receipt"] == first["answer"]["receipt"]
    changed = vendor("submitContract", contract={**sent, "price": "9999"})
    assert (changed["result"], codes(changed)) == ("fail", ["INTAKE-003", "INTAKE-101"])


def test_what_does_not_pass_is_named_with_its_place_in_the_vendors_document(vendor: Vendor) -> None:
    bad = haixi_contract(12)
    bad["contractTeam"] |= {"qty": "1", "enddate": "20170801"}
    answer = vendor("submitContract", contract=bad)
    assert answer["contract"] is None
    assert [(error["code"], error["field"]) for error in answer["errors"]] == [
        ("INTAKE-002", ""),
        ("CONTRACT-001", "/contractTeam/enddate"),
        ("CONTRACT-002", "/contractTeam/qty"),
    ]
    assert answer["errors"][1]["message"] == "返回日期早于出发日期 2017-08-04"
    assert answer["answer"]["receipt"].count(".") == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "[{}]", "7"])
def test_a_text_that_is_no_contract_fails(vendor: Vendor, text: str) -> None:
    answer = vendor("submitContract", contract=text)
    assert (answer["result"], answer["contract"]) == ("fail", None)


def test_a_bad_complement_changes_nothing_and_may_be_corrected(vendor: Vendor) -> None:
    no = vendor("submitContract", contract=haixi_ahead(haixi_contract(13)))["contract"]["no"]
    wrong = haixi_guest(9130, 2) | {"idtype": "77"}
    answer = vendor("complementGuest", no=no, contract={"contractTeam": {"guests": [wrong]}})
    assert [(e["code"], e["field"]) for e in answer["errors"]] == [
        ("INTAKE-002", ""),
        ("MAP-003", "/contractTeam/guests/0/idtype"),
    ]
    too_many = {"contractTeam": {"guests": [haixi_guest(9130, 2)]}}
    assert codes(vendor("complementGuest", no=no, contract=too_many)) == ["INTAKE-002", "CONTRACT-002"]
    assert codes(vendor("complementGuest", no=no, contract={"contractTeam": {}})) == ["INTAKE-002"]
    assert codes(vendor("complementGuest", no=no, contract="[")) == ["INTAKE-001", "FORMAT-010"]
    corrected = {"contractTeam": {"qty": 3, "guests": [haixi_guest(9130, 2)]}}
    for status in ("amended", "unchanged"):
        answer = vendor("complementGuest", no=no, contract=corrected)
        assert answer["answer"]["records"][0]["status"] == status
    assert vendor("getContractBaseInfo", no=no)["contract"]["contractTeam"]["guestqty"] == 3


def test_complements_at_one_time_all_count(client: httpx.Client, haixi: Partner, vendor: Vendor) -> None:
    sent = {**haixi_contract(14), "contractTeam": {**haixi_contract(14)["contractTeam"], "qty": "20"}}
    no = vendor("submitContract", contract=sent)["contract"]["no"]

    def add(row: int) -> str:
        own = Vendor(client)
        own.token = vendor.token
        while (answer := _retried(own, no, haixi_guest(9200 + row, row))) is None:
            pass
        return answer

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(add, range(6))) == {"success"}
    assert vendor("getContractBaseInfo", no=no)["contract"]["contractTeam"]["guestqty"] == 8


def _retried(vendor: Vendor, no: str, guest: dict[str, Any]) -> str | None:
    """The result, None for a fault that asks to try again."""
    try:
        return vendor("complementGuest", no=no, contract={"contractTeam": {"guests": [guest]}})["result"]
    except zeep.exceptions.Fault as fault:
        if "LIMIT-002" not in str(fault):
            raise
        return None


def test_wrong_passwords_and_other_partners_get_no_token(
    client: httpx.Client, settings: Settings, haixi: Partner, new_partner: Callable[..., Partner]
) -> None:
    vendor = Vendor(client)
    assert codes(vendor.login(haixi, "guess")) == ["AUTH-001"]
    assert codes(vendor.login(Partner("", "yz0000000000000000", ""))) == ["AUTH-001"]
    for other in (new_partner("unbound"), issue_partner(settings, "lvy-bound", connector="lvy")):
        assert codes(vendor.login(other)) == ["AUTH-005"]
    official = issue_partner(settings, "haixi-official", Role.OFFICIAL, connector="haixi")
    assert codes(vendor.login(official)) == ["AUTH-005"]
    assert codes(Vendor(client, tls=False).login(haixi)) == ["AUTH-005"]


def test_tokens_end_with_their_time_and_with_their_credential(
    client: httpx.Client, settings: Settings, haixi: Partner
) -> None:
    vendor = Vendor(client)
    assert vendor.login(haixi)["expiresin"] == 1800
    good = vendor.token
    for altered in ("", "x", good[:-1] + ("0" if good[-1] != "0" else "1"), good.replace(".1", ".2", 1)):
        vendor.token = altered
        assert codes(vendor("getContractBaseInfo", no="x")) == ["AUTH-001"]
    vendor.token = _token(haixi, "haixi", -1)
    assert codes(vendor("getContractBaseInfo", no="x")) == ["AUTH-006"]
    vendor.token = _token(haixi, "another door", 60)
    assert codes(vendor("getContractBaseInfo", no="x")) == ["AUTH-001"]
    vendor.token = _token(haixi, "haixi", 60)
    assert codes(vendor("getContractBaseInfo", no="x")) == ["REQUEST-003"]
    revoke(settings, haixi)
    vendor.token = good
    until(lambda: codes(vendor("getContractBaseInfo", no="x")) == ["AUTH-001"], "other processes follow")


def _token(partner: Partner, purpose: str, seconds: int) -> str:
    principal = Principal(
        credential_id=partner.api_key,
        role=Role.PARTNER,
        tenant=None,  # type: ignore[arg-type]
        scope=Scope(),
        secret_hash=b"",
        secret=partner.secret.encode(),
    )
    return token_of(principal, purpose, int(time.time()) + seconds)


def test_another_partners_contract_is_not_found(client: httpx.Client, settings: Settings, vendor: Vendor) -> None:
    no = vendor("submitContract", contract=haixi_contract(15))["contract"]["no"]
    stranger = Vendor(client)
    stranger.login(issue_partner(settings, "haixi-stranger", connector="haixi"))
    for operation, more in (("cancelContract", {}), ("getContractBaseInfo", {}), ("submitStatus", {"status": "2"})):
        assert codes(stranger(operation, no=no, **more)) == ["REQUEST-003"]
    assert codes(vendor("submitStatus", no=no, status="9")) == ["REQUEST-001"]
    assert codes(vendor("uploadContract", no=no, document="#")) == ["REQUEST-001"]
    assert codes(vendor("uploadContract", no=no, document="QUJD")) == ["DOCUMENT-001"]


def test_the_door_is_closed_to_connectors_that_do_not_ask_for_it(client: httpx.Client) -> None:
    for name in ("lvy", "nobody"):
        assert client.get(f"/soap/{name}?wsdl").status_code == 404
        assert client.post(f"/soap/{name}", content=b"<a/>").json()["code"] == "REQUEST-003"


def test_guesses_are_counted_against_the_address_and_calls_against_the_credential(settings: Settings) -> None:
    limits = LimitSettings(partner_per_minute=1000, public_per_minute=3)
    own = settings.model_copy(update={"limits": limits})
    good = issue_partner(own, "haixi-counted", connector="haixi")
    with running(own) as client:
        vendor = Vendor(client)
        vendor.login(good)
        for _ in range(8):
            assert codes(vendor("getContractBaseInfo", no="x")) == ["REQUEST-003"]
        until(lambda: time.time() % 60 < 40, "a minute with room, for guesses are counted by the minute")
        for index in range(4):
            assert codes(vendor.login(Partner("", f"yz{index:016x}", "guess"))) == ["AUTH-001"]
        with pytest.raises(zeep.exceptions.Fault, match="LIMIT-001"):
            vendor.login(Partner("", "yz1234567890abcdef", "guess"))
        vendor.login(good)
        assert codes(vendor("getContractBaseInfo", no="x")) == ["REQUEST-003"]


def test_the_example_of_the_howto_runs(settings: Settings) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", HOWTO.read_text("utf-8"), re.DOTALL)
    own = Settings(**dict(settings) | {"http": HttpSettings(public_url="http://127.0.0.1")})
    partner = issue_partner(own, "haixi-howto", connector="haixi")
    with running(own) as client:
        given = {"YIZHAN_URL": str(client.base_url).rstrip("/"), "KEY_ID": partner.api_key, "SECRET": partner.secret}
        done = subprocess.run(
            [sys.executable, "-c", example], env=os.environ | given, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        result, no, code = done.stdout.split()
        assert (result, no, stored(client, partner, code)["key"]) == ("success", "HX-2026-0001", no)
