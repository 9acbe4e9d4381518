"""Looking up, moving states, the change feed, documents, verification - all over HTTP."""

from __future__ import annotations

import io
import random
from typing import Any
from urllib.parse import quote

import httpx
import PIL.Image
import pypdfium2
import pytest
import zxingcpp

from gateway.base.settings import HttpSettings
from gateway.trust.qr_image import PRINT_SIZES_MM
from schemas import samples
from tests.conftest import Partner


def pushed(client: httpx.Client, partner: Partner, index: int) -> dict[str, Any]:
    return client.post("/v1/contracts", json=samples.contract(index), auth=partner.auth).json()["records"][0]


def pdf_with(png: bytes, *, further_pages: int = 0, attached: bytes = b"") -> bytes:
    """An A4 document whose first page shows an image, 40 mm wide."""
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(595, 842)
    for _ in range(further_pages):
        document.new_page(595, 842)
    if attached:
        document.new_attachment("terms").set_data(attached)
    picture = pypdfium2.PdfImage.new(document)
    picture.set_bitmap(pypdfium2.PdfBitmap.from_pil(PIL.Image.open(io.BytesIO(png)).convert("RGB")))
    picture.set_matrix(pypdfium2.PdfMatrix().scale(114, 114).translate(400, 60))
    page.insert_obj(picture)
    page.gen_content()
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_a_contract_is_found_by_code_number_hash_and_person(client: httpx.Client, partner: Partner) -> None:
    record = pushed(client, partner, 200)
    sample = samples.contract(200)
    assert client.get(f"/v1/contracts/{record['code_printed'].lower()}", auth=partner.auth).json()["body"] == sample
    for criterion in (
        {"business_no": sample["business_no"]},
        {"content_sha256": record["content_sha256"]},
        {"document_no": sample["travellers"][0]["document"]["number"]},
    ):
        found = client.get("/v1/contracts", params=criterion, auth=partner.auth).json()["records"]
        assert [each["code"] for each in found] == [record["code"]], criterion


def test_many_are_looked_up_at_once(client: httpx.Client, partner: Partner) -> None:
    records = [pushed(client, partner, index) for index in range(201, 206)]
    wanted = {
        "code": [records[0]["code"], "LY26-0000-0000-0000-0000"],
        "business_no": [records[1]["key"], "unknown"],
        "content_sha256": [records[2]["content_sha256"], records[0]["content_sha256"]],
    }
    found = client.post("/v1/contracts/lookup", json=wanted, auth=partner.auth).json()["records"]
    assert {each["code"] for each in found} == {record["code"] for record in records[:3]}


def test_states_only_move_forward(client: httpx.Client, partner: Partner) -> None:
    path = f"/v1/contracts/{pushed(client, partner, 207)['code']}/state"
    assert client.post(path, json={"state": "signed"}, auth=partner.auth).json()["state"] == "signed"
    assert client.post(path, json={"state": "signed"}, auth=partner.auth).status_code == 200
    back = client.post(path, json={"state": "generated"}, auth=partner.auth)
    assert (back.status_code, back.json()["code"]) == (409, "STATE-001")
    assert client.post(path, json={"state": "void"}, auth=partner.auth).json()["state"] == "void"
    amended = client.post(
        "/v1/contracts?amend=true", json=samples.contract(207) | {"route_name": "x"}, auth=partner.auth
    )
    assert amended.json()["records"][0]["findings"][0]["code"] == "INTAKE-102"


def test_the_change_feed_tells_everything_once_in_order(client: httpx.Client, partner: Partner) -> None:
    start = client.get("/v1/changes", params={"limit": 1000}, auth=partner.auth).json()["high_water"]
    record = pushed(client, partner, 208)
    client.post("/v1/contracts?amend=true", json=samples.contract(208) | {"route_name": "x"}, auth=partner.auth)
    client.post(f"/v1/contracts/{record['code']}/state", json={"state": "void"}, auth=partner.auth)
    seen, after = [], start
    for _ in range(10):
        page = client.get("/v1/changes", params={"after": after, "limit": 1}, auth=partner.auth).json()
        seen += [(change["event"], change["version"], change["state"]) for change in page["changes"]]
        if after == page["high_water"]:
            break
        after = page["high_water"]
    assert seen == [("created", 1, "generated"), ("amended", 2, "generated"), ("state", 2, "void")]


@pytest.mark.parametrize("size_mm", PRINT_SIZES_MM)
def test_a_real_decoder_reads_every_png_size(client: httpx.Client, partner: Partner, size_mm: int) -> None:
    record = pushed(client, partner, 209)
    answer = client.get(f"/v1/contracts/{record['code']}/qr.png", params={"size_mm": size_mm}, auth=partner.auth)
    image = PIL.Image.open(io.BytesIO(answer.content))
    assert image.width <= size_mm / 25.4 * 600
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    assert [each.text for each in found] == [record["qr_text"]]


def test_the_svg_has_the_printed_size(client: httpx.Client, partner: Partner) -> None:
    record = pushed(client, partner, 210)
    answer = client.get(f"/v1/contracts/{record['code']}/qr.svg", params={"size_mm": 25}, auth=partner.auth)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert 'width="25mm" height="25mm"' in answer.text
    refused = client.get(f"/v1/contracts/{record['code']}/qr.svg", params={"size_mm": 26}, auth=partner.auth)
    assert refused.json()["code"] == "REQUEST-001"


