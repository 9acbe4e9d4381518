"""A partner whose systems call nothing but their own WSDL: zeep calls it as it is served, and reads its answers."""

from __future__ import annotations

import json
import shutil
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import zeep
from zeep.wsse.username import UsernameToken

from adapters.connector import load_connector
from adapters.errors import Fatal
from gateway.base.settings import Settings
from mappings.form_examples import wuyi_message
from schemas.samples import resident_id
from tests.conftest import Partner, issue_partner
from tests.unit.adapters.test_partners import ROOT

_numbers = count(1)
ACTION = '"http://tempuri.wuyi.example/FileGroups"'


@pytest.fixture
def filer(settings: Settings) -> Partner:
    return issue_partner(settings, f"wuyi-{next(_numbers)}", connector="wuyi")


def service_of(client: httpx.Client, partner: Partner) -> Any:
    """The operations as the partner's own system has them, from the WSDL that is served."""
    session = requests.Session()
    session.trust_env = False
    session.headers.update({"X-Forwarded-Proto": "https", "Connection": client.headers["Connection"]})
    url = f"{str(client.base_url).rstrip('/')}/soap/as/wuyi"
    proof = UsernameToken(partner.api_key, partner.secret, use_digest=True)
    made = zeep.Client(f"{url}?wsdl", transport=zeep.Transport(session=session), wsse=proof)
    return made.create_service("{http://tempuri.wuyi.example/}GroupFilingSoap", url)


def group(number: str, guest: str) -> dict[str, Any]:
    days = {"Begin": "2026-12-04", "End": "2026-12-05"}
    guests = {"Guest": [{"Name": "张示例", "IdNo": guest}]}
    return {"Code": number, "Line": "武夷山二日游", **days, "GuideName": "郑导游", "Guests": guests}


def posted(client: httpx.Client, body: str, partner: Partner | None, **headers: str) -> httpx.Response:
    message = f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{body}</s:Body></s:Envelope>'
    proof = {} if partner is None else partner.bearer
    headers = {"Content-Type": "text/xml", "SOAPAction": ACTION, **proof, **headers}
    return client.post("/soap/as/wuyi", content=message.encode(), headers=headers)


def test_records_come_by_the_partners_own_operation_and_are_answered_in_its_elements(
    client: httpx.Client, filer: Partner
) -> None:
    service, number = service_of(client, filer), f"WY-{next(_numbers)}"
    agency = {"Name": "北京示例国际旅行社有限公司", "License": "L-BJ-CJ00144"}
    good = service.FileGroups(Agency=agency, GroupInfo=[group(number, resident_id(61))])
    assert good.Code == 0
    (record,) = json.loads(good.Message)["records"]
    assert (record["key"], record["status"]) == (number, "accepted")
    seen = client.get(f"/v1/rosters/{number}", auth=filer.auth).json()["body"]
    assert (seen["guides"], seen["agency"]["license_no"]) == ([{"name": "郑导游"}], "L-BJ-CJ00144")
    mixed = service.FileGroups(Agency=agency, GroupInfo=[group(f"{number}-A", resident_id(61)), group("B", "12345678")])
    assert mixed.Code == 1
    assert [each["status"] for each in json.loads(mixed.Message)["records"]] == ["accepted", "rejected"]


def test_a_message_that_is_sent_again_gives_the_answer_of_before(client: httpx.Client, filer: Partner) -> None:
    first, again = (posted(client, wuyi_message(900), filer) for _ in range(2))
    assert first.status_code == 200, first.text
    assert (again.text, again.headers["idempotent-replayed"]) == (first.text, "true")


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        ('<Ping xmlns="http://tempuri.wuyi.example/"/>', {"SOAPAction": '""'}, "REQUEST-001"),
        ("<FileGroups/>", {"SOAPAction": '""'}, "REQUEST-001"),
        (wuyi_message(1), {"SOAPAction": '"http://tempuri.wuyi.example/Ping"'}, "REQUEST-001"),
        (wuyi_message(1), {"Content-Type": "application/json"}, "REQUEST-001"),
        ("<a/><b/>", {}, "REQUEST-001"),
        ("<broken", {}, "INTAKE"),
    ],
)
def test_what_is_no_call_of_its_own_is_a_fault(
    client: httpx.Client, filer: Partner, body: str, headers: dict[str, str], code: str
) -> None:
    answer = posted(client, body, filer, **headers)
    assert answer.status_code == 500
    assert ("faultstring" in answer.text, code in answer.text or "FORMAT" in answer.text) == (True, True), answer.text


def test_the_door_is_open_to_its_own_partner_only(client: httpx.Client, filer: Partner, partner: Partner) -> None:
    assert "AUTH-001" in posted(client, wuyi_message(1), None).text
    assert "AUTH" in posted(client, wuyi_message(1), Partner("x", filer.api_key, "wrong")).text
    assert "AUTH-005" in posted(client, wuyi_message(1), partner).text
    assert client.get("/soap/as/lvy?wsdl").status_code == 404
    assert client.post("/soap/as/lvy", content=b"").status_code == 404


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("connector.yaml", "record: GroupInfo", "record: GroupInfos", "did you mean 'GroupInfo'?"),
        ("connector.yaml", "filing.wsdl", "filling.wsdl", "cannot be read"),
        ("filing.wsdl", 'name="GroupInfo" type="t:GroupInfo"', 'name="Group" type="t:Agency"', "no operation carries"),
        ("filing.wsdl", 'type="xs:int"', 'type="xs:dateTime"', "cannot say what was accepted"),
        ("filing.wsdl", "<xs:complexType", '<xs:include schemaLocation="a.xsd"/><xs:complexType', "to another file"),
        ("filing.wsdl", "<wsdl:types>", "<wsdl:types", "filing.wsdl: FORMAT-020"),
    ],
)  # fmt: skip
def test_a_description_that_cannot_be_served_is_refused(
    tmp_path: Path, file: str, old: str, new: str, words: str
) -> None:
    shutil.copytree(ROOT / "wuyi", tmp_path / "wuyi")
    text = (tmp_path / "wuyi" / file).read_text("utf-8")
    assert old in text
    (tmp_path / "wuyi" / file).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(Fatal, match=words.replace("?", r"\?")):
        load_connector(tmp_path / "wuyi")
