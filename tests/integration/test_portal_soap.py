"""The SOAP portal through the Portal interface: windows of days, numbered pages, conflicts, and how it misbehaves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from adapters.errors import Barred, Fatal, Retriable
from adapters.transports.portal import Conflict, Page, Portal, TokenExpired, Window
from adapters.transports.portals import open_portal
from tests.portals import MAPPINGS, RunningPortal, accepted, change, connector, opening, pages, running_portal

CODE = "demo-verify-code"
RECORDS = 25


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    folder = tmp_path_factory.mktemp("soap")
    with running_portal("portal_soap.py", folder, "--records", RECORDS, VERIFY_CODE=CODE) as running:
        yield running


@pytest.fixture
def opened(served: RunningPortal, tmp_path: Path) -> Iterator[Callable[..., Portal]]:
    def open_(code: str = CODE, **source: Any) -> Portal:
        known = {"env:MINJIANG_URL": f"{served.url}/Service.asmx", "env:MINJIANG_CODE": code}
        return opened(connector("minjiang", page_size="10", **source), known, tmp_path)

    with opening(served) as opened:
        yield open_


@pytest.fixture
def portal(opened: Callable[..., Portal]) -> Portal:
    return opened()


def canonical(kind: str, page: Page) -> list[dict[str, Any]]:
    return accepted(connector("minjiang"), kind, page.raw)


def by_key(portal: Portal, kind: str, window: Window | None = None) -> dict[str, dict[str, Any]]:
    found = [body for page in pages(portal, kind, window) for body in canonical(kind, page)]
    name = "filing_no" if kind == "filing" else "uscc"
    assert len({body[name] for body in found}) == len(found)
    return {body[name]: body for body in found}


@pytest.mark.parametrize("kind", ["agency", "branch", "outlet", "filing"])
def test_every_record_of_every_kind_is_delivered_once_and_maps_without_a_finding(portal: Portal, kind: str) -> None:
    assert len(by_key(portal, kind)) == RECORDS


def test_areas_of_the_portals_own_become_divisions(portal: Portal) -> None:
    divisions = {body["division"] for body in by_key(portal, "agency").values()}
    assert divisions == {"350102", "350203", "350502", "350782"}


def test_a_page_tells_its_latest_change(portal: Portal) -> None:
    for page in pages(portal, "agency"):
        assert page.newest == max(body["changed_at"] for body in canonical("agency", page))


def test_a_window_is_asked_for_by_the_days_that_it_touches(portal: Portal) -> None:
    assert len(by_key(portal, "agency", Window("2025-01-01T09:30:00", "2025-01-01T10:00:00"))) == RECORDS
    empty = portal.page("agency", Window("2024-12-01T00:00:00", "2025-01-01T00:00:00"))
    assert (empty.newest, empty.next, empty.is_empty) == (None, None, True)


def test_a_record_that_leaves_the_window_between_two_pages_makes_it_begin_anew(
    served: RunningPortal, portal: Portal
) -> None:
    window = Window("2025-01-01T00:00:00", "2025-01-02T00:00:00")
    first = portal.page("outlet", window)
    served.change("outlet", served.keys("outlet")[0], 负责人="冯示例")
    with pytest.raises(TokenExpired):
        portal.page("outlet", window, first.next)
    assert len(pages(portal, "outlet", window)) == 3


class Listing(HTTPServer):
    """A portal that lists `keys` in pages of at most `cap`, and tells `total` of them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ListingDoor)
        self.keys = [f"{number:04d}" for number in range(90)]
        self.cap = 50
        self.total: str | None = None

    def answer(self, index: int) -> str:
        shown = self.keys[(index - 1) * self.cap : index * self.cap]
        total = f"<TotalCount>{len(self.keys)}</TotalCount>" if self.total is None else self.total
        records = "".join(f"<旅行社><社会信用代码>{key}</社会信用代码></旅行社>" for key in shown)
        return f"<A><Code>0</Code>{total}<旅行社列表>{records}</旅行社列表></A>"


