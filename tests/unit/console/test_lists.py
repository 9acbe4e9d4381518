"""The list of the console: what stays in the address, what is sorted, what stands in files, who may open what."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.requests import Request

from gateway.access.powers import Power
from gateway.audit import AuditRow
from gateway.base.problems import Refused
from gateway.console.oversight.words import lines as log_lines
from gateway.console.rosters.words import TABLE, Choice, mistakes
from gateway.console.shell.appearance import Theme, address_of, look_of
from gateway.console.shell.bodies import Value, shown_body
from gateway.console.shell.menu import WhatWaits, bounded, menu
from gateway.console.shell.saved_views import (
    SavedView,
    cookie_of,
    saved_views,
    view_of,
    with_view,
    without_view,
)
from gateway.console.shell.tabular import A_PAGE, Cell, Row, offset_of, shown_table
from gateway.doors.list_files import text_file, workbook
from gateway.doors.listed_records import wanted_of
from gateway.persons.duties import Duty, powers_of
from gateway.store.database import Scope
from gateway.trust.codes import CodeScheme
from schemas import samples

SCHEME = CodeScheme("LY", 15, "TS")


def request(query: str = "", cookie: str = "") -> Request:
    headers = [(b"cookie", cookie.encode())] if cookie else []
    return Request({"type": "http", "scheme": "http", "query_string": query.encode(), "headers": headers})


def shown(query: str, *, count: int = 1) -> dict[str, Any]:
    cells = {column.name: Cell(text=column.name) for column in TABLE.columns}
    return shown_table(request(query), "zh", TABLE, [Row(name="a", cells=cells)], count=count, most=1000)


def test_the_filter_stays_in_the_address_and_a_choice_of_looks_does_not() -> None:
    asked = request("state=submitted&agency=%E5%98%89&page=3&lang=en&theme=dark&number=")
    assert address_of(asked, page=None) == "?state=submitted&agency=%E5%98%89"
    assert address_of(asked, page="4") == "?state=submitted&agency=%E5%98%89&page=4"


@pytest.mark.parametrize(
    ("query", "leads_to", "sorted_as"),
    [
        ("", "newest", "ascending"),
        ("order=newest&page=2", "oldest", "descending"),
        ("order=soonest", "oldest", ""),
    ],
)
def test_a_heading_sorts_and_turns_the_order_round(query: str, leads_to: str, sorted_as: str) -> None:
    heading = next(each for each in shown(query)["columns"] if each["name"] == "sent")
    assert heading["href"] == f"?order={leads_to}"
    assert heading["sorted"] == sorted_as


def test_pages_are_counted_as_far_as_the_list_goes() -> None:
    first, last = shown("state=submitted", count=A_PAGE + 1), shown("page=20", count=5000)
    assert (first["before"], first["after"], first["pages"]) == ("", "?state=submitted&page=2", 2)
    assert (last["pages"], last["after"], last["count"], last["is_more"]) == (20, "", "1,000", True)
    assert [view["is_here"] for view in first["views"]] == [True, False, False, False]
    assert first["files"][0]["href"] == "/rosters.xlsx?state=submitted"
    for beyond in ("page=0", "page=21", "page=x"):
        with pytest.raises(Refused):
            offset_of(request(beyond), 1000)


@pytest.mark.parametrize(
    ("name", "value"), [("state", "void"), ("order", "random"), ("departs_from", "2017-13-01"), ("departs_until", "x")]
)
def test_a_criterion_that_means_nothing_is_refused(name: str, value: str) -> None:
    with pytest.raises(Refused):
        wanted_of("roster", {name: value}, SCHEME)


def test_an_empty_criterion_is_none_and_a_number_is_read_as_records_bear_it() -> None:
    wanted = wanted_of("roster", {"state": "", "number": "　TG-1 ", "agency": "嘉\0示例"}, SCHEME)
    assert (wanted.state, wanted.number, wanted.agency) == (None, "TG-1", "嘉示例")


def test_no_cell_of_a_file_is_a_formula() -> None:
    lines = [["编号", "旅行社"], *([f"{sign}1+1", "x"] for sign in "=+-@＝＋－＠﹦")]
    rows = list(csv.reader(io.StringIO(text_file(lines).decode("utf-8-sig"))))
    assert all(row[0].startswith("'") for row in rows[1:])
    with zipfile.ZipFile(io.BytesIO(workbook(lines))) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def finding(field: str) -> dict[str, Any]:
    words = {"zh": "有误", "en": "wrong"}
    return {"code": "X-1", "severity": "error", "field": field, "title": words, "reason": words, "advice": words}


def test_a_body_stands_in_the_order_of_its_schema_with_findings_at_their_values() -> None:
    body = dict(sorted(samples.roster(1, travellers=2).items()))
    found = [finding("/exit_date"), finding("/travellers/1/document/expires_on"), finding("")]
    view = shown_body("roster", body, found, "zh")
    main = [value.title for value in view.groups[0].values]
    assert main[:2] == ["团队编号", "团队类型"]
    assert marked(view.groups[0].values) == ["出境日期"]
    people = next(grid for grid in view.grids if grid.title == "旅游者")
    assert people.columns[0] == "姓名"
    assert [marked(row) for row in people.rows] == [[], ["有效期至"]]
    assert [each.where for each in view.found] == ["有误", "旅游者 第 2 行 · 有误", "有误"]


def marked(values: Any) -> list[str]:
    return [value.title for value in values if isinstance(value, Value) and value.severity == "error"]


def test_a_roster_that_was_chosen_is_read_back() -> None:
    choice = Choice(key="TG/2017/1", agency_uscc="91110105MA00ABCD4R", version=3)
    assert Choice.read(str(choice)) == choice
    for strange in ("", "1/2", "x/91/TG", "1/91/", "²/91/TG"):
        with pytest.raises(ValueError, match=r"."):
            Choice.read(strange)


@pytest.mark.parametrize(
    ("decision", "reason", "wrong"),
    [
        ("audited", "", set()),
        ("returned", "第 2 位游客重复", set()),
        ("returned", "  ", {"reason"}),
        ("", "x", {"decision"}),
        ("submitted", "x", {"decision"}),
    ],
)
def test_a_return_needs_its_reason(decision: str, reason: str, wrong: set[str]) -> None:
    assert mistakes(decision, reason).keys() == wrong


_NOWHERE = Scope()


@dataclass(frozen=True)
class Somebody:
    """Who has these powers; of whom nothing else is asked here."""

    powers: frozenset[Power]
    name: str = "bureau/wang.fang"
    scope: Scope = _NOWHERE
    account: None = None

    def may(self, power: Power) -> bool:
        return power in self.powers


def test_the_menu_marks_where_one_is_and_what_waits() -> None:
    groups = menu(
        Somebody(powers_of({Duty.ROSTER_OFFICER})),
        "/rosters/TG-1",
        WhatWaits(counts={"rosters": 12, "alerts": 0}, since={}),
        "zh",
    )
    lines = {line.path: line for group in groups for line in group.lines}
    assert [path for path, line in lines.items() if line.is_here] == ["/rosters?state=submitted"]
    assert (lines["/rosters?state=submitted"].waiting, lines["/agencies"].waiting) == ("12", "")
    assert not {"/connectors", "/contracts", "/audit"} & lines.keys()
    assert bounded(1000) == "999+"


def test_a_line_comes_and_goes_with_what_waits() -> None:
    for count in (0, 2):
        waits = WhatWaits(counts={"declined": count}, since={})
        groups = menu(Somebody(powers_of({Duty.QUALIFICATION_OFFICER})), "/guides", waits, "zh")
        lines = {line.path: line for group in groups for line in group.lines}
        assert ("/guides?state=declined" in lines) is bool(count)
        assert [path for path, line in lines.items() if line.is_here] == ["/guides?state=confirmed"]


@pytest.mark.parametrize(
    ("query", "cookie", "theme", "is_kept"),
    [("", "", Theme.AUTO, False), ("theme=dark", "", Theme.DARK, True), ("", "a=b; theme=light", Theme.LIGHT, False),
     ("theme=auto", "theme=dark", Theme.AUTO, True), ("theme=pink", "theme=dark", Theme.DARK, False)],
)  # fmt: skip
def test_a_look_is_chosen_and_remembered(query: str, cookie: str, theme: Theme, is_kept: bool) -> None:
    look = look_of(request(query, cookie))
    assert (look.theme, look.cookie is not None) == (theme, is_kept)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("roster.audited", "旅游团队名单表：已审验"),
        ("contract.view", "旅游电子合同：查看"),
        ("alert.close", "关闭告警"),
        ("nobody.knows", "nobody.knows"),
    ],
)
def test_acts_are_told_in_words(action: str, words: str) -> None:
    row = AuditRow(
        position=1, at=datetime(2026, 1, 1, tzinfo=UTC), actor="a", action=action, object="o", division="", detail={}
    )
    assert log_lines([row], "zh")[0].cells["action"].text == words


def test_a_view_is_a_filter_under_a_name_in_a_cookie() -> None:
    view = view_of("/rosters", "  先 出发 ", "?state=submitted&page=3&lang=en&agency=")
    assert view is not None
    assert (view.name, view.href) == ("先 出发", "/rosters?state=submitted")
    kept = cookie_of(request(), with_view([view], view)).partition(";")[0]
    assert saved_views(request(cookie=kept)) == [view]
    assert without_view([view], "/rosters", "先 出发") == []
    many = [view_of("/rosters", f"视图{number}", f"agency={'旅' * 30}{number}") for number in range(40)]
    names: list[SavedView] = []
    for each in many:
        assert each is not None
        names = with_view(names, each)
    assert names[-1].name == "视图39"
    assert len(cookie_of(request(), names)) < 4096


@pytest.mark.parametrize(
    ("path", "name", "query"),
    [
        ("//elsewhere.example", "a", "x=1"),
        ("https://elsewhere.example", "a", "x=1"),
        ("/rosters", "", "state=audited"),
        ("/rosters", "长" * 21, "state=audited"),
        ("/rosters", "a", "page=2"),
    ],
)
def test_what_is_no_filter_of_a_list_is_no_view(path: str, name: str, query: str) -> None:
    assert view_of(path, name, query) is None


@pytest.mark.parametrize("cookie", ["views=", "views=e30=", "views=%%%", "views=W10=", "views=W1sxLDIsM11d"])
def test_a_cookie_that_is_not_ours_holds_no_views(cookie: str) -> None:
    assert saved_views(request(cookie=cookie)) == []
