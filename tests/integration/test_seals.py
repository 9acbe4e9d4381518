"""Electronic seals through the doors: applied for, issued, used on rosters, checked, revoked."""

from __future__ import annotations

import asyncio
import io
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp
from cryptography import x509
from cryptography.x509.oid import NameOID
from stdnum.cn import uscc

from gateway.access.accounts import Role
from gateway.base.clock import Clock
from gateway.base.settings import Settings
from gateway.cli import sealing_desk
from gateway.seals.seals import Seals
from gateway.store.database import Database
from gateway.trust.sealing import MasterKey
from schemas import samples
from tests.components import needs
from tests.conftest import Partner, issue_partner

pytestmark = pytest.mark.needs("pdfsig")
PDF = {"Content-Type": "application/pdf"}
FIELDS = [f"{role}-{copy}" for role in ("report", "audit") for copy in (1, 2, 3, 4)]


_numbers = count(1)


@pytest.fixture(scope="module")
def new_agency(settings: Settings) -> Callable[[str], Partner]:
    """An agency of Xiamen with a credit code of its own, by which `reported` makes rosters of it."""

    def add(name: str) -> Partner:
        stem = f"91350200MA{next(_numbers):07d}"
        number = stem + uscc.calc_check_digit(stem)
        _CREDIT_CODES[name] = number
        return issue_partner(settings, name, division="350203", uscc=number, speaks_for="")

    return add


_CREDIT_CODES: dict[str, str] = {}


@pytest.fixture(scope="module")
def agency(new_agency: Callable[[str], Partner]) -> Partner:
    return new_agency("示例国旅")


@pytest.fixture(scope="module")
def bureau(settings: Settings) -> Partner:
    return issue_partner(settings, "厦门文旅局", Role.OFFICIAL, "350200", speaks_for="")


def apply(client: httpx.Client, who: Partner) -> dict[str, Any]:
    answer = client.post("/v1/seals", json={}, auth=who.auth)
    assert answer.status_code == 201, answer.text
    return answer.json()


def decide(client: httpx.Client, who: Partner, seal: dict[str, Any], **given: Any) -> httpx.Response:
    return client.post(f"/v1/seals/{seal['seal_id']}/decision", json={"decision": "approve"} | given, auth=who.auth)


def reported(client: httpx.Client, who: Partner, index: int, **changed: Any) -> str:
    body = samples.roster(index, travellers=2) | changed
    body["agency"] |= {"uscc": _CREDIT_CODES[who.name], "division": "350203"}
    answer = client.post("/v1/rosters", json=body, auth=who.auth)
    assert answer.json()["records"][0]["status"] == "accepted", answer.text
    return body["group_no"]


def moved(client: httpx.Client, who: Partner, group_no: str, state: str, **more: str) -> None:
    answer = client.post(f"/v1/rosters/{group_no}/state", json={"state": state} | more, auth=who.auth)
    assert answer.status_code == 200, answer.text


def printed(client: httpx.Client, who: Partner, group_no: str) -> httpx.Response:
    answer = client.get(f"/v1/sealed-rosters/{group_no}", auth=who.auth)
    assert answer.status_code == 200, answer.text
    return answer


def checked(client: httpx.Client, who: Partner, pdf: bytes) -> dict[str, Any]:
    answer = client.post("/v1/seals/verifications", content=pdf, headers=PDF, auth=who.auth)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def seals(client: httpx.Client, agency: Partner, bureau: Partner) -> dict[str, dict[str, Any]]:
    """The seals of both, issued."""
    applied = {"report": apply(client, agency), "audit": apply(client, bureau)}
    return {kind: decide(client, bureau, seal).json() for kind, seal in applied.items()}


@pytest.fixture(scope="module")
def group_no(client: httpx.Client, agency: Partner, bureau: Partner, seals: dict[str, Any]) -> str:
    """A roster that was audited under a seal."""
    number = reported(client, agency, 900)
    moved(client, bureau, number, "audited")
    return number


@pytest.fixture(scope="module")
def roster(client: httpx.Client, agency: Partner, group_no: str) -> httpx.Response:
    return printed(client, agency, group_no)


def test_an_agency_applies_and_an_authority_above_decides(
    client: httpx.Client, agency: Partner, bureau: Partner, new_partner: Callable[..., Partner]
) -> None:
    other = new_partner("另一旅行社", division="350206")
    seal = apply(client, other)
    assert (seal["state"], seal["kind"], seal["name"]) == ("applied", "report", "另一旅行社旅行社")
    assert apply(client, other)["seal_id"] == seal["seal_id"]
    assert decide(client, other, seal).json()["code"] == "AUTH-005"
    assert decide(client, agency, seal).status_code == 404
    elsewhere = new_partner("福州文旅局", Role.OFFICIAL, "350100")
    assert decide(client, elsewhere, seal).status_code == 404
    assert client.get(f"/v1/seals/{seal['seal_id']}/picture.svg", auth=other.auth).json()["code"] == "SEAL-001"
    issued = decide(client, bureau, seal, valid_until="2027-12-31").json()
    assert (issued["state"], issued["structure"]["property"]["validEnd"][:10]) == ("issued", "2027-12-30")
    again = decide(client, bureau, seal)
    assert (again.status_code, again.json()["code"]) == (409, "SEAL-001")


