"""`dry_run`: the answer that a push would get, value by value, and nothing of it stored."""

from __future__ import annotations

from hashlib import md5, sha256
from typing import Any

import httpx
import orjson
import psycopg
import pytest
from lxml import etree
from psycopg import sql

from adapters.transports.soap import Version
from gateway.base.settings import Settings
from gateway.doors.vendor.vendor_messages import NAMESPACE
from mappings.form_examples import wuyi_message
from mappings.haixi_examples import haixi_contract
from schemas import samples
from schemas.projections.namespaces import SERVICE
from schemas.projections.wsdl import compiled
from schemas.projections.yizhan_service import YIZHAN
from tests.conftest import Partner, issue_partner
from tests.integration.sftp import export
from tests.soap_messages import envelope, plain, request_of, with_username
from tests.trips import haixi_ahead

TRIAL = "application/vnd.yizhan.trial+json"


def stored(settings: Settings) -> dict[str, Any]:
    """Rows of what a push stores, after the changes that are committed have got their numbers."""
    with psycopg.connect(settings.database.url or "") as connection:
        connection.execute("SELECT number_changes(1000000)")
        names = ("submission", "record", "log_pending", "dead_letter", "change", "alert")
        every: dict[str, Any] = {}
        for name in names:
            row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
            every[name] = row and row[0]
    return every


@pytest.mark.parametrize(
    ("where", "body", "counts"),
    [
        ("/v1/contracts?dry_run=true", orjson.dumps(samples.contract(1)), (1, 0)),
        ("/v1/rosters?dry_run=true", orjson.dumps([samples.roster(1), {}]), (1, 1)),
        ("/v1/submissions?connector=laoqiao&dry_run=true", export("TRY-1", "TRY-2"), (2, 0)),
        ("/v1/submissions?connector=laoqiao&dry_run=true", b"\0\1" * 50, (0, 0)),
    ],
)
def test_a_trial_tells_what_would_come_and_keeps_nothing(
    client: httpx.Client, settings: Settings, partner: Partner, where: str, body: bytes, counts: tuple[int, int]
) -> None:
    before = stored(settings)
    answer = client.post(where, content=body, headers=partner.bearer)
    assert (answer.status_code, answer.headers["content-type"]) == (200, TRIAL)
    told = answer.json()
    assert (told["counts"]["accepted"], told["counts"]["rejected"]) == counts
    assert (told["unreadable"] is not None) == (counts == (0, 0))
    assert stored(settings) == before
    assert "receipt" not in answer.text


def test_what_was_tried_is_new_when_it_is_pushed(client: httpx.Client, partner: Partner) -> None:
    body = samples.contract(40)
    tried = client.post("/v1/contracts?dry_run=true", json=body, headers=partner.bearer).json()["records"][0]
    assert all("code" not in each["field"] for each in tried["fields"])
    pushed = client.post("/v1/contracts", json=body, headers=partner.bearer)
    assert pushed.status_code == 201


def test_who_may_not_speak_for_the_agency_learns_it_from_a_trial(client: httpx.Client, settings: Settings) -> None:
    stranger = issue_partner(settings, "stranger", division="310115", speaks_for="")
    tried = client.post("/v1/contracts?dry_run=true", json=samples.contract(41), headers=stranger.bearer).json()
    (refused,) = tried["records"]
    assert refused["status"] == "rejected"
    assert tried["problems"]["INTAKE-112"] == 1


def test_an_upload_is_tried_before_it_is_handed_over(
    client: httpx.Client, settings: Settings, partner: Partner
) -> None:
    body = orjson.dumps([samples.contract(50), samples.contract(51)])
    wanted = {"sha256": sha256(body).hexdigest(), "size_bytes": len(body), "kind": "contract"}
    upload = client.post("/v1/uploads", json=wanted, headers=partner.bearer).json()["upload_id"]
    early = client.post(f"/v1/uploads/{upload}/complete?dry_run=true", headers=partner.bearer)
    assert (early.status_code, early.json()["code"]) == (409, "UPLOAD-002")
    client.put(f"/v1/uploads/{upload}/parts/1", content=body, headers=partner.bearer).raise_for_status()
    before = stored(settings)
    tried = client.post(f"/v1/uploads/{upload}/complete?dry_run=true", headers=partner.bearer)
    assert tried.json()["counts"]["accepted"] == 2
    assert stored(settings) == before
    assert client.get(f"/v1/uploads/{upload}", headers=partner.bearer).json()["state"] == "open"
    assert client.post(f"/v1/uploads/{upload}/complete", headers=partner.bearer).status_code == 202


