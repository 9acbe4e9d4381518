"""What is printed of a roster of each type."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.seals.faces import SealKind
from gateway.seals.forms import Checkable, Standing, form_of
from schemas import samples
from schemas.codelists import codelist

CHECKABLE = Checkable(code="MD26", printed="MD26", qr_svg="<svg/>", submission="0199", content_hash="ab" * 32)
WAITING = Standing(state="submitted", version=1, reported_on=date(2017, 7, 28))
CROSSING = ("outbound", "hk_macau", "taiwan", "border")


def form(roster_type: str, standing: Standing = WAITING, **changed: Any) -> dict[str, Any]:
    return form_of(samples.roster(0, travellers=2) | {"roster_type": roster_type} | changed, standing, CHECKABLE)


def facts(printed: dict[str, Any]) -> dict[str, str]:
    return {label: value for line in printed["facts"] for label, value in line}


def audited(**changed: Any) -> Standing:
    given = {"state": "audited", "version": 1, "reported_on": date(2017, 7, 28), "authority": "示例市旅发委"}
    return Standing(**given | {"decided_on": date(2017, 7, 29), "decided_version": 1} | changed)


@pytest.mark.parametrize("roster_type", codelist("roster_types"))
def test_every_type_has_a_form_with_a_value_in_each_column(roster_type: str) -> None:
    printed = form(roster_type)
    assert printed["title"].endswith("名单表")
    assert {len(row) for row in printed["people"]} == {len(printed["columns"])}
    assert [row[0] for row in printed["people"]] == ["1", "2"]
    headings = [heading for heading, _ in printed["columns"]]
    assert len(set(headings)) == len(headings)
    numbers = [heading for heading in headings if heading in ("护照号码", "通行证号码", "证件号码")]
    assert len(numbers) == 1
    assert printed["people"][0][headings.index(numbers[0])] == "E20000000"


@pytest.mark.parametrize(
    ("roster_type", "copies"), [*((each, 4) for each in CROSSING), ("inbound", 2), ("domestic", 2)]
)
def test_groups_that_leave_have_two_copies_for_the_border(roster_type: str, copies: int) -> None:
    printed = form(roster_type)
    assert len(printed["copies"]) == copies
    assert ("出境边防检查站" in printed["copies"][0]) is (copies == 4)
    assert ("边防检查站加注" in [box["title"] for box in printed["boxes"]]) is (copies == 4)


def test_codes_are_printed_as_words() -> None:
    printed = facts(form("outbound"))
    assert printed["出境日期/口岸"] == "2017-08-04　北京首都国际机场"
    assert printed["前往国家（地区）"] == "泰国"
    assert printed["男/女"] == "1 / 1"


def test_fields_of_the_form_are_printed_empty_and_others_left_out() -> None:
    printed = facts(form("outbound", leader={"name": "郑领队"}, destination_countries=[]))
    assert printed["领队证号"] == "　"
    assert "前往国家（地区）" not in printed


def test_groups_at_home_show_guides_and_vehicles() -> None:
    more = {"guides": [{"name": "导游甲", "card_no": "DZG1"}], "vehicles": [{"plate_no": "京A00001"}]}
    printed = facts(form("domestic", depart_on="2017-08-04", return_on="2017-08-08", **more))
    assert (printed["导游"], printed["车辆"], printed["出发日期"]) == ("导游甲　DZG1", "京A00001", "2017-08-04")


@pytest.mark.parametrize(
    ("standing", "notices"),
    [
        (WAITING, ["未用印", "待审验，未用印"]),
        (audited(), ["未用印", "已审验，未用印"]),
        (audited(state="returned"), ["未用印", "已退回，未用印"]),
        (audited(sealed=frozenset({SealKind.REPORT})), [None, "已审验，未用印"]),
        (audited(sealed=frozenset(SealKind)), [None, None]),
    ],
)
def test_a_box_has_a_seal_or_says_that_it_has_none(standing: Standing, notices: list[str | None]) -> None:
    boxes = form("outbound", standing)["boxes"][:2]
    assert [box["notice"] for box in boxes] == notices
    assert [box["role"] is None for box in boxes] == [notice is not None for notice in notices]


@pytest.mark.parametrize(("state", "warns"), [("submitted", True), ("returned", True), ("audited", False)])
def test_what_is_not_audited_says_so_on_top(state: str, warns: bool) -> None:
    assert (form("outbound", audited(state=state))["warning"] is not None) is warns


def test_a_later_version_says_which_was_audited() -> None:
    assert "第 1 版已审验；此后只减少人员，现为第 3 版。" in form("outbound", audited(version=3))["notes"]
    assert "主管部门意见：请补充口岸" in form("outbound", audited(state="returned", reason="请补充口岸"))["notes"]