def test_an_application_is_rejected_with_a_reason(
    client: httpx.Client, bureau: Partner, new_partner: Callable[..., Partner]
) -> None:
    seal = apply(client, new_partner("退回旅行社", division="350203"))
    assert decide(client, bureau, seal, decision="reject").status_code == 400
    rejected = decide(client, bureau, seal, decision="reject", reason="名称与许可证不符").json()
    assert (rejected["state"], rejected["reason"], rejected["structure"]) == ("rejected", "名称与许可证不符", None)


def test_a_name_that_cannot_be_drawn_is_refused(client: httpx.Client, new_partner: Callable[..., Partner]) -> None:
    answer = client.post("/v1/seals", json={}, auth=new_partner("𠮷祥").auth)
    assert (answer.json()["code"], answer.json()["characters"]) == ("SEAL-002", "𠮷")


def test_a_certificate_states_its_limits(
    client: httpx.Client, agency: Partner, seals: dict[str, dict[str, Any]]
) -> None:
    path = f"/v1/seals/{seals['report']['seal_id']}/certificate.pem"
    leaf = x509.load_pem_x509_certificate(client.get(path, auth=agency.auth).content)
    root = x509.load_pem_x509_certificate(client.get("/v1/seals/root.pem").content)
    leaf.verify_directly_issued_by(root)
    for certificate in (leaf, root):
        (unit,) = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        assert unit.value == "示例章, 非认证印章产品 / sample seal, not a certified product"
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign


def test_an_audited_roster_bears_both_seals_in_four_copies(
    client: httpx.Client, agency: Partner, roster: httpx.Response, group_no: str
) -> None:
    assert roster.headers["roster-seals"] == "audit report"
    document = pypdfium2.PdfDocument(roster.content)
    texts = [page.get_textpage().get_text_bounded() for page in document]
    assert [re.search(r"第.联　(\S+)", text)[1] for text in texts] == [  # type: ignore[index]
        "出境边防检查站",
        "入境边防检查站",
        "旅游行政管理部门",
        "组团社",
    ]
    for text in texts:
        assert {"中国公民出境旅游团队名单表", group_no, "郑领队", "护照号码"} <= set(re.split(r"[\s：]+", text))
        assert "未用印" not in text
    assert printed(client, agency, group_no).content == roster.content


def test_the_qr_and_the_code_tell_what_became_of_it(client: httpx.Client, roster: httpx.Response) -> None:
    code = roster.headers["roster-code"]
    page = pypdfium2.PdfDocument(roster.content)[0]
    picture = page.render(scale=4, grayscale=True).to_pil()
    (qr,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    assert qr.text == f"HTTPS://VERIFY.EXAMPLE.TEST/R/{code}"
    facts = client.get(f"/v1/verify/rosters/{code.lower()}").json()
    assert (facts["state"], facts["headcount"], facts["is_superseded"]) == ("audited", 2, False)
    assert facts["audit_seal"] == "厦门文旅局旅行社"
    assert not {"travellers", "leader"} & facts.keys()
    shown = client.get(f"/R/{code}")
    assert (shown.status_code, 'data-outcome="audited"' in shown.text) == (200, True)
    assert "厦门文旅局旅行社" in shown.text
    assert client.get("/r/MD26-0000").status_code == 404
    wrong = client.get("/v1/verify/rosters/MD26-0000-0000-0000-0000")
    assert (wrong.status_code, wrong.json()["code"]) == (404, "VERIFY-001")


def test_pdfsig_finds_every_signature_valid(roster: httpx.Response, tmp_path: Path) -> None:
    file = tmp_path / "roster.pdf"
    file.write_bytes(roster.content)
    said = subprocess.run(
        [needs("pdfsig"), "-nocert", str(file)], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert re.findall(r"Signature Field Name: (\S+)", said) == FIELDS
    assert said.count("Signature Validation: Signature is Valid.") == len(FIELDS)
    assert said.count("ETSI.CAdES.detached") == len(FIELDS)
    assert said.count("Total document signed") == 1


def test_it_is_pdf_a(roster: httpx.Response) -> None:
    assert b"<pdfaid:part>2</pdfaid:part>" in roster.content
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in roster.content


def test_a_seal_stands_at_its_true_size(roster: httpx.Response) -> None:
    boxes = re.findall(rb"/Rect \[([\d. ]+)\]", roster.content)
    sizes = {round((float(right) - float(left)) / 72 * 25.4, 1) for left, _, right, _ in map(bytes.split, boxes)}
    assert sizes == {42.0}


def test_the_service_knows_its_seals(client: httpx.Client, bureau: Partner, roster: httpx.Response) -> None:
    found = checked(client, bureau, roster.content)
    assert found["verdict"] == "valid"
    assert found["registered"] == {"code": roster.headers["roster-code"], "version": 1, "is_superseded": False}
    assert [each["field"] for each in found["signatures"]] == FIELDS
    assert {each["seal"]["name"] for each in found["signatures"]} == {"示例国旅旅行社", "厦门文旅局旅行社"}


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (lambda pdf: pdf.replace(b"/Author", b"/Buthor", 1), "altered"),
        (lambda pdf: pdf[: pdf.index(b"%%EOF") + 6], "unsigned"),
    ],
    ids=["altered", "cut back"],
)
def test_what_was_done_to_a_file_is_told(
    client: httpx.Client, bureau: Partner, roster: httpx.Response, change: Callable[[bytes], bytes], verdict: str
) -> None:
    found = checked(client, bureau, change(roster.content))
    assert (found["verdict"], found["registered"]) == (verdict, None)


