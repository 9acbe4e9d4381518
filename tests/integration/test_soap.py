"""The SOAP door, called as partners call it: by zeep, by PHP, and by hand where neither can."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import zeep
from lxml import etree
from zeep.wsse.username import UsernameToken

from adapters.transports.soap import Version
from gateway.base.settings import LimitSettings, Settings
from gateway.client.client import HmacAuth
from schemas import samples
from schemas.projections.namespaces import SERVICE
from schemas.projections.wsdl import compiled
from schemas.projections.yizhan_service import YIZHAN
from tests.components import needs
from tests.conftest import Partner, issue_partner, running
from tests.integration.test_records import pdf_with
from tests.soap_messages import envelope, multipart, plain, request_of, with_username

PHP = Path(__file__).with_name("soap_client.php")
_NS = {"y": SERVICE, "soap": Version.SOAP11.namespace, "soap12": Version.SOAP12.namespace}
_TYPE = {"Content-Type": "text/xml; charset=utf-8"}


def zeep_of(client: httpx.Client, wsse: Any, port: str = "11") -> Any:
    """zeep's proxy of a port, proving itself by `wsse`."""
    base = str(client.base_url).rstrip("/")
    made = zeep.Client(f"{base}/soap?wsdl", wsse=wsse)
    made.transport.session.headers["X-Forwarded-Proto"] = client.headers["x-forwarded-proto"]
    return made.create_service(f"{{{SERVICE}}}YizhanSoap{port}", f"{base}/soap")


def by_digest(client: httpx.Client, partner: Partner, port: str = "11") -> Any:
    return zeep_of(client, UsernameToken(partner.api_key, partner.secret, use_digest=True), port)


def php(client: httpx.Client, partner: Partner, operation: str, version: str = "11", **arguments: Any) -> Any:
    """What PHP's SoapClient makes of a call."""
    base = str(client.base_url).rstrip("/")
    command = [needs("php"), str(PHP), base, version, partner.api_key, partner.secret, operation]
    found = subprocess.run(command, input=json.dumps(arguments).encode(), capture_output=True, check=True, timeout=60)
    return json.loads(found.stdout)


def post(client: httpx.Client, raw: bytes, **headers: str) -> tuple[httpx.Response, etree._Element]:
    """The answer and its envelope; what it says is valid by our own XSD."""
    answer = client.post("/soap", content=raw, headers=_TYPE | headers)
    found = etree.fromstring(answer.content)
    (payload,) = found.xpath("(//soap:Body | //soap12:Body)/y:* | //y:Refusal", namespaces=_NS)
    compiled(YIZHAN).assertValid(payload)
    return answer, found


def call(client: httpx.Client, partner: Partner, operation: str, **arguments: Any) -> etree._Element:
    raw = with_username(envelope(request_of(operation, **arguments)), partner.api_key, partner.secret)
    return post(client, raw)[1]


def text(found: etree._Element, path: str) -> str:
    """The first text at a path, "" when there is none."""
    return str(next(iter(found.xpath(f"{path}/text()", namespaces=_NS)), ""))


def bad_contract(index: int) -> dict[str, Any]:
    body = samples.contract(index)
    body["travellers"][1]["document"]["number"] = "110105194912310021"
    body["headcount"] = 7
    return body


def findings(answer: etree._Element) -> list[tuple[str, str]]:
    nodes = answer.findall(f".//{{{SERVICE}}}findings")
    return [(text(node, "y:code"), text(node, "y:field")) for node in nodes]


# -- clients -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("port", ["11", "12"])
def test_zeep_submits_verifies_looks_up_and_gets_its_receipt_again(
    client: httpx.Client, partner: Partner, port: str
) -> None:
    service = by_digest(client, partner, port)
    body = samples.contract(400 + int(port))
    answer = service.SubmitContracts(contract=[body], idempotencyKey=f"zeep-{port}")
    record = answer.records[0]
    assert (record.status, record.key) == ("accepted", body["business_no"])
    assert service.VerifyContract(text=record.qr_text).verdict == "valid"
    (found,) = service.LookUp(kind="contract", business_no=[body["business_no"]])
    assert (found.code, found.contract.travellers[2].name) == (record.code, body["travellers"][2]["name"])
    assert service.GetReceipt(submission_id=answer.submission_id).receipt == answer.receipt
    assert client.get(f"/v1/contracts/{record.code}", auth=partner.auth).json()["body"] == body


