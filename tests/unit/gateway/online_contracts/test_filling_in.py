"""What a form says becomes the contract, nothing else of it is lost, and nothing is left out in silence."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.base.problems import Refused
from gateway.online_contracts.filling_in import MOST_ROWS, Section, body_of, entered, pasted, sections

ASKED = ["/route_name", "/agency/name", "/travellers/*/name", "/travellers/*/document/number"]


@pytest.fixture(scope="module")
def form() -> list[Section]:
    return sections(ASKED)


@pytest.fixture(scope="module")
def travellers(form: list[Section]) -> Section:
    return next(section for section in form if section.list_at == "/travellers")


def test_what_the_form_does_not_ask_for_is_kept_as_it_is(form: list[Section]) -> None:
    kept: dict[str, Any] = {
        "business_no": "ZX1",
        "agency": {"name": "旧名", "uscc": "91350100M000100Y43"},
        "attachments": [{"name": "行程单"}],
        "travellers": [{"name": "张三", "is_child": False}, {"name": "李四", "is_child": True}],
    }
    said = dict(entered(kept)) | {"/agency/name": "新名", "/route_name": "鼓浪屿"}
    said = {pointer: text for pointer, text in said.items() if asked(pointer, form)}
    made = body_of(said, kept, form)
    assert made == kept | {"agency": kept["agency"] | {"name": "新名"}, "route_name": "鼓浪屿"}


def asked(pointer: str, form: list[Section]) -> bool:
    fields = {field.pointer for section in form for field in section.fields}
    return "/".join("*" if step.isdecimal() else step for step in pointer.split("/")) in fields


def test_a_row_that_was_emptied_goes_and_the_others_keep_what_is_theirs(form: list[Section]) -> None:
    kept = {"travellers": [{"name": "张三", "is_child": True}, {"name": "李四", "remark": "靠窗"}]}
    made = body_of({"/travellers/0/name": " ", "/travellers/1/name": "李四"}, kept, form)
    assert made["travellers"] == [{"name": "李四", "remark": "靠窗"}]
    assert body_of({"/route_name": ""}, {"route_name": "旧"}, form) == {}


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"/business_no": "ZX2"}, id="a field that is not asked for"),
        pytest.param({"/no_such": "x"}, id="no field"),
        pytest.param({f"/travellers/{row}/name": "张三" for row in range(MOST_ROWS + 1)}, id="too many rows"),
        pytest.param({"/travellers/1000/name": "张三"}, id="a row beyond all bounds"),
    ],
)
def test_what_has_no_place_is_refused(values: dict[str, str], form: list[Section]) -> None:
    with pytest.raises(Refused) as refused:
        body_of(values, {}, form)
    assert refused.value.problem.code == "REQUEST-001"


def test_a_long_text_is_not_cut(form: list[Section]) -> None:
    assert body_of({"/route_name": "长" * 5000}, {}, form) == {"route_name": "长" * 5000}


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("Name\tDocument number\tDocument type", "李四\tE12345678\tpassport"),
        ("姓名（必填）\t证件 号码\t证件 类型", "李四\tE12345678\t护照"),
        ("证件类型 * \t姓 名\t证件号码（18位）", "护照\t李四\tE12345678"),
    ],
)
def test_each_column_goes_to_its_own_field(head: str, cells: str, travellers: Section) -> None:
    found = pasted(f"{head}\n{cells}", travellers.fields)
    (row,) = found.rows
    assert (row["name"], row["document/number"]) == ("李四", "E12345678")
    assert not found.left


def test_what_was_pasted_and_has_no_place_is_told(travellers: Section) -> None:
    found = pasted("姓名\t证件号码\t姓名\t星座\n张三\tE1\t张叁\t狮子座\t多出\n", travellers.fields)
    assert [row["name"] for row in found.rows] == ["张三"]
    assert found.left == ("姓名", "星座", "多出")


@pytest.mark.parametrize("text", ["张三\tE1\n" * (MOST_ROWS + 1), "张" * 200_001])
def test_too_much_is_not_pasted_in_part(text: str, travellers: Section) -> None:
    with pytest.raises(Refused):
        pasted(text, travellers.fields)