class ListingDoor(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        index = int(asked.partition("pageIndex>")[2].partition("<")[0])
        assert isinstance(self.server, Listing)
        envelope = "http://schemas.xmlsoap.org/soap/envelope/"
        body = f'<s:Envelope xmlns:s="{envelope}"><s:Body>{self.server.answer(index)}</s:Body></s:Envelope>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml;charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def listing() -> Iterator[Listing]:
    with Listing() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def listed(listing: Listing, tmp_path: Path) -> Iterator[Portal]:
    known = {"env:MINJIANG_URL": f"http://127.0.0.1:{listing.server_port}", "env:MINJIANG_CODE": CODE}
    with closing(open_portal(connector("minjiang", page_size="100"), known.get, tmp_path)) as opened:
        yield opened


def test_a_portal_that_gives_fewer_records_a_page_than_asked_is_read_to_its_end(
    listing: Listing, listed: Portal
) -> None:
    found = pages(listed, "agency")
    assert [page.raw.count("<旅行社>".encode()) for page in found] == [50, 40]


@pytest.mark.parametrize("total", ["", "<Total>90</Total>", "<TotalCount/>", "<TotalCount>about 90</TotalCount>"])
def test_a_list_that_does_not_tell_its_total_is_fatal(listing: Listing, listed: Portal, total: str) -> None:
    listing.total = total
    with pytest.raises(Fatal, match="TotalCount"):
        listed.page("agency", Window())


@pytest.mark.parametrize("change", [lambda keys: keys.append("9999"), lambda keys: keys.pop(0)])
def test_a_total_that_changes_between_two_pages_makes_the_window_begin_anew(
    listing: Listing, listed: Portal, change: Callable[[list[str]], None]
) -> None:
    first = listed.page("agency", Window())
    change(listing.keys)
    with pytest.raises(TokenExpired):
        listed.page("agency", Window(), first.next)


def test_a_list_that_ends_before_its_total_or_goes_beyond_it_is_worth_another_try(
    listing: Listing, listed: Portal
) -> None:
    listing.total = "<TotalCount>120</TotalCount>"
    found = [listed.page("agency", Window())]
    found.append(listed.page("agency", Window(), found[-1].next))
    with pytest.raises(Retriable):
        listed.page("agency", Window(), found[-1].next)
    listing.total = "<TotalCount>2</TotalCount>"
    with pytest.raises(Retriable):
        listed.page("agency", Window())


def test_a_token_that_counts_no_records_makes_the_window_begin_anew(listed: Portal) -> None:
    with pytest.raises(TokenExpired):
        listed.page("agency", Window(), "2:90")


def test_rows_that_come_twice_count_once(served: RunningPortal, portal: Portal) -> None:
    served.faults(duplicate=True)
    assert len({body["uscc"] for page in pages(portal, "branch") for body in canonical("branch", page)}) == RECORDS


def test_a_row_that_the_portal_counts_twice_does_not_keep_its_list_from_ending(
    listing: Listing, listed: Portal
) -> None:
    listing.keys[1] = listing.keys[0]
    found = pages(listed, "agency")
    assert [page.raw.count("<旅行社>".encode()) for page in found] == [50, 40, 0]


@pytest.mark.parametrize("fault", ["down", "half_page", "html", "wrong_charset"])
def test_half_and_wrong_answers_are_worth_another_try(served: RunningPortal, portal: Portal, fault: str) -> None:
    served.faults(times=1, **{fault: True})
    with pytest.raises(Retriable):
        portal.page("agency", Window())
    assert len(canonical("agency", portal.page("agency", Window()))) == 10


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_portal_says_how_long_to_wait(served: RunningPortal, portal: Portal, status: int) -> None:
    served.faults(times=1, busy=status)
    with pytest.raises(Retriable) as refusal:
        portal.page("agency", Window())
    assert refusal.value.wait_seconds == 2.0


def test_a_wrong_verification_code_bars_the_way(opened: Callable[..., Portal]) -> None:
    with pytest.raises(Barred, match="验证码"):
        opened("wrong").page("agency", Window())


def test_an_operation_that_the_wsdl_does_not_have_is_fatal(opened: Callable[..., Portal]) -> None:
    lost = opened(kinds={"agency": {"list": "GetNothing", "record": "旅行社"}})
    with pytest.raises(Fatal, match="GetNothing"):
        lost.page("agency", Window())


def test_an_operation_that_the_portal_does_not_have_is_fatal(served: RunningPortal, tmp_path: Path) -> None:
    loaded = connector("minjiang")
    wsdl = (MAPPINGS / "minjiang" / "portal.wsdl").read_text("utf-8").replace("GetAgencyList", "GetAllList")
    (tmp_path / "portal.wsdl").write_text(wsdl, "utf-8")
    object.__setattr__(loaded, "folder", tmp_path)
    source = {**(loaded.source or {}), "kinds": {"agency": {"list": "GetAllList", "record": "旅行社"}}}
    object.__setattr__(loaded, "source", source)
    known = {"env:MINJIANG_URL": served.url, "env:MINJIANG_CODE": CODE}
    lost = open_portal(loaded, known.get, tmp_path)
    with pytest.raises(Fatal, match="GetAllList"):
        lost.page("agency", Window())
    lost.close()


@pytest.mark.parametrize(("place", "why"), [("http://127.0.0.1:9/x.xsd", r"x\.xsd"), ("x.xsd", "stands alone")])
def test_a_wsdl_that_refers_elsewhere_is_refused_and_nothing_is_fetched(tmp_path: Path, place: str, why: str) -> None:
    loaded = connector("minjiang")
    imported = f'<xs:import namespace="urn:x" schemaLocation="{place}"/>'
    (tmp_path / "x.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x"/>', "ascii"
    )
    wsdl = (MAPPINGS / "minjiang" / "portal.wsdl").read_text("utf-8")
    wsdl = wsdl.replace('elementFormDefault="qualified">', f'elementFormDefault="qualified">{imported}', 1)
    (tmp_path / "portal.wsdl").write_text(wsdl, "utf-8")
    object.__setattr__(loaded, "folder", tmp_path)
    known = {"env:MINJIANG_URL": "http://127.0.0.1:9", "env:MINJIANG_CODE": CODE}
    with pytest.raises(Fatal, match=why):
        open_portal(loaded, known.get, tmp_path)


def test_a_portal_whose_clock_is_off_is_read_all_the_same(served: RunningPortal, portal: Portal) -> None:
    served.faults(clock_skew_seconds=7200)
    assert portal.page("agency", Window()).newest


def test_a_lagging_portal_shows_the_old_version_until_later(served: RunningPortal, portal: Portal) -> None:
    key = served.keys("agency")[1]
    before = by_key(portal, "agency")[key]
    served.change("agency", key, 联系电话="0591-81111111")
    served.faults(lag_seconds=3600)
    assert by_key(portal, "agency")[key] == before
    served.faults()
    assert by_key(portal, "agency")[key]["phone"] == "0591-81111111"


def test_rows_may_come_twice_and_in_disorder(served: RunningPortal, portal: Portal) -> None:
    plain = [body["uscc"] for body in canonical("branch", portal.page("branch", Window()))]
    served.faults(duplicate=True, reorder=True)
    page = portal.page("branch", Window())
    found = canonical("branch", page)
    assert [body["uscc"] for body in found] == [key for key in reversed(plain) for _ in range(2)]
    assert page.newest == max(body["changed_at"] for body in found)


def test_a_record_that_changes_after_delivery_is_newer_when_it_is_read_again(
    served: RunningPortal, portal: Portal
) -> None:
    served.faults(times=1, change_after_delivery=True)
    first = canonical("branch", portal.page("branch", Window()))[0]
    again = by_key(portal, "branch")[first["uscc"]]
    assert again["revision"] == first["revision"] + 1


def test_a_deleted_record_is_listed_no_more(served: RunningPortal, portal: Portal) -> None:
    key = served.keys("branch")[-1]
    served.control("delete", kind="branch", key=key)
    assert key not in by_key(portal, "branch")
    served.change("branch", key)


def test_a_pushed_decision_arrives_in_the_portals_words_with_a_new_version(
    served: RunningPortal, portal: Portal
) -> None:
    key, filing = next(iter(by_key(portal, "filing").items()))
    step = {"seq_no": 2, "name": "决定", "done_on": "2025-01-09"}
    decided = {
        **filing,
        "status": "refused",
        "steps": [*filing["steps"], step],
        "decision": {"result": "refused", "decided_on": "2025-01-09", "reason": "材料 <不齐> & 过期"},
    }
    assert portal.push(change("filing", key, filing["revision"], decided, "m-1")) == filing["revision"] + 1
    held = served.read("filing", key)["body"]
    assert (held["审核状态"], held["审批结果"], held["审批日期"]) == ("2", "退回", "2025-01-09T00:00:00")
    back = by_key(portal, "filing")[key]
    assert {name: value for name, value in back.items() if name not in ("revision", "changed_at")} == {
        name: value for name, value in decided.items() if name not in ("revision", "changed_at")
    }


def test_a_change_on_top_of_another_version_changes_nothing_and_says_which_is_held(
    served: RunningPortal, portal: Portal
) -> None:
    key, agency = next(iter(by_key(portal, "agency").items()))
    served.change("agency", key, 联系电话="0591-82222222")
    held = served.read("agency", key)
    with pytest.raises(Conflict) as conflict:
        portal.push(change("agency", key, agency["revision"], agency, "m-2"))
    assert conflict.value.revision == held["version"] == agency["revision"] + 1
    assert served.read("agency", key) == held


def test_a_change_of_a_record_that_is_gone_is_a_conflict_without_a_version(
    served: RunningPortal, portal: Portal
) -> None:
    key, agency = list(by_key(portal, "agency").items())[5]
    served.control("delete", kind="agency", key=key)
    with pytest.raises(Conflict) as conflict:
        portal.push(change("agency", key, agency["revision"], agency, "m-3"))
    assert conflict.value.revision is None
    served.change("agency", key)


def test_a_push_whose_answer_was_lost_is_taken_once(served: RunningPortal, portal: Portal) -> None:
    key, agency = list(by_key(portal, "agency").items())[6]
    sent = change("agency", key, agency["revision"], {**agency, "principal": "冯示例"}, "m-4")
    served.faults(times=1, drop_answer=True)
    with pytest.raises(Retriable):
        portal.push(sent)
    assert portal.push(sent) == agency["revision"] + 1
    assert [told["message_id"] for told in served.control("pushed")].count("m-4") == 1


def test_a_value_that_the_record_leaves_out_is_cleared_at_the_portal(served: RunningPortal, portal: Portal) -> None:
    key, agency = list(by_key(portal, "agency").items())[7]
    without = {name: value for name, value in agency.items() if name != "phone"}
    portal.push(change("agency", key, agency["revision"], without, "m-5"))
    assert "联系电话" not in served.read("agency", key)["body"]


def test_a_state_that_the_portal_has_no_word_for_is_fatal(portal: Portal) -> None:
    key, filing = list(by_key(portal, "filing").items())[3]
    with pytest.raises(Fatal, match="withdrawn"):
        portal.push(change("filing", key, filing["revision"], {**filing, "status": "withdrawn"}, "m-6"))


def test_a_kind_that_the_portal_does_not_take_is_fatal(portal: Portal) -> None:
    with pytest.raises(Fatal, match="branch"):
        portal.push(change("branch", "1", 1, {}, "m-7"))
