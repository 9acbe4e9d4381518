"""Templates filled in: what is filled keeps its look and breaks out of nothing, what a mark reaches is values alone."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import pytest
from docx import Document
from docx.shared import Pt, RGBColor
from jinja2.exceptions import TemplateError

from adapters.word.blanks import read
from adapters.word.checking import checked
from adapters.word.filling import filled
from adapters.word.forms import NOTHING
from adapters.word.marks import mark_of, marked
from adapters.word.preview import preview
from schemas import samples
from tests.word import making

CONTRACT: Mapping[str, Any] = {
    "route_name": "三亚双飞五日游",
    "agency": {"name": "样例旅行社", "license_no": "L-FJ00001"},
    "total_price": "11940.00",
    "depart_on": "2026-12-05",
    "group_mode": "joined",
    "supplementary_clause": "无",
    "travellers": [{"name": "张三"}, {"name": "李四"}],
}


def saved(document: Any) -> bytes:
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def template(text: str) -> bytes:
    document = Document()
    document.add_paragraph(text)
    return saved(document)


def text_of(document: bytes) -> str:
    opened = Document(io.BytesIO(document))
    cells = (cell.text for table in opened.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(each.text for each in opened.paragraphs), *cells])


def print_of(text: str, contract: Mapping[str, Any] = CONTRACT) -> str:
    return text_of(filled(template(text), contract, {}))


def codes_of(text: str) -> set[str]:
    return {finding.code for finding in checked(template(text)).findings}


def test_what_is_filled_in_has_the_look_of_its_blank() -> None:
    document = Document()
    paragraph = document.add_paragraph("线路：")
    run = paragraph.add_run("______")
    run.bold, run.font.size, run.font.color.rgb, run.font.name = True, Pt(18), RGBColor(200, 0, 0), "楷体"
    paragraph.add_run("，以下同").italic = True
    made = Document(io.BytesIO(filled(marked(saved(document), {1: "route_name"}), CONTRACT, {})))
    runs = [run for each in made.paragraphs for run in each.runs if run.text]
    (found,) = (run for run in runs if run.text == "三亚双飞五日游")
    assert (found.bold, found.font.size, found.font.color.rgb, found.font.name) == (
        True,
        Pt(18),
        RGBColor(200, 0, 0),
        "楷体",
    )
    assert found.underline
    assert next(run for run in runs if "以下同" in run.text).italic


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param("<w:t>&amp;</w:t>", "<w:t>&amp;</w:t>", id="markup"),
        pytest.param("]]></w:t></w:r>", "]]></w:t></w:r>", id="end of markup"),
        pytest.param("{{ agency.name }}{% if x %}{# y #}", "{{ agency.name }}{% if x %}{# y #}", id="marks"),
        pytest.param("&quot;&#60;", "&quot;&#60;", id="entities"),
        pytest.param("一\n二", "一\n二", id="lines"),
        pytest.param("一\t二", "一\t二", id="tabs"),
        pytest.param("一\x00\x07\x0b\x0c\x1b\uffff二", "一二", id="controls"),
        pytest.param("长" * 5000, "长" * 5000, id="long"),
    ],
)
def test_a_value_is_text_whatever_it_says(value: str, said: str) -> None:
    made = print_of("始{{ supplementary_clause }}终", {**CONTRACT, "supplementary_clause": value})
    assert made == f"始{said}终"


@pytest.mark.parametrize(
    "mark",
    [
        "{{ agency.__class__ }}",
        "{{ agency['__class__'] }}",
        "{{ agency.keys }}",
        "{{ agency.items() }}",
        "{{ cycler }}",
        "{{ lipsum.__globals__ }}",
        "{{ self }}",
        "{{ self.__init__ }}",
        "{{ namespace }}",
        "{% for t in travellers %}{{ loop.__init__ }}{% endfor %}",
        "{% for t in travellers %}{{ loop.cycle }}{% endfor %}",
        "{{ route_name.upper }}",
        "{{ route_name.format }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ travellers.append }}",
        "{{ travellers[0].__class__ }}",
    ],
)
def test_no_attribute_and_no_global_is_reached(mark: str) -> None:
    """The check finds it; filled in without a check it says nothing."""
    assert codes_of(mark)
    try:
        made = print_of(mark)
    except TemplateError:
        return
    assert not made.replace(NOTHING, "")


@pytest.mark.parametrize(
    "mark",
    [
        "{{ agency|attr('name') }}",
        "{{ route_name|upper }}",
        "{{ range(9) }}",
        "{{ 'x' * 999999999 }}",
        "{{ 9 ** 99999999 }}",
        "{{ -total_price }}",
        "{{ dict(a=1) }}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{{ travellers is callable }}",
        "{{ route_name.upper() }}",
        "{% macro m() %}{% endmacro %}{{ m() }}",
    ],
)
def test_nothing_is_called_reckoned_or_fetched(mark: str) -> None:
    assert codes_of(mark)
    with pytest.raises((TemplateError, TypeError)):
        print_of(mark)


@pytest.mark.parametrize(
    ("mark", "code"),
    [
        pytest.param("{{ agency.nmae }}", "FORMAT-071", id="no field"),
        pytest.param("{{ travellers }}", "FORMAT-072", id="a list"),
        pytest.param("{% for t in route_name %}{% endfor %}", "FORMAT-073", id="no list"),
        pytest.param("{% set x = route_name %}", "FORMAT-074", id="a name of its own"),
        pytest.param("{{ route_name|money }}", "FORMAT-075", id="another's form"),
        pytest.param("{{ group_mode|ticked('abroad') }}", "FORMAT-075", id="no code"),
        pytest.param("{% for t in travellers %}", "FORMAT-070", id="left open"),
        pytest.param(
            "{% for t in travellers %}{% for u in travellers %}{{ u.name }}{% endfor %}{% endfor %}",
            "FORMAT-074",
            id="a list within itself",
        ),
    ],
)
def test_a_mark_that_says_nothing_is_told(mark: str, code: str) -> None:
    assert codes_of(mark) == {code}


@pytest.mark.parametrize("mark", ["{{ a b }}", "{{ a }}{{ a b }}"])
def test_what_is_too_many_in_a_mark_is_not_called_missing(mark: str) -> None:
    (finding,) = checked(template(mark)).findings
    assert "多出“b”" in finding.reason.zh


@pytest.mark.parametrize(
    "mark",
    [
        "{{ }}",
        "{% for t in travellers %}",
        "{% endfor %}",
        "{% nonsense %}",
        "{{ a b }}",
        "{{ (a }}",
        "{{ a + 1 }}",
    ],
)
def test_what_is_wrong_with_a_mark_is_told_in_each_language_alone(mark: str) -> None:
    reasons = [finding.reason for finding in checked(template(mark)).findings]
    assert reasons
    for reason in reasons:
        quoted = re.compile(r"“[^”]*”|endfor|endif")
        assert not re.search("[a-z]{2,}", quoted.sub("", reason.zh)), reason.zh
        assert not re.search("[\u4e00-\u9fff]", quoted.sub("", reason.en)), reason.en


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("{{ depart_on|year }}年{{ depart_on|month }}月", "2026年12月"),
        ("{{ total_price|capital }}", "壹万壹仟玖佰肆拾元整"),
        ("{{ group_mode|ticked('joined') }}{{ group_mode|ticked('independent') }}", "■□"),
        ("{% for t in travellers %}{{ loop.index }}{{ t.name }}{% endfor %}", "1张三2李四"),
        ("{{ travellers[1].name }}{{ travellers.0.name }}", "李四张三"),
        ("{% if remark %}有{% else %}无{% endif %}", "无"),
        ("{{ remark }}", NOTHING),
        (
            "{% for d in itinerary.days %}{% for m in d.meals %}{{ m.place }}{% endfor %}{% endfor %}",
            "",
        ),
    ],
)
def test_what_a_template_may_say(mark: str, said: str) -> None:
    assert not codes_of(mark)
    assert print_of(mark) == said


def test_items_by_their_number_are_meanings_of_places() -> None:
    way = "group_agreement.traveller_penalties"
    assert mark_of(f"{way}.1.ratio") == f"{{{{ {way}.1.ratio }}}}"
    owed = {"traveller_penalties": [{"ratio": "20"}, {"ratio": "40"}]}
    contract = {**CONTRACT, "group_agreement": owed}
    mark = "".join(mark_of(f"{way}.{at}.ratio") for at in range(3))
    assert not codes_of(mark)
    assert print_of(mark, contract) == f"2040{NOTHING}"
    for wrong in (f"{way}.01.ratio", f"{way}.100.ratio", "agency.1.name"):
        with pytest.raises(ValueError, match="no meaning"):
            mark_of(wrong)


def test_two_lists_of_one_table_are_filled_each_for_itself() -> None:
    heads = ("| 店名 | 主要商品 | 停留时间 |", "| 项目 | 地点 | 费用 |")
    made = making.made_of("\n".join(f"{head}\n{'| [[c:-]] | [[c:-]] | [[c:-]] |' * 1}" for head in heads)).content
    meant = (
        "shopping/name",
        "shopping/goods",
        "shopping/stay_minutes",
        "activities/item",
        "activities/place",
        "activities/fee",
    )
    contract = {"shopping": [{"name": "甲店"}, {"name": "乙店"}], "activities": [{"item": "游船"}, {"item": "索道"}]}
    table = Document(io.BytesIO(filled(marked(made, dict(enumerate(meant, 1))), contract, {}))).tables[0]
    assert [row.cells[0].text for row in table.rows] == ["店名", "甲店", "乙店", "项目", "游船", "索道"]


@pytest.mark.parametrize("name", making.names())
def test_each_document_becomes_a_template_that_is_filled(name: str) -> None:
    made = making.made(name)
    found = len(read(Document(io.BytesIO(made.content))).blanks)
    meanings = dict(enumerate(made.meanings, 1)) if found == len(made.meanings) else {}
    result = marked(made.content, meanings)
    assert not checked(result).findings
    said = text_of(filled(result, samples.contract(1), {}))
    assert not re.search(r"\{\{|\{%|\}\}", said)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "</div><img src=x onerror=y>",
        "\ue010-1\ue011",
        "javascript:x",
        "<!-- -->",
        "&lt;b&gt;",
    ],
)
def test_a_preview_is_text_and_numbers(text: str) -> None:
    document = Document()
    document.add_paragraph(f"{text} 姓名：____")
    document.add_paragraph("标题", style="Heading 1")
    html = preview(saved(document), read(Document(io.BytesIO(saved(document)))))
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z0-9!]+)", html))
    assert tags == {"p", "h1", "a"}
    assert set(re.findall(r"\s([a-z]+)=", html.replace(text, ""))) <= {"class", "id", "href", "src", "onerror"}
    assert html.count("<a ") == 1
    assert 'href="#blank-1"' in html