def test_zeep_submits_rosters(client: httpx.Client, partner: Partner) -> None:
    answer = by_digest(client, partner).SubmitRosters(roster=[samples.roster(1), samples.roster(2)])
    assert [record.status for record in answer.records] == ["accepted", "accepted"]
    stored = client.get(f"/v1/rosters/{samples.roster(2)['group_no']}", auth=partner.auth).json()
    assert stored["body"] == samples.roster(2)


@pytest.mark.needs("php")
@pytest.mark.parametrize("version", ["11", "12"])
def test_php_submits_and_reads_what_became_of_it(client: httpx.Client, partner: Partner, version: str) -> None:
    body = samples.contract(420 + int(version))
    answer = php(client, partner, "SubmitContracts", version, contract=[body])["answer"]
    (record,) = answer["records"]
    assert (record["status"], record["version"]) == ("accepted", 1)
    assert client.get(f"/v1/contracts/{record['code']}", auth=partner.auth).json()["body"] == body
    verdict = php(client, partner, "VerifyContract", version, text=record["code_printed"])["answer"]
    assert verdict["verdict"] == "valid"


@pytest.mark.needs("php")
@pytest.mark.parametrize(("version", "code"), [("11", "Client"), ("12", "Sender")])
def test_php_gets_a_fault_with_findings(client: httpx.Client, partner: Partner, version: str, code: str) -> None:
    found = php(client, partner, "SubmitContracts", version, contract=[bad_contract(430)])
    assert found["fault"].rpartition(":")[2] == code
    refusal = found["detail"]["Refusal"]
    assert refusal["code"] == "INTAKE-002"
    assert refusal["receipt"].count(".") == 2
    found_at = [finding["locator"] for finding in refusal["records"]["findings"]]  # PHP does not type a fault's detail
    place = "/soap:Envelope/soap:Body/y:SubmitContracts/y:contract[1]"
    assert f"{place}/y:travellers[2]/y:document/y:number" in found_at
    assert "记录未通过校验" in found["reason"]


@pytest.mark.needs("php")
def test_php_uploads_the_document(client: httpx.Client, partner: Partner) -> None:
    code, pdf = contract_with_pdf(client, partner, 440)
    document = base64.b64encode(pdf).decode()
    answer = php(client, partner, "UploadDocument", code=code, document=document)["answer"]
    assert (answer["code"], answer["size_bytes"], answer["pages"]) == (code, len(pdf), 1)
    assert client.get(f"/v1/contracts/{code}/document", auth=partner.auth).content == pdf


# -- the same as REST --------------------------------------------------------------------------------------------------


def test_the_same_record_draws_the_same_findings_as_over_rest(client: httpx.Client, partner: Partner) -> None:
    over_rest = client.post("/v1/contracts", json=bad_contract(450), auth=partner.auth).json()
    over_soap = call(client, partner, "SubmitContracts", contract=[bad_contract(450)])
    assert text(over_soap, ".//y:Refusal/y:code") == over_rest["code"] == "INTAKE-002"
    assert findings(over_soap) == [(each["code"], each["field"]) for each in over_rest["records"][0]["findings"]]
    assert text(over_soap, ".//y:findings/y:reason/y:zh") == over_rest["records"][0]["findings"][0]["reason"]["zh"]


def test_what_came_over_rest_is_unchanged_over_soap(client: httpx.Client, partner: Partner) -> None:
    body = samples.contract(451)
    first = client.post("/v1/contracts", json=body, auth=partner.auth).json()["records"][0]
    again = by_digest(client, partner).SubmitContracts(contract=[body]).records[0]
    assert (again.status, again.code, again.qr_text) == ("unchanged", first["code"], first["qr_text"])
    assert again.original_submission_id is not None