def test_the_final_document_must_show_this_contracts_qr(client: httpx.Client, partner: Partner) -> None:
    record, other = pushed(client, partner, 211), pushed(client, partner, 212)
    path = f"/v1/contracts/{record['code']}/document"
    own, foreign = (
        pdf_with(client.get(f"/v1/contracts/{each['code']}/qr.png", auth=partner.auth).content)
        for each in (record, other)
    )
    assert client.get(path, auth=partner.auth).status_code == 404
    for wrong in (foreign, b"%PDF-1.7 broken", b"not a pdf"):
        refused = client.put(path, content=wrong, auth=partner.auth)
        assert (refused.status_code, refused.json()["code"]) == (422, "DOCUMENT-001")
    stored = client.put(path, content=own, auth=partner.auth)
    assert stored.status_code == 201
    assert client.put(path, content=own, auth=partner.auth).status_code == 200
    assert client.get(path, auth=partner.auth).content == own


def test_a_final_document_may_be_long_and_heavy(client: httpx.Client, partner: Partner) -> None:
    path = f"/v1/contracts/{pushed(client, partner, 216)['code']}"
    png = client.get(f"{path}/qr.png", auth=partner.auth).content
    pdf = pdf_with(png, further_pages=120, attached=random.randbytes(12 * 2**20))
    assert len(pdf) > HttpSettings().max_body_bytes
    stored = client.put(f"{path}/document", content=pdf, auth=partner.auth)
    assert (stored.status_code, stored.json()["pages"]) == (201, 121)
    assert client.get(f"{path}/document", auth=partner.auth).content == pdf


def test_a_final_document_over_its_own_limit_is_told_the_limit(client: httpx.Client, partner: Partner) -> None:
    most = HttpSettings().max_document_bytes
    path = f"/v1/contracts/{pushed(client, partner, 217)['code']}/document"
    refused = client.put(path, content=bytes(most + 1), headers=partner.bearer)
    assert (refused.status_code, refused.json()["code"], refused.json()["max_bytes"]) == (413, "DOCUMENT-002", most)


def test_whoever_has_a_cookie_of_ours_verifies_without_tls_too(client: httpx.Client, partner: Partner) -> None:
    record = client.post("/v1/contracts", json=samples.contract(77), auth=partner.auth).json()["records"][0]
    plain = {"X-Forwarded-Proto": "http", "Cookie": "yizhan-language=en; __Host-yizhan=whatever"}
    shown = client.get(f"/V/{record['code_printed']}", headers=plain)
    assert shown.status_code == 200, shown.text
    assert samples.contract(77)["agency"]["name"] in shown.text


def test_anyone_verifies_by_code_or_qr_without_learning_who_travels(client: httpx.Client, partner: Partner) -> None:
    record = pushed(client, partner, 213)
    for entered in (record["code"], record["code_printed"].lower(), record["qr_text"].rpartition("/")[2]):
        answer = client.get(f"/v1/verify/{entered}")
        assert answer.json()["verdict"] == "valid"
        assert answer.json()["contract"]["headcount"] == 3
    for traveller in samples.contract(213)["travellers"]:
        assert traveller["name"] not in answer.text
        assert traveller["document"]["number"] not in answer.text
    host, _, payload = record["qr_text"].rpartition("/V/")
    elsewhere = f"https://elsewhere.example.test/V/{payload}"
    for text in (record["qr_text"], f"{host.lower()}/V/{payload}/?from=chat", quote(record["qr_text"], safe="")):
        assert client.post("/v1/verify", json={"text": text}).json()["verdict"] == "valid", text
        assert client.get("/verify", params={"text": text}).status_code == 200, text
    assert client.post("/v1/verify", json={"text": f"{host}/V/{record['code_printed']}"}).json()["verdict"] == "valid"
    assert client.post("/v1/verify", json={"text": elsewhere}).json()["code"] == "VERIFY-002"


def test_a_qr_printed_before_an_amendment_is_superseded(client: httpx.Client, partner: Partner) -> None:
    record = pushed(client, partner, 214)
    client.post("/v1/contracts?amend=true", json=samples.contract(214) | {"route_name": "x"}, auth=partner.auth)
    assert client.post("/v1/verify", json={"text": record["qr_text"]}).json()["verdict"] == "superseded"
    assert client.get(f"/v1/verify/{record['code']}").json()["verdict"] == "valid"


def test_a_void_contract_says_so(client: httpx.Client, partner: Partner) -> None:
    record = pushed(client, partner, 215)
    client.post(f"/v1/contracts/{record['code']}/state", json={"state": "void"}, auth=partner.auth)
    assert client.get(f"/v1/verify/{record['code']}").json()["verdict"] == "void"


def test_unknown_codes_are_answered_alike(client: httpx.Client, partner: Partner) -> None:
    record = pushed(client, partner, 216)
    mistyped = record["code"][:-2] + ("A" if record["code"][-2] != "A" else "B") + record["code"][-1]
    never_issued = "LY2600000000000000" + "0Z"
    answers = [client.get(f"/v1/verify/{entered}") for entered in (mistyped, never_issued, "hello", "9" * 40)]
    assert {answer.status_code for answer in answers} == {404}
    shapes = {str({k: v for k, v in answer.json().items() if k != "trace_id"}) for answer in answers}
    assert len(shapes) == 1


def test_the_receipt_can_be_fetched_again(client: httpx.Client, partner: Partner) -> None:
    answer = client.post("/v1/contracts", json=samples.contract(217), auth=partner.auth).json()
    fetched = client.get(f"/v1/submissions/{answer['submission_id']}/receipt", auth=partner.auth)
    assert fetched.text == answer["receipt"]


def test_a_roster_is_found_by_its_group_number(client: httpx.Client, partner: Partner) -> None:
    answer = client.post("/v1/rosters", json=samples.roster(9, travellers=3), auth=partner.auth)
    assert answer.status_code == 201
    found = client.get("/v1/rosters", params={"group_no": samples.roster(9)["group_no"]}, auth=partner.auth).json()
    assert found["records"][0]["headcount"] == 3
