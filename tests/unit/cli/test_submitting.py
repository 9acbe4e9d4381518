"""What `yizhan submit` shows of an answer."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from rich.console import Console

from gateway.cli.submitting import show_answer
from gateway.client.uploading import show_refusal
from schemas.findings import Text, error, warning

AMOUNT = error("MAP-020", "无法识别的金额", "Not an amount", "请写成 1234.50，单位为元", "Write 1234.50")
SKIPPED = warning("FORMAT-050", "工作表“附表”未读取", "Not read", "请另存为单独的文件提交", "Save it apart")
COUNTS = dict.fromkeys(("rows", "accepted", "unchanged", "amended", "rejected", "conflict"), 0)


def shown(record: dict[str, Any] | None = None, **more: Any) -> tuple[str, int]:
    records = [{"ordinal": 1, "status": "rejected", "key": "A-1", "locator": "", "findings": [], **(record or {})}]
    document = {"records": records, "counts": {**COUNTS, "rows": 1}, "submission_id": "s-1", **more}
    console = Console(record=True, width=220)
    status = show_answer(console, httpx.Response(200, json=document))
    return console.export_text(), status


def finding(value: object) -> dict[str, Any]:
    return AMOUNT.found("/total_price", Text("总额", "Total"), value, locator="价格!C7").as_dict()


@pytest.mark.parametrize("value", ["面议", "[red]1[/red]", "0"])
def test_each_finding_is_shown_with_its_value_and_advice(value: str) -> None:
    text, status = shown({"findings": [finding(value)]})
    assert f"MAP-020 价格!C7: 无法识别的金额（原值：{value}）。请写成 1234.50，单位为元" in text
    assert status == 1


def test_a_finding_without_a_value_names_none() -> None:
    assert "原值" not in shown({"findings": [finding(None)]})[0]


def test_a_conflict_is_shown_with_the_fields_that_differ() -> None:
    title = {"zh": "旅游费用总额", "en": "Total price"}
    differs = {"field": "/total_price", "title": title, "stored": "100.00", "sent": None}
    text, _ = shown({"status": "conflict", "differences": [differs]})
    assert "旅游费用总额（/total_price）：已存 100.00，本次 —" in text


def test_notes_of_the_answer_are_shown() -> None:
    note = SKIPPED.found("", Text("文件", "Document"), locator="附表").as_dict()
    assert "FORMAT-050 附表: 工作表“附表”未读取。请另存为单独的文件提交" in shown(notes=[note])[0]


def test_a_refusal_is_shown_with_its_advice() -> None:
    document = {"code": "REQUEST-001", "title": "请求参数有误", "detail": "不支持参数 x", "advice": "请按接口文档检查"}
    english = {"title_en": "Malformed request", "detail_en": "No parameter x", "advice_en": "Check the reference"}
    console = Console(record=True, width=220)
    assert show_refusal(console, httpx.Response(400, json=document | english)) == 2
    assert "请按接口文档检查 Check the reference" in console.export_text()