def test_other_content_is_a_conflict_until_it_is_an_amendment(client: httpx.Client, partner: Partner) -> None:
    service = by_digest(client, partner)
    body = samples.contract(452)
    code = service.SubmitContracts(contract=[body]).records[0].code
    body["route_name"] = "三亚双飞六日游"
    refused = call(client, partner, "SubmitContracts", contract=[body])
    assert text(refused, ".//y:Refusal/y:code") == "INTAKE-003"
    assert text(refused, ".//y:differences/y:sent") == "三亚双飞六日游"
    amended = service.SubmitContracts(contract=[body], amend=True).records[0]
    assert (amended.status, amended.version, amended.code) == ("amended", 2, code)


def test_a_batch_answers_with_the_fate_of_each(client: httpx.Client, partner: Partner) -> None:
    answer = by_digest(client, partner).SubmitContracts(contract=[samples.contract(453), bad_contract(454)])
    assert {record.ordinal: record.status for record in answer.records} == {1: "accepted", 2: "rejected"}
    assert (answer.counts.accepted, answer.counts.rejected) == (1, 1)


def test_all_or_nothing(client: httpx.Client, partner: Partner) -> None:
    refused = call(client, partner, "SubmitContracts", atomic=True, contract=[samples.contract(455), bad_contract(456)])
    assert text(refused, ".//y:Refusal/y:code") == "INTAKE-005"
    found = client.get("/v1/contracts", params={"business_no": samples.contract(455)["business_no"]}, auth=partner.auth)
    assert found.json()["records"] == []


def test_a_retry_under_a_fresh_token_gets_the_original_answer(client: httpx.Client, partner: Partner) -> None:
    operation = request_of("SubmitContracts", idempotencyKey="again", contract=[samples.contract(457)])

    def send() -> httpx.Response:
        return post(client, with_username(envelope(operation), partner.api_key, partner.secret))[0]

    first, again = send(), send()
    assert first.content == again.content
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
    other = call(client, partner, "SubmitContracts", idempotencyKey="again", contract=[samples.contract(458)])
    assert text(other, ".//y:Refusal/y:code") == "INTAKE-004"


def test_the_key_may_come_as_the_header_but_not_as_two_keys(client: httpx.Client, partner: Partner) -> None:
    operation = request_of("SubmitContracts", idempotencyKey="one", contract=[samples.contract(459)])
    raw = with_username(envelope(operation), partner.api_key, partner.secret)
    _, refused = post(client, raw, **{"Idempotency-Key": "two"})
    assert text(refused, ".//y:Refusal/y:code") == "REQUEST-001"


# -- documents ---------------------------------------------------------------------------------------------------------


def contract_with_pdf(client: httpx.Client, partner: Partner, index: int) -> tuple[str, bytes]:
    record = client.post("/v1/contracts", json=samples.contract(index), auth=partner.auth).json()["records"][0]
    return record["code"], pdf_with(client.get(f"/v1/contracts/{record['code']}/qr.png", auth=partner.auth).content)


@pytest.mark.parametrize("version", Version)
def test_a_document_comes_by_mtom(client: httpx.Client, partner: Partner, version: Version) -> None:
    code, pdf = contract_with_pdf(client, partner, 470 + list(Version).index(version))
    operation = request_of("UploadDocument", code=code, document="")
    operation[1].text = None
    etree.SubElement(operation[1], "{http://www.w3.org/2004/08/xop/include}Include", href="cid:pdf")
    message = with_username(envelope(operation, version), partner.api_key, partner.secret)
    content_type, raw = multipart(message, {"pdf": pdf}, version)
    answer, found = post(client, raw, **{"Content-Type": content_type})
    assert answer.headers["content-type"] == version.content_type
    assert text(found, ".//y:size_bytes") == str(len(pdf))
    assert client.get(f"/v1/contracts/{code}/document", auth=partner.auth).content == pdf


