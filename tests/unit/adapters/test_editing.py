"""One field of a mapping text is given its source; the rest stays as it was written."""

from __future__ import annotations

import pytest

from adapters.mapping.editing import with_entry
from adapters.mapping.loader import parse
from adapters.mapping.strict_yaml import BadConfiguration

TEXT = """\
# 手写说明 a remark
mapping: demo.contract@1
target: contract.v1
read: {format: json, records: data}
key: [business_no]
fields:
  business_no:    {from: no}  # 0.9; name no
  depart_on:
    from: start
    via: [cn_date]
  travellers:
    each: pax
    fields:
      name:       {from: xm}

  # 末尾说明 the last remark
unseen: [remark]
"""


def changed(text: str, other: str) -> list[str]:
    """The lines of `other` that are not in `text`."""
    before = text.splitlines()
    return [line for line in other.splitlines() if line not in before]


def test_a_field_that_is_there_is_replaced_with_its_comment() -> None:
    edited = with_entry(TEXT, "business_no", "{from: code}", {})
    assert changed(TEXT, edited.text) == ["  business_no:    {from: code}"]
    assert edited.text.splitlines()[edited.line - 1] == "  business_no:    {from: code}"
    assert parse(edited.text)


def test_a_field_of_several_lines_becomes_one() -> None:
    edited = with_entry(TEXT, "depart_on", "{from: begin, via: [cn_date]}", {})
    assert changed(TEXT, edited.text) == ["  depart_on: {from: begin, via: [cn_date]}"]
    assert len(edited.text.splitlines()) == len(TEXT.splitlines()) - 2
    assert parse(edited.text)


def test_a_new_field_comes_after_its_siblings_and_before_the_remarks() -> None:
    edited = with_entry(TEXT, "travellers/document.number", "{from: zjh}", {"travellers": "pax"})
    lines = edited.text.splitlines()
    assert lines[edited.line - 1] == "      document.number: {from: zjh}"
    assert lines[edited.line - 2].strip().startswith("name:")
    assert "  # 末尾说明 the last remark" in lines
    assert {"name", "document.number"} <= {each.target for each in parse(edited.text).fields[2].fields}


def test_a_list_that_is_not_there_is_begun() -> None:
    edited = with_entry(TEXT, "itinerary.days/activities/name", "{from: n}", {
        "itinerary.days": "days", "itinerary.days/activities": "acts",
    })  # fmt: skip
    assert changed(TEXT, edited.text) == [
        "  itinerary.days:", "    each: days", "      activities:", "        each: acts", "        fields:",
        "          name: {from: n}",
    ]  # fmt: skip


def test_a_list_of_one_item_is_begun_with_its_item() -> None:
    edited = with_entry(TEXT, "guides/name", "{from: dy}", {"guides": ""})
    assert changed(TEXT, edited.text) == ["  guides:", "    one:", "      name: {from: dy}"]
    assert parse(edited.text)


@pytest.mark.parametrize(
    "text",
    [
        "mapping: demo.contract@1\nfields: {business_no: {from: no}}\n",
        "mapping: demo.contract@1\n",
        "fields: {}\n",
        "- a\n",
        "fields: [\n",
        "",
    ],
)
def test_what_cannot_be_edited_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(BadConfiguration):
        with_entry(text, "group_no", "{from: a}", {})
