"""The library of model contracts through its doors: uploaded as Word, made a template, reviewed, published, read."""

from __future__ import annotations

import io
import subprocess
from typing import Any

import httpx
import pypdfium2
import pytest
from docx import Document

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from schemas import samples
from tests.conftest import Partner, issue_partner
from tests.word import making

pytestmark = pytest.mark.needs("libreoffice")
DOCX = {"Content-Type": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}


@pytest.fixture(scope="module")
def province(settings: Settings) -> Partner:
    return issue_partner(settings, "福建省文旅厅", Role.OFFICIAL, "350000", speaks_for="")


@pytest.fixture(scope="module")
def neighbour(settings: Settings) -> Partner:
    return issue_partner(settings, "江西省文旅厅", Role.OFFICIAL, "360000", speaks_for="")


@pytest.fixture(scope="module")
def technicians(settings: Settings) -> Partner:
    return issue_partner(settings, "技术团队", Role.OPERATOR, "000000", speaks_for="")


@pytest.fixture(scope="module")
def agency(settings: Settings) -> Partner:
    return issue_partner(settings, "样例旅行社", division="350203", uscc="91350100M000100Y43", speaks_for="")


def uploaded(client: httpx.Client, who: Partner, document: bytes, **asked: str) -> httpx.Response:
    asked = {"title": "福建省国内旅游合同", "contract_type": "domestic"} | asked
    return client.post("/v1/templates", params=asked, content=document, headers=DOCX, auth=who.auth)


def decide(client: httpx.Client, who: Partner, template: dict[str, Any], decision: str, **more: str) -> httpx.Response:
    where = f"/v1/templates/{template['code']}/versions/{template['version']}/decision"
    return client.post(where, json={"decision": decision} | more, auth=who.auth)


def mark(client: httpx.Client, who: Partner, template: dict[str, Any], meanings: dict[str, str]) -> httpx.Response:
    where = f"/v1/templates/{template['code']}/versions/{template['version']}/meanings"
    return client.put(where, json={"revision": template["revision"], "meanings": meanings}, auth=who.auth)


def ok(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def blanks_of(client: httpx.Client, who: Partner, template: dict[str, Any]) -> list[dict[str, Any]]:
    where = f"/v1/templates/{template['code']}/versions/{template['version']}/blanks"
    return ok(client.get(where, auth=who.auth))["blanks"]


def published(client: httpx.Client, province: Partner, technicians: Partner, document: bytes) -> dict[str, Any]:
    template = ok(uploaded(client, province, document))
    template = ok(decide(client, technicians, template, "take"))
    left = {str(blank["number"]): "-" for blank in blanks_of(client, technicians, template) if not blank["meaning"]}
    template = ok(mark(client, technicians, template, left))
    ok(decide(client, technicians, template, "submit"))
    return ok(decide(client, province, template, "publish"))


def test_a_document_becomes_a_template_that_everybody_may_use(
    client: httpx.Client, province: Partner, technicians: Partner, agency: Partner
) -> None:
    made = making.made("guonei")
    template = ok(uploaded(client, province, made.content))
    assert (template["state"], template["version"], template["division"]) == ("uploaded", 1, "350000")
    assert client.get(f"/v1/templates/{template['code']}?version=1", auth=agency.auth).status_code == 404

    template = ok(decide(client, technicians, template, "take"))
    blanks = blanks_of(client, technicians, template)
    assert len(blanks) == len(made.meanings)
    right = {str(at): meaning for at, meaning in enumerate(made.meanings, 1)}
    template = ok(mark(client, technicians, template, right))
    assert {"code", "qr"} <= set(template["places"])
    assert template["open"] == 0
    assert ok(decide(client, technicians, template, "submit"))["state"] == "for_review"
    template = ok(decide(client, province, template, "publish"))
    assert template["state"] == "published"

    seen = ok(client.get(f"/v1/templates/{template['code']}", auth=agency.auth))
    assert set(seen["schema"]["properties"]["agency"]["properties"]) >= {"name", "license_no"}
    assert seen["not_asked_for"] == ["/business_no", "/contract_type"]
    listed = ok(client.get("/v1/templates?division=350203&contract_type=domestic", auth=agency.auth))["templates"]
    assert template["code"] in [each["code"] for each in listed]
    elsewhere = ok(client.get("/v1/templates?division=360100", auth=agency.auth))["templates"]
    assert template["code"] not in [each["code"] for each in elsewhere]

    files = f"/v1/templates/{template['code']}/files"
    blank = Document(io.BytesIO(client.get(f"{files}/document.docx", auth=agency.auth).content))
    assert blank.paragraphs[0].text == "团队境内旅游合同"
    sample = text_of(client.get(f"{files}/sample.pdf", auth=agency.auth).content)
    assert "示例样张" in sample
    assert all(each["name"] in sample for each in samples.contract(7)["travellers"])
    assert "{{" not in sample
    assert "团队境内旅游合同" in text_of(client.get(f"{files}/blank.pdf", auth=agency.auth).content)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_bounded() for page in document)


