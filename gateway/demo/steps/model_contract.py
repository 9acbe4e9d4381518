"""A model contract made of a Word document, and a contract that an agency without a system makes of one and has signed.

Where there is no LibreOffice the template waits for its sample, and the contract for its signers.
"""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import httpx
from docx import Document

from gateway.base.clock import Clock
from gateway.demo.partners import PARTNERS
from gateway.demo.stage import Shown, Stage, good
from gateway.templates.office import find_office
from schemas import samples

_AGENT = next(each for each in PARTNERS if each.id == "minnan")
_TEMPLATE = "GF-2014-2401"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TITLE = "一日游合同（示例文本）"
_TEXT = """合同编号：__________　团号：__________
旅行社：______________　许可证编号：______________
旅游者：____________　身份证号：____________________　手机：______________
旅游线路：______________________
出发日期：______年____月____日，返回日期：______年____月____日
参加人数：____人，旅游费用合计：________元（大写：______________）
保险：□委托旅行社购买 □自行购买 □放弃购买
争议的解决：□提交______________仲裁委员会仲裁 □向人民法院起诉
旅游者签字：____________　旅行社盖章：____________"""


def play(stage: Stage) -> Shown:
    """A template is uploaded, made and published; a contract is filled in, gets its code, and its signer a link."""
    can_print = find_office() is not None
    with stage.client("authority") as official, stage.client("operator") as team, stage.client("minnan") as agency:
        code = stage.memory.recall("model_contract", lambda: _template(official, team, can_print=can_print))
        contract = stage.memory.recall("online_contract", lambda: _contract(official, agency, can_print=can_print))
    lines = [
        f"示范文本 model contract：/templates/{code}/1",
        f"在线合同 online contract：/online-contracts/{contract['id']}",
    ]
    if contract["link"]:
        lines.append(f"签署链接 link to sign：{contract['link']}（验证码在 code in {contract['codes']}）")
    return Shown(
        "合同示范文本 1 份、在线合同 1 份",
        taken=2,
        rejected=0,
        facts={"template": _TITLE},
        lines=tuple(lines),
        links={"示范文本 model contracts": stage.curl("minnan", "/v1/templates")},
    )


def _template(official: httpx.Client, team: httpx.Client, *, can_print: bool) -> str:
    """The code of a template, published where its sample can be printed."""
    asked = {"title": _TITLE, "contract_type": "domestic"}
    uploaded = good(official.post("/v1/templates", params=asked, content=_document(), headers={"Content-Type": _WORD}))
    where = f"/v1/templates/{uploaded['code']}/versions/{uploaded['version']}"
    taken = good(team.post(f"{where}/decision", json={"decision": "take"}))
    blanks = good(team.get(f"{where}/blanks"))["blanks"]
    by_hand = {str(blank["number"]): "-" for blank in blanks if not blank["meaning"]}
    good(team.put(f"{where}/meanings", json={"revision": taken["revision"], "meanings": by_hand}))
    if can_print:
        good(team.post(f"{where}/decision", json={"decision": "submit"}))
        good(official.post(f"{where}/decision", json={"decision": "publish"}))
    return uploaded["code"]


def _document() -> bytes:
    document = Document()
    document.add_heading(_TITLE, 0)
    for line in _TEXT.splitlines():
        document.add_paragraph(line)
    table = document.add_table(3, 4)
    table.style = "Table Grid"
    for cell, head in zip(table.rows[0].cells, ("序号", "姓名", "证件号码", "联系电话"), strict=True):
        cell.text = head
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def _contract(official: httpx.Client, agency: httpx.Client, *, can_print: bool) -> dict[str, Any]:
    """A concluded contract; with the link of its signer where it can be printed."""
    begun = good(agency.post("/v1/online-contracts", json={"template": _TEMPLATE}))
    where = f"/v1/online-contracts/{begun['id']}"
    good(agency.put(where, json={"revision": begun["revision"], "body": _body()}))
    good(agency.post(f"{where}/decision", json={"decision": "conclude"}))
    if not can_print:
        return {"id": begun["id"], "link": "", "codes": ""}
    seal = good(agency.post("/v1/seals", json={}))
    if seal["state"] == "applied":
        good(official.post(f"/v1/seals/{seal['seal_id']}/decision", json={"decision": "approve"}))
    invited = good(agency.post(f"{where}/decision", json={"decision": "invite"}))
    return {"id": begun["id"], "link": invited["signing"][0]["link"], "codes": "short-messages/"}


def _body() -> dict[str, Any]:
    leave = Clock.china_today() + timedelta(days=20)
    signer = {
        "name": "欧阳样本",
        "document": {"type": "resident_id", "number": samples.resident_id(77)},
        "mobile": "13900139077",
    }
    return {
        "agency": {"name": _AGENT.title, "license_no": _AGENT.license_no, "uscc": _AGENT.uscc},
        "route_name": "鼓浪屿、土楼三日游",
        "depart_on": leave.isoformat(),
        "return_on": (leave + timedelta(days=2)).isoformat(),
        "total_price": "1960.00",
        "travellers": [signer],
        "signatories": [signer],
        "dispute": {"resolution": "litigation"},
    }
