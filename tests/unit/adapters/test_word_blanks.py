"""Blanks of contracts in Word: found in each style, called by what stands around them, given a field."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from adapters.errors import Unreadable
from adapters.word.blanks import MOST_BLANKS, Blank, BlankStyle, read
from adapters.word.notes import notes_of
from adapters.word.parties import AGENCY, TRAVELLER
from adapters.word.proposals import propose
from tests.word import figures, making

ALL = ("u", "s", "b", "r", "q", "d", "f", "k")


def opened(text: str) -> WordDocument:
    return Document(io.BytesIO(making.made_of(text).content))


def blanks(text: str) -> list[Blank]:
    return read(opened(text)).blanks


def meanings(text: str) -> list[str]:
    """What is proposed for each blank of a text, in which `[]` is a line."""
    return [each.meaning for each in propose(read(opened(text.replace("[]", "[[s:-]]"))))]


@pytest.mark.parametrize(
    ("style", "kind"),
    [
        ("u", BlankStyle.RULED),
        ("s", BlankStyle.RULED),
        ("b", BlankStyle.BRACKETED),
        ("r", BlankStyle.BRACKETED),
        ("q", BlankStyle.BRACKETED),
        ("d", BlankStyle.DOTTED),
        ("f", BlankStyle.FIELD),
        ("k", BlankStyle.FIELD),
        ("x", BlankStyle.BOX),
        ("w", BlankStyle.BOX),
    ],
)
def test_a_blank_is_found_in_every_style(style: str, kind: BlankStyle) -> None:
    (found,) = blanks(f"行程天数：[[{style}:days]]天")
    assert found.style is kind
    assert found.label == ("天" if kind is BlankStyle.BOX else "行程天数")


@pytest.mark.parametrize("style", ALL)
def test_every_style_has_label_and_unit(style: str) -> None:
    first, second = blanks(f"3.2 团费合计[[{style}:total_price]]元；成人[[{style}:adult_count]]人")
    assert (first.label, first.unit, second.label, second.unit) == ("团费合计", "元", "成人", "人")


@pytest.mark.parametrize("drawn", ["〔    〕", "［    ］", "（请填写姓名）", "____  ", "．．．．．", "·······"])
def test_other_drawings_are_blanks(drawn: str) -> None:
    (found,) = blanks(f"旅游者姓名：{drawn}")
    assert found.style is not BlankStyle.BOX


@pytest.mark.parametrize("text", ["第十条（略）", "《旅游法》", "甲方(旅游者)", "[1] 注", "详见……", "2026年8月4日"])
def test_prose_is_no_blank(text: str) -> None:
    with pytest.raises(Unreadable, match="FORMAT-065"):
        blanks(text)


@pytest.mark.parametrize(
    ("before", "label"),
    [
        ("第十二条 旅游费用总额", "旅游费用总额"),
        ("第五条　旅游费用总额", "旅游费用总额"),
        ("1.12 旅游费用总额", "旅游费用总额"),
        ("（三）旅游费用总额", "旅游费用总额"),
        ("⑤旅游费用总额：", "旅游费用总额"),
        ("双方约定如下。旅游费用总额：", "旅游费用总额"),
        ("团号：A1　　旅游费用总额", "旅游费用总额"),
        ("24小时服务电话：", "24小时服务电话"),
    ],
)
def test_a_label_is_what_stands_just_before(before: str, label: str) -> None:
    assert blanks(f"{before}[[s:-]]")[0].label == label


def test_two_columns_are_of_two_parties() -> None:
    found = blanks(
        "甲方（旅游者）：[[s:-]]　　　　乙方（旅行社）：[[s:-]]\n"
        "电话：[[s:-]]　　　　电话：[[s:-]]\n日期：[[s:-]]　　　　日期：[[s:-]]"
    )
    assert [each.party for each in found] == [TRAVELLER, AGENCY] * 3


def test_empty_cells_are_called_by_what_is_beside_or_above() -> None:
    found = blanks("| 旅行社名称 | [[c:-]] | 许可证号 | [[c:-]] |\n| ^ | [[c:-]] | ^ | [[c:-]] |")
    assert [(each.style, each.label) for each in found][:2] == [
        (BlankStyle.CELL, "旅行社名称"),
        (BlankStyle.CELL, "许可证号"),
    ]


@pytest.mark.parametrize(
    ("table", "loops"),
    [
        pytest.param("| 序号 | 姓名 | 电话 |\n| 1 | _ | _ |\n| 2 | _ | _ |", [(1, 2)], id="plain"),
        pytest.param("| 项目 | 金额（元） |\n| _ | _ |\n| _ | _ |", [(1, 2)], id="two columns"),
        pytest.param("| 经办人 | 电话 |\n| _ | _ |", [], id="names above two values"),
        pytest.param(
            "| 日期 | 店名 | 商品 |\n| _ | _ | _ |\n| 日期 | 项目 | 费用 |\n| _ | _ | _ |",
            [(1, 1), (3, 3)],
            id="two lists in a table",
        ),
        pytest.param("| 旅游者名单 |\n| 姓名 | 性别 | 电话 |\n| _ | _ | _ |", [(2, 2)], id="title row"),
    ],
)
def test_a_head_over_empty_rows_is_a_list(table: str, loops: Sequence[tuple[int, int]]) -> None:
    reading = read(opened(table.replace("_", "[[c:-]]")))
    assert [(loop.first, loop.last) for loop in reading.loops] == list(loops)


def test_a_table_within_a_table_is_read_where_it_stands() -> None:
    document = opened("| 说明 | [[c:-]] |")
    inner = Document()
    table = inner.add_table(1, 2)
    table.cell(0, 0).text = "保险公司"
    document.tables[0].cell(0, 0)._tc.append(table._tbl)
    assert "保险公司" in [each.label for each in read(document).blanks]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        pytest.param("保险：[[x:-]]委托购买 [[x:-]]自行购买 [[x:-]]放弃购买", [3], id="one line"),
        pytest.param("保险方式为：\n[[x:-]]委托购买\n[[x:-]]自行购买\n[[x:-]]放弃购买", [3], id="several lines"),
        pytest.param("转团：[[x:-]]同意 [[x:-]]不同意\n延期：[[x:-]]同意 [[x:-]]不同意", [2, 2], id="pairs on lines"),
        pytest.param("[[x:-]]同意/[[x:-]]不同意延期；[[x:-]]同意/[[x:-]]不同意拼团", [2, 2], id="pairs on a line"),
        pytest.param("争议：[[x:-]]提交仲裁；[[x:-]]提起诉讼", [2], id="parted by a stop"),
    ],
)
def test_boxes_that_belong_together_are_a_choice(text: str, groups: Sequence[int]) -> None:
    choices = [each.choice for each in blanks(text)]
    assert [choices.count(each) for each in dict.fromkeys(choices)] == list(groups)


def test_what_a_pair_refuses_is_what_both_are_about() -> None:
    asked = [each.asks for each in blanks("[[x:-]]同意/[[x:-]]不同意延期；[[x:-]]同意/[[x:-]]不同意拼团")]
    assert asked == ["延期", "延期", "拼团", "拼团"]


def test_text_boxes_are_said_and_not_searched() -> None:
    document = opened("姓名：[[s:-]]")
    inside = "<w:p><w:r><w:t>电话：____</w:t></w:r></w:p>"
    box = f"<w:r {nsdecls('w')}><w:pict><w:txbxContent>{inside}</w:txbxContent></w:pict></w:r>"
    document.paragraphs[0]._p.append(parse_xml(box))
    assert len(read(document).blanks) == 1
    assert [note.code for note in notes_of(document)] == ["FORMAT-080"]


def test_a_document_of_too_many_blanks_is_none() -> None:
    with pytest.raises(Unreadable, match="FORMAT-066"):
        blanks("甲：[[s:-]]\n" * (MOST_BLANKS + 1))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param("总计人民币（大写）[]（￥[]）", ["total_price#capital", "total_price"], id="in words first"),
        pytest.param("旅游费用总额[]元（大写：[]）", ["total_price", "total_price#capital"], id="in figures first"),
        pytest.param("全程[]日[]晚", ["days", "nights"], id="days and nights"),
        pytest.param("出发日期：[]年[]月[]日", [f"depart_on#{part}" for part in ("year", "month", "day")], id="date"),
        pytest.param(
            "甲方应当在[]年[]月[]日之前以", [f"cost.pay_by#{part}" for part in ("year", "month", "day")], id="due"
        ),
        pytest.param("合同号：[]", ["contract_no"], id="what is printed"),
        pytest.param(
            "旅游者在出发前解除合同的，按下列标准支付：\n出发前[]日至[]日，[]%；\n出发前[]日至[]日，[]%",
            [
                f"group_agreement.traveller_penalties.{at}.{name}"
                for at in (0, 1)
                for name in ("days_from", "days_to", "ratio")
            ],
            id="penalties by days",
        ),
        pytest.param(
            "旅行社提前[]日至[]日取消的，支付[]%",
            [f"group_agreement.agency_penalties.0.{name}" for name in ("days_from", "days_to", "ratio")],
            id="the agency's",
        ),
        pytest.param(
            "旅游者：[]　　　　旅行社：[]\n经双方协商订立本合同。\n旅游者：[]　　　　旅行社：[]",
            ["signatories.0.name", "agency.name", "@traveller_signature", "@agency_seal"],
            id="a name asked for twice is signed",
        ),
        pytest.param("旅游者签字：[]\n日期：[]", ["@traveller_signature", "signed_on"], id="the day of signing"),
    ],
)
def test_what_is_around_tells_what_is_meant(text: str, meant: Sequence[str]) -> None:
    assert meanings(text) == list(meant)


@pytest.mark.parametrize("name", [*figures.LEARNT, *figures.UNSEEN])
def test_documents_are_read_as_well_as_the_page_says(name: str) -> None:
    """What the page of figures tells, and each blank once: a row that reads worse is no slip."""
    found = figures.measured(making.made(name))
    said = next(line for line in figures.PAGE.read_text("utf-8").splitlines() if line.startswith(f"| `{name}`"))
    assert said == figures.row_of(found)