def test_another_contracts_document_is_a_fault(client: httpx.Client, partner: Partner) -> None:
    code, _ = contract_with_pdf(client, partner, 475)
    _, pdf = contract_with_pdf(client, partner, 476)
    refused = call(client, partner, "UploadDocument", code=code, document=base64.b64encode(pdf).decode())
    assert text(refused, ".//y:Refusal/y:code") == "DOCUMENT-001"
    assert text(refused, ".//y:members[y:name='qr_codes_found']/y:value") == "1"


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_an_unknown_code_is_a_fault_and_needs_no_credential(client: httpx.Client) -> None:
    answer, found = post(client, plain(request_of("VerifyContract", text="LY26")))
    assert answer.status_code == 500
    assert text(found, ".//y:Refusal/y:code") == "VERIFY-001"


def test_everything_else_needs_one(client: httpx.Client) -> None:
    _, found = post(client, plain(request_of("LookUp", kind="contract", code=["x"])))
    assert text(found, ".//y:Refusal/y:code") == "AUTH-001"


def test_the_action_must_agree_with_the_body(client: httpx.Client) -> None:
    raw = plain(request_of("VerifyContract", text="LY26"))
    for action, code in (("VerifyContract", "VERIFY-001"), ("LookUp", "REQUEST-001")):
        _, found = post(client, raw, SOAPAction=f'"{SERVICE}/{action}"')
        assert text(found, ".//y:Refusal/y:code") == code
    kind = f'application/soap+xml; action="{SERVICE}/LookUp"'
    raw = plain(request_of("VerifyContract", text="LY26"), Version.SOAP12)
    answer, found = post(client, raw, **{"Content-Type": kind})
    assert (answer.status_code, text(found, ".//soap12:Value")) == (400, "soap:Sender")


def test_a_message_that_breaks_the_xsd_says_where(client: httpx.Client, partner: Partner) -> None:
    found = call(client, partner, "LookUp", kind="castle", code=["x"])
    assert text(found, ".//y:Refusal/y:code") == "REQUEST-001"
    assert text(found, ".//y:xsd_errors/y:locator") == "/soap:Envelope/soap:Body/y:LookUp/y:kind"


def test_a_record_that_breaks_the_xsd_has_findings_and_the_xsds_own_words(
    client: httpx.Client, partner: Partner
) -> None:
    body = samples.contract(480)
    del body["route_name"]
    found = call(client, partner, "SubmitContracts", contract=[body])
    assert findings(found) == [("SCHEMA-001", "/route_name")]
    assert text(found, ".//y:xsd_errors/y:locator").startswith("/soap:Envelope/soap:Body/y:SubmitContracts/y:contract")


@pytest.mark.parametrize(
    ("raw", "code", "finding"),
    [
        (b"<a", "INTAKE-001", "FORMAT-020"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "INTAKE-001", "FORMAT-021"),
        (b"<a/>", "REQUEST-001", ""),
        (plain(etree.Element(f"{{{SERVICE}}}Explode")), "REQUEST-001", ""),
    ],
)
def test_what_is_no_message_is_a_fault(client: httpx.Client, raw: bytes, code: str, finding: str) -> None:
    answer, found = post(client, raw)
    assert answer.status_code == 500
    assert text(found, ".//y:Refusal/y:code") == code
    assert text(found, ".//y:findings/y:code") == finding
    assert text(found, ".//y:trace_id") == answer.headers["x-trace-id"]


def test_a_stranger_among_the_records_is_a_fault_with_its_place(client: httpx.Client, partner: Partner) -> None:
    operation = request_of("SubmitContracts", contract=[samples.contract(481)])
    etree.SubElement(operation, f"{{{SERVICE}}}roster")
    found = post(client, with_username(envelope(operation), partner.api_key, partner.secret))[1]
    assert text(found, ".//y:Refusal/y:code") == "INTAKE-001"
    assert text(found, ".//y:findings/y:locator") == "/soap:Envelope/soap:Body/y:SubmitContracts/y:roster"


def test_too_large_a_message_is_a_fault(client: httpx.Client) -> None:
    _, found = post(client, b" " * (10 * 1024 * 1024 + 1))
    assert text(found, ".//y:Refusal/y:code") == "REQUEST-002"