def test_a_newer_version_takes_the_place_of_the_one_in_force(
    client: httpx.Client, province: Partner, technicians: Partner, neighbour: Partner
) -> None:
    first = published(client, province, technicians, making.made("yiriyou").content)
    refused = uploaded(client, neighbour, making.made("yiriyou").content, code=first["code"])
    assert refused.json()["code"] == "AUTH-005"
    template = ok(uploaded(client, province, making.made("yiriyou").content, code=first["code"]))
    assert template["version"] == 2
    template = ok(decide(client, technicians, template, "take"))
    refused = decide(client, technicians, template, "publish")
    assert refused.json()["code"] == "TEMPLATE-001"
    left = {str(each["number"]): "-" for each in blanks_of(client, technicians, template) if not each["meaning"]}
    template = ok(mark(client, technicians, template, left))
    ok(decide(client, technicians, template, "submit"))
    back = ok(decide(client, province, template, "return", reason="第三条的人数应为成人数"))
    assert (back["state"], back["reason"]) == ("in_work", "第三条的人数应为成人数")
    assert decide(client, neighbour, template, "withdraw", reason="x").status_code in (403, 404)
    ok(decide(client, technicians, template, "submit"))
    ok(decide(client, province, template, "publish"))
    where = f"/v1/templates/{first['code']}"
    assert ok(client.get(where, auth=neighbour.auth))["version"] == 2
    assert ok(client.get(f"{where}?version=1", auth=neighbour.auth))["state"] == "superseded"


def test_who_works_on_an_older_state_is_told(client: httpx.Client, province: Partner, technicians: Partner) -> None:
    template = ok(uploaded(client, province, making.made("futai").content))
    template = ok(decide(client, technicians, template, "take"))
    ok(mark(client, technicians, template, {"1": "-"}))
    refused = mark(client, technicians, template, {"2": "-"})
    assert (refused.status_code, refused.json()["code"]) == (409, "TEMPLATE-002")
    assert refused.json()["revision"] == template["revision"] + 1


@pytest.mark.parametrize(
    ("meanings", "told"),
    [
        pytest.param({"999": "-"}, "999", id="no such blank"),
        pytest.param({"1": "agency.nome"}, "agency.nome", id="no such field"),
        pytest.param({"1": "travellers/name"}, "travellers/name", id="a list outside a table"),
        pytest.param({"1": "depart_on#hour"}, "depart_on#hour", id="no such form"),
    ],
)
def test_what_no_blank_can_mean_is_refused(
    client: httpx.Client, province: Partner, technicians: Partner, meanings: dict[str, str], told: str
) -> None:
    template = ok(uploaded(client, province, making.made_of("编号：[[u:contract_no]]").content))
    template = ok(decide(client, technicians, template, "take"))
    refused = mark(client, technicians, template, meanings)
    assert (refused.status_code, refused.json()["code"]) == (400, "REQUEST-001")
    assert told in refused.json()["detail"]