@pytest.mark.parametrize("file", [b"no pdf", b"%PDF-1.7\nnothing"])
def test_what_is_no_pdf_is_refused(client: httpx.Client, bureau: Partner, file: bytes) -> None:
    answer = client.post("/v1/seals/verifications", content=file, headers=PDF, auth=bureau.auth)
    assert (answer.status_code, answer.json()["code"]) == (422, "SEAL-003")


def test_a_version_with_fewer_people_is_printed_anew(
    client: httpx.Client, agency: Partner, bureau: Partner, seals: dict[str, Any]
) -> None:
    number = reported(client, agency, 901)
    moved(client, bureau, number, "audited")
    first = printed(client, agency, number)
    body = samples.roster(901, travellers=2)
    body["agency"] |= {"uscc": _CREDIT_CODES[agency.name], "division": "350203"}
    body["travellers"].pop()
    men = sum(person["sex"] == "1" for person in body["travellers"])
    fewer = body | {"total_count": 1, "male_count": men, "female_count": 1 - men}
    amended = client.post("/v1/rosters?amend=true", json=fewer, auth=agency.auth)
    assert amended.json()["records"][0]["status"] in ("accepted", "amended"), amended.text
    second = printed(client, agency, number)
    assert second.headers["roster-code"] != first.headers["roster-code"]
    assert second.headers["roster-seals"] == "audit report"
    text = pypdfium2.PdfDocument(second.content)[0].get_textpage().get_text_bounded()
    assert "第 1 版已审验；此后只减少人员，现为第 2 版。" in text
    old = client.get(f"/v1/verify/rosters/{first.headers['roster-code']}").json()
    assert (old["version"], old["now_version"], old["is_superseded"]) == (1, 2, True)


def test_two_who_ask_at_once_get_the_same_paper(client: httpx.Client, agency: Partner) -> None:
    number = reported(client, agency, 908)
    with ThreadPoolExecutor(2) as both:
        papers = both.map(lambda _: printed(client, agency, number).content, range(2))
        assert len(set(papers)) == 1


def test_without_seals_the_paper_says_so(
    client: httpx.Client, new_agency: Callable[[str], Partner], seals: dict[str, Any]
) -> None:
    bare = new_agency("无章")
    number = reported(client, bare, 902)
    waiting = printed(client, bare, number)
    text = pypdfium2.PdfDocument(waiting.content)[0].get_textpage().get_text_bounded()
    assert waiting.headers["roster-seals"] == "none"
    assert "待审验，未用印" in text
    assert checked(client, bare, waiting.content)["verdict"] == "unsigned"


def test_only_who_speaks_for_the_agency_gets_the_paper(client: httpx.Client, bureau: Partner, group_no: str) -> None:
    answer = client.get(f"/v1/sealed-rosters/{group_no}", auth=bureau.auth)
    assert (answer.status_code, answer.json()["code"]) == (403, "AUTH-005")


def test_a_rare_name_is_printed_and_one_the_font_lacks_refused(client: httpx.Client, agency: Partner) -> None:
    body = samples.roster(903, travellers=2)
    body["travellers"][0]["name"] = "李䶮㛃"
    number = reported(client, agency, 903, travellers=body["travellers"])
    text = pypdfium2.PdfDocument(printed(client, agency, number).content)[0].get_textpage().get_text_bounded()
    assert "李䶮㛃" in text
    body["travellers"][0]["name"] = "李𠮷"
    number = reported(client, agency, 904, travellers=body["travellers"])
    refused = client.get(f"/v1/sealed-rosters/{number}", auth=agency.auth)
    assert (refused.status_code, refused.json()["code"], refused.json()["characters"]) == (422, "SEAL-002", "𠮷")