def test_officials_look_up_but_do_not_submit(client: httpx.Client, new_partner: Callable[..., Partner]) -> None:
    from gateway.access.accounts import Role

    official = new_partner("bureau", Role.OFFICIAL, "350200")
    refused = call(client, official, "SubmitContracts", contract=[samples.contract(482)])
    assert text(refused, ".//y:Refusal/y:code") == "AUTH-005"
    assert not call(client, official, "LookUp", kind="contract", code=["x"]).xpath("//y:Refusal", namespaces=_NS)


def test_callers_are_counted_by_credential_and_strangers_by_address(settings: Settings) -> None:
    limits = LimitSettings(partner_per_minute=5, public_per_minute=3)
    own = settings.model_copy(update={"limits": limits})
    caller = issue_partner(own, "counted")
    with running(own) as client:
        codes = [text(call(client, caller, "LookUp", kind="contract", code=["x"]), ".//y:code") for _ in range(6)]
        assert codes == [""] * 5 + ["LIMIT-001"]
        raw = plain(request_of("VerifyContract", text="LY26"))
        answers = [post(client, raw) for _ in range(4)]
        assert [text(found, ".//y:code") for _, found in answers] == ["VERIFY-001"] * 3 + ["LIMIT-001"]
        assert int(answers[-1][0].headers["retry-after"]) <= 60


def test_a_claim_that_nobody_checks_buys_no_budget(settings: Settings) -> None:
    own = settings.model_copy(update={"limits": LimitSettings(partner_per_minute=1000, public_per_minute=3)})
    with running(own) as client:
        codes = []
        for index in range(5):
            raw = with_username(envelope(request_of("VerifyContract", text="LY26")), f"yz{index:016x}", "guess")
            codes.append(text(post(client, raw)[1], ".//y:code"))
        assert codes == ["VERIFY-001"] * 3 + ["LIMIT-001"] * 2


def test_rubbish_under_ever_new_names_is_counted_against_the_address(settings: Settings) -> None:
    own = settings.model_copy(update={"limits": LimitSettings(partner_per_minute=1000, public_per_minute=3)})
    with running(own) as client:
        sent = [post(client, f"<a><Username>yz{index:016x}</Username>".encode())[1] for index in range(6)]
        assert [text(found, ".//y:Refusal/y:code") for found in sent] == ["INTAKE-001"] * 4 + ["LIMIT-001"] * 2


def test_guessed_secrets_are_counted_against_the_address(settings: Settings) -> None:
    own = settings.model_copy(update={"limits": LimitSettings(partner_per_minute=1000, public_per_minute=3)})
    with running(own) as client:
        guesses = [Partner("", f"yz{index:016x}", "guess") for index in range(6)]
        codes = [text(call(client, guess, "LookUp", kind="contract", code=["x"]), ".//y:code") for guess in guesses]
        assert codes == ["AUTH-001"] * 4 + ["LIMIT-001"] * 2


# -- descriptions ------------------------------------------------------------------------------------------------------


def test_wsdl_and_xsd_are_served_with_the_public_address(client: httpx.Client) -> None:
    for path in ("/soap?wsdl", "/soap"):
        root = etree.fromstring(client.get(path).content)
        assert root.xpath("//@location") == ["https://verify.example.test/soap"] * 2
    etree.XMLSchema(etree.fromstring(client.get("/soap/yizhan.xsd").content))


def test_an_http_signature_is_enough(client: httpx.Client, partner: Partner) -> None:
    raw = plain(request_of("SubmitContracts", contract=[samples.contract(483)]))
    auth = HmacAuth(partner.api_key, partner.secret)
    found = etree.fromstring(client.post("/soap", content=raw, headers=_TYPE, auth=auth).content)
    assert text(found, ".//y:records/y:status") == "accepted"


def test_the_submission_is_kept_as_the_operation_in_canonical_form(client: httpx.Client, partner: Partner) -> None:
    found = call(client, partner, "SubmitContracts", contract=[samples.contract(484)])
    shown = client.get(f"/v1/submissions/{text(found, './/y:submission_id')}", auth=partner.auth).json()
    assert (shown["channel"], shown["content_type"]) == ("soap", "text/xml")
    assert shown["raw_sha256"] == text(found, ".//y:raw_sha256")
    assert orjson.dumps(shown["answer"]["receipt"]).decode().strip('"') == text(found, ".//y:receipt")