def test_a_trial_is_answered_at_once_or_refused(client: httpx.Client, partner: Partner) -> None:
    answer = client.post(
        "/v1/contracts?dry_run=true", json=samples.contract(1), headers={**partner.bearer, "Prefer": "respond-async"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST-001")


def soap(client: httpx.Client, partner: Partner, where: str, *records: Any, **more: Any) -> etree._Element:
    """The payload of the answer, valid by our own XSD."""
    message = envelope(request_of("SubmitContracts", contract=list(records), **more))
    raw = with_username(message, partner.api_key, partner.secret)
    found = etree.fromstring(client.post(where, content=raw, headers={"Content-Type": "text/xml"}).content)
    (payload,) = found.xpath("//*[local-name()='SubmitContractsResponse' or local-name()='Refusal']")
    compiled(YIZHAN).assertValid(payload)
    return payload


def texts(found: etree._Element, name: str) -> list[str]:
    return [each.text for each in found.findall(f".//{{{SERVICE}}}{name}")]


def test_a_trial_over_soap_tells_what_would_come_and_keeps_nothing(
    client: httpx.Client, settings: Settings, partner: Partner
) -> None:
    known = samples.contract(51)
    code = client.post("/v1/contracts", json=known, headers=partner.bearer).json()["records"][0]["code"]
    before, bad = stored(settings), samples.contract(52) | {"headcount": 0}
    tried = soap(
        client, partner, "/soap?dry_run=true", samples.contract(53), bad, known, known | {"route_name": "改线"}
    )
    assert texts(tried, "status") == ["accepted", "rejected", "unchanged", "conflict"]
    assert texts(tried, "dry_run") == ["true"]
    assert set(texts(tried, "code")) & {code} == {code}, "what is stored is told"
    assert [each for each in texts(tried, "code") if each.startswith("LY") and each != code] == []
    assert texts(tried, "receipt") == texts(tried, "submission_id") == []
    spoilt = soap(
        client, partner, "/soap?dry_run=true", samples.contract(53), known | {"route_name": "改线"}, atomic=True
    )
    assert texts(spoilt, "status")[1:] == ["withheld", "conflict"], "the status of REST comes first"
    single = soap(client, partner, "/soap?dry_run=true", bad)
    assert (texts(single, "dry_run"), single.tag) == (["true"], f"{{{SERVICE}}}Refusal")
    assert stored(settings) == before
    assert (
        texts(soap(client, partner, "/soap", samples.contract(53), samples.contract(54)), "status") == ["accepted"] * 2
    )


def test_what_stores_without_records_is_not_tried_over_soap(client: httpx.Client, partner: Partner) -> None:
    for said in ("true", "perhaps"):
        message = envelope(request_of("UploadDocument", code="LY1", document="AAAA"))
        raw = with_username(message, partner.api_key, partner.secret)
        answer = client.post(f"/soap?dry_run={said}", content=raw, headers={"Content-Type": "text/xml"})
        assert "REQUEST-001" in answer.text


def test_a_trial_by_the_partners_own_wsdl_keeps_nothing(client: httpx.Client, settings: Settings) -> None:
    filer = issue_partner(settings, "tries-wuyi", connector="wuyi")
    before, texts = stored(settings), []
    for where in ("/soap/as/wuyi?dry_run=true", "/soap/as/wuyi"):
        message = f"<s:Envelope xmlns:s='{Version.SOAP11.namespace}'><s:Body>{wuyi_message(901)}</s:Body></s:Envelope>"
        headers = {"Content-Type": "text/xml", **filer.bearer}
        answer = client.post(where, content=message.encode(), headers=headers)
        told = etree.fromstring(answer.content)
        texts.append(orjson.loads(next(each.text for each in told.iter("{*}Message"))))
        if where.endswith("true"):
            assert stored(settings) == before
    assert [text.get("dry_run") for text in texts] == [True, None]
    tried, done = ([record["status"] for record in text["records"]] for text in texts)
    assert (tried, len(set(tried))) == (done, 2), "one passes and one does not"


def test_the_vendors_contracts_and_complements_are_tried(client: httpx.Client, settings: Settings) -> None:
    partner = issue_partner(settings, "tries-haixi", connector="haixi")
    contract = haixi_ahead(haixi_contract(7001))

    def called(operation: str, trial: bool = True, **arguments: str) -> dict[str, Any]:
        element = etree.Element(f"{{{NAMESPACE}}}{operation}")
        for name, value in arguments.items():
            etree.SubElement(element, f"{{{NAMESPACE}}}{name}").text = value
        where = f"/soap/haixi{'?dry_run=true' if trial else ''}"
        answer = client.post(where, content=plain(element), headers={"Content-Type": "text/xml"})
        return orjson.loads(next(etree.fromstring(answer.content).iter("{*}return")).text)

    digest = md5(partner.secret.encode()).hexdigest()
    token = called("authentication", code=partner.api_key, password=digest)["token"]
    before, text = stored(settings), orjson.dumps(contract).decode()
    tried = called("submitContract", token=token, contract=text)
    assert (tried["result"], tried["contract"]["code"], tried["answer"]["dry_run"]) == ("success", None, True)
    assert stored(settings) == before
    done = called("submitContract", trial=False, token=token, contract=text)
    assert done["contract"]["code"].startswith("LY")
    after, part = stored(settings), '{"contractJSON": {"insurance": {"mode": "2"}}}'
    asked = {"token": token, "no": contract["no"]}
    tried = called("complementInsurance", **asked, contract=part)
    assert tried["answer"]["dry_run"]
    assert (tried["result"], tried["answer"]["records"][0]["status"]) == ("success", "amended")
    moved = called("cancelContract", **asked)
    assert (moved["result"], moved["errors"][0]["code"]) == ("fail", "REQUEST-001")
    assert stored(settings) == after