def test_blanks_without_a_meaning_are_named_before_it_is_handed_in(
    client: httpx.Client, province: Partner, technicians: Partner
) -> None:
    template = ok(uploaded(client, province, making.made_of("编号：[[u:contract_no]]，乙酉丙戌[[u:-]]").content))
    template = ok(decide(client, technicians, template, "take"))
    template = ok(mark(client, technicians, template, {"2": ""}))
    refused = decide(client, technicians, template, "submit")
    assert (refused.status_code, refused.json()["code"]) == (422, "TEMPLATE-003")
    assert "2" in refused.json()["detail"]


def test_a_template_changed_in_word_is_checked_mark_by_mark(
    client: httpx.Client, province: Partner, technicians: Partner
) -> None:
    template = ok(uploaded(client, province, making.made_of("旅行社：[[u:agency.name]]").content))
    template = ok(decide(client, technicians, template, "take"))
    template = ok(mark(client, technicians, template, {}))
    where = f"/v1/templates/{template['code']}/versions/{template['version']}/template.docx"

    def put(*marks: str) -> httpx.Response:
        document = Document()
        for each in marks:
            document.add_paragraph(each)
        kept = io.BytesIO()
        document.save(kept)
        asked = {"revision": template["revision"]}
        return client.put(where, params=asked, content=kept.getvalue(), headers=DOCX, auth=technicians.auth)

    loop = "{% for t in days %}{% endfor %}"
    refused = put("{{ agency.nome }}", "{{ agency.name|upper }}", "{{ ''.__class__ }}", loop)
    assert refused.status_code == 422
    codes = [each["code"] for each in refused.json()["findings"]]
    assert codes == ["FORMAT-071", "FORMAT-074", "FORMAT-074", "FORMAT-073"]
    assert "agency.name" in refused.json()["findings"][0]["reason"]["en"]
    refused = put("{{ code }}", "{{ agency.name }}")
    assert (refused.status_code, refused.json()["code"]) == (422, "TEMPLATE-003")
    assert "{{ qr }}" in refused.json()["detail"], "no contract could be handed in on it"
    template = ok(put("{{ code }}{{ qr }}", "{% for t in travellers %}{{ t.name }} {% endfor %}", "{{ agency.name }}"))
    assert template["is_by_hand"]
    assert template["fields"] == ["/agency/name", "/travellers/*/name"]
    assert ok(decide(client, technicians, template, "submit"))["state"] == "for_review"


def test_an_agency_neither_uploads_nor_publishes(client: httpx.Client, agency: Partner, technicians: Partner) -> None:
    refused = uploaded(client, agency, making.made("yiriyou").content)
    assert (refused.status_code, refused.json()["code"]) == (403, "AUTH-005")
    refused = decide(client, agency, {"code": "GF-2014-2401", "version": 1}, "publish")
    assert (refused.status_code, refused.json()["code"]) == (403, "AUTH-005")


def test_what_is_no_contract_in_word_is_refused_with_advice(client: httpx.Client, province: Partner) -> None:
    refused = uploaded(client, province, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert refused.status_code == 422
    assert refused.json()["findings"][0]["code"] == "FORMAT-061"
    assert refused.json()["findings"][0]["advice"]["zh"].startswith("请用 Word")


def test_the_printed_sample_is_an_archive_pdf(
    client: httpx.Client, province: Partner, technicians: Partner, tmp_path_factory: pytest.TempPathFactory
) -> None:
    template = published(client, province, technicians, making.made("futai").content)
    pdf = client.get(f"/v1/templates/{template['code']}/files/sample.pdf", auth=province.auth).content
    file = tmp_path_factory.mktemp("pdf") / "sample.pdf"
    file.write_bytes(pdf)
    fonts = subprocess.run(["pdffonts", str(file)], capture_output=True, text=True, check=True).stdout
    assert "NotoSerifSC" in fonts
    assert all(" yes " in line for line in fonts.splitlines()[2:])
    assert b"pdfaid" in pdf