def test_each_use_is_logged(
    client: httpx.Client, bureau: Partner, group_no: str, roster: httpx.Response, seals: dict[str, dict[str, Any]]
) -> None:
    uses = client.get(f"/v1/seals/{seals['audit']['seal_id']}/uses", auth=bureau.auth).json()["uses"]
    about = [use for use in uses if use["object"] == group_no]
    assert [use["purpose"] for use in about] == ["audited", "document"]
    assert about[1]["document"] == roster.headers["etag"].strip('"')
    assert about[0]["used_by"] == f"{bureau.name}/{bureau.api_key}"
    entries = client.get("/v1/audit", params={"object": seals["audit"]["seal_id"]}, auth=bureau.auth).json()["entries"]
    assert {"seal.apply", "seal.issue", "seal.use"} <= {entry["action"] for entry in entries}


def test_a_renewed_seal_stays_good_and_a_revoked_one_does_not(
    client: httpx.Client, new_agency: Callable[[str], Partner], bureau: Partner
) -> None:
    own = new_agency("换章")
    first = decide(client, bureau, apply(client, own)).json()
    number = reported(client, own, 905)
    pdf = printed(client, own, number).content
    second = client.post(f"/v1/seals/{first['seal_id']}/renewal", json={}, auth=bureau.auth).json()
    assert (second["state"], second["renews"]) == ("issued", first["seal_id"])
    assert client.get(f"/v1/seals/{first['seal_id']}", auth=own.auth).json()["state"] == "renewed"
    assert checked(client, own, pdf)["verdict"] == "valid"
    sealed = printed(client, own, reported(client, own, 906)).content
    path = f"/v1/seals/{second['seal_id']}/revocation"
    assert client.post(path, json={"reason": "印章停用"}, auth=own.auth).json()["state"] == "revoked"
    found = checked(client, own, sealed)
    assert found["verdict"] == "revoked"
    assert {each["seal"]["state"] for each in found["signatures"]} == {"revoked"}
    assert printed(client, own, reported(client, own, 907)).headers["roster-seals"] == "none"


def test_pictures_are_drawings_without_fonts(
    client: httpx.Client, agency: Partner, seals: dict[str, dict[str, Any]]
) -> None:
    answer = client.get(f"/v1/seals/{seals['report']['seal_id']}/picture.svg", auth=agency.auth)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert 'width="42mm"' in answer.text
    assert "<text" not in answer.text


def test_seals_are_seen_by_their_owner_and_their_division(
    client: httpx.Client, agency: Partner, bureau: Partner, new_partner: Callable[..., Partner], seals: dict[str, Any]
) -> None:
    def seen(who: Partner) -> set[str]:
        return {each["seal_id"] for each in client.get("/v1/seals", auth=who.auth).json()["seals"]}

    both = {seal["seal_id"] for seal in seals.values()}
    assert seen(agency) == {seals["report"]["seal_id"]}
    assert both <= seen(bureau)
    assert not both & seen(new_partner("泉州文旅局", Role.OFFICIAL, "350500"))


def test_a_seal_expires_when_its_time_has_passed(
    client: httpx.Client, settings: Settings, new_agency: Callable[[str], Partner], bureau: Partner
) -> None:
    own, end = new_agency("到期"), Clock.now() + timedelta(days=1)
    seal = decide(client, bureau, apply(client, own), valid_until=end.isoformat()).json()

    async def expire() -> None:
        assert settings.database.url is not None
        database = Database(settings.database.url, 2)
        try:
            await Seals(database, MasterKey.of(settings)).expire()
        finally:
            await database.close()

    with Clock.standing_at(end + timedelta(seconds=1)):
        asyncio.run(expire())
    assert client.get(f"/v1/seals/{seal['seal_id']}", auth=own.auth).json()["state"] == "expired"
    assert printed(client, own, reported(client, own, 909)).headers["roster-seals"] == "none"


def test_the_terminal_tells_what_a_file_is_worth(
    settings: Settings, roster: httpx.Response, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "roster.pdf"
    file.write_bytes(roster.content)
    assert sealing_desk.check(settings, file) == 0
    assert capsys.readouterr().out.count("示例国旅旅行社团队名单表报送专用章") == 4
    file.write_bytes(roster.content + b"%")
    assert sealing_desk.check(settings, file) == 1


def test_pages_are_not_tofu(roster: httpx.Response) -> None:
    """Every font in the file is the one that is vendored."""
    fonts = set(re.findall(rb"/BaseFont\s*/([A-Z]{6}\+[\w-]+)", roster.content))
    assert fonts
    assert all(b"NotoSerifSC" in font for font in fonts)
    assert io.BytesIO(roster.content).read(8) == b"%PDF-1.7"
