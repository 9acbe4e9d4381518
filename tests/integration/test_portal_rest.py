"""The REST portal through the Portal interface: windows, tokens, signatures, conflicts, and every way it misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from adapters.errors import Barred, Fatal, Retriable
from adapters.mapping.cleaners.moments import CHINA
from adapters.transports.portal import Conflict, Page, Portal, TokenExpired, Window
from adapters.transports.portal_http import HttpAnswer, PortalHttp
from adapters.transports.portal_rest import signature
from adapters.transports.portals import open_portal
from tests.portals import RunningPortal, accepted, change, connector, opening, pages, running_portal

SECRETS = {"APP_KEY": "testOnlyAppKey", "APP_SECRET": "testOnlyappSecret"}
RECORDS = 25


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    folder = tmp_path_factory.mktemp("rest")
    with running_portal("portal_rest.py", folder, "--records", RECORDS, **SECRETS) as running:
        yield running


@pytest.fixture
def opened(served: RunningPortal, tmp_path: Path) -> Iterator[Callable[..., Portal]]:
    def open_(**secrets: str) -> Portal:
        known = {f"env:DONGHAI_{name}": value for name, value in (SECRETS | secrets).items()}
        return opened(connector("donghai", page_size="10"), {"env:DONGHAI_URL": f"{served.url}/api"} | known, tmp_path)

    with opening(served) as opened:
        yield open_


@pytest.fixture
def portal(opened: Callable[..., Portal]) -> Portal:
    return opened()


def records(page: Page) -> list[dict[str, Any]]:
    return orjson.loads(page.raw)["data"]["records"]


def canonical(kind: str, page: Page) -> list[dict[str, Any]]:
    return accepted(connector("donghai"), kind, page.raw)


def test_the_signature_is_that_of_the_worked_example() -> None:
    made = signature("testOnlyAppKey", "testOnlyappSecret", "1635478320000")
    assert made == "89037df84706b6e4ebb58fde9d8f0cf94560b438"


@pytest.mark.parametrize("kind", ["agency", "branch", "outlet", "filing", "guide", "leader"])
def test_every_record_of_every_kind_is_delivered_once_and_maps_without_a_finding(portal: Portal, kind: str) -> None:
    found = [body for page in pages(portal, kind) for body in canonical(kind, page)]
    assert len(found) == RECORDS
    assert len({orjson.dumps(body) for body in found}) == RECORDS


def test_a_page_tells_its_latest_change_in_whatever_form_it_was_written(portal: Portal) -> None:
    for page in pages(portal, "agency"):
        assert page.newest == max(body["changed_at"] for body in canonical("agency", page))
    forms = {type(record["updateTime"]) for page in pages(portal, "agency") for record in records(page)}
    assert forms == {str, int}


def test_a_window_holds_its_beginning_and_not_its_end(portal: Portal) -> None:
    (first, second, *_) = canonical("agency", portal.page("agency", Window()))
    only = portal.page("agency", Window(first["changed_at"], second["changed_at"]))
    assert [body["uscc"] for body in canonical("agency", only)] == [first["uscc"]]
    empty = portal.page("agency", Window("2024-01-01T00:00:00", "2024-01-02T00:00:00"))
    assert (records(empty), empty.newest, empty.next, empty.is_empty) == ([], None, None, True)


def test_a_forgotten_page_token_is_said(served: RunningPortal, portal: Portal) -> None:
    page = portal.page("agency", Window())
    served.faults(times=1, expire_tokens=True)
    with pytest.raises(TokenExpired):
        portal.page("agency", Window(), page.next)
    assert len(pages(portal, "agency")) == 3


@pytest.mark.parametrize("fault", ["down", "half_page", "html", "wrong_charset"])
def test_half_and_wrong_answers_are_worth_another_try(served: RunningPortal, portal: Portal, fault: str) -> None:
    served.faults(times=1, **{fault: True})
    with pytest.raises(Retriable):
        portal.page("agency", Window())
    assert len(records(portal.page("agency", Window()))) == 10


def test_an_error_tells_the_portals_code_and_message_and_nothing_else_of_its_answer(
    monkeypatch: pytest.MonkeyPatch, portal: Portal
) -> None:
    said = {"code": 412, "message": "身份不符", "data": {"legalPerson": "周示例"}}
    for raw, told in (
        (orjson.dumps(said), ["412 身份不符"]),
        (orjson.dumps({**said, "message": "长" * 1000}), ["412", "长" * 100]),
        (orjson.dumps({**said, "message": {"legalPerson": "周示例"}}), ["412"]),
        ('{"legalPerson": "周示例", '.encode(), ["application/json"]),
        ('{"legalPerson": "周示例"}'.encode(), []),
    ):
        answer = HttpAnswer(200, {"content-type": "application/json"}, raw)
        monkeypatch.setattr(PortalHttp, "ask", lambda *_, answer=answer, **__: answer)
        with pytest.raises((Fatal, Retriable)) as failure:
            portal.page("agency", Window())
        assert all(part in str(failure.value) for part in told)
        assert "周示例" not in str(failure.value)
        assert len(str(failure.value)) < 300
    answer = HttpAnswer(404, {"content-type": "text/html"}, "<p>周示例</p>".encode())
    monkeypatch.setattr(PortalHttp, "ask", lambda *_, **__: answer)
    with pytest.raises(Barred) as refusal:
        portal.push(change("agency", "1", 1, {}, "m-8"))
    assert "周" not in str(refusal.value)
    assert r"\x" not in str(refusal.value)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_portal_says_how_long_to_wait(served: RunningPortal, portal: Portal, status: int) -> None:
    served.faults(times=2, busy=status)
    for _ in range(2):
        with pytest.raises(Retriable) as refusal:
            portal.page("agency", Window())
        assert refusal.value.wait_seconds == 2.0
    assert records(portal.page("agency", Window()))


@pytest.mark.parametrize("wrong", ["APP_KEY", "APP_SECRET"])
def test_wrong_credentials_bar_the_way(opened: Callable[..., Portal], wrong: str) -> None:
    with pytest.raises(Barred):
        opened(**{wrong: "wrong"}).page("agency", Window())


def test_a_missing_credential_bars_the_way_before_anything_is_sent(opened: Callable[..., Portal]) -> None:
    with pytest.raises(Barred, match="APP_SECRET"):
        opened(APP_SECRET="")


def test_a_path_that_the_portal_does_not_know_is_fatal(served: RunningPortal, tmp_path: Path) -> None:
    kinds = {"agency": {"path": "/nowhere"}}
    known = {f"env:DONGHAI_{name}": value for name, value in SECRETS.items()} | {"env:DONGHAI_URL": f"{served.url}/api"}
    lost = open_portal(connector("donghai", kinds=kinds), known.get, tmp_path)
    with pytest.raises(Fatal):
        lost.page("agency", Window())
    with pytest.raises(Fatal, match="branch"):
        lost.page("branch", Window())
    lost.close()


def test_nobody_listening_is_worth_another_try(opened: Callable[..., Portal]) -> None:
    with pytest.raises(Retriable):
        opened(URL="http://127.0.0.1:9/api").page("agency", Window())


@pytest.mark.parametrize("skew", [7200, -7200])
def test_a_portal_whose_clock_is_off_is_spoken_to_in_its_own_time(
    served: RunningPortal, portal: Portal, skew: int
) -> None:
    served.faults(clock_skew_seconds=skew)
    assert records(portal.page("agency", Window()))
    served.faults()
    assert records(portal.page("agency", Window()))


def test_what_a_fast_clock_stamps_is_told_as_stamped(served: RunningPortal, portal: Portal) -> None:
    served.faults(clock_skew_seconds=1800)
    served.change("leader", served.keys("leader")[0], tel="0571-80000001")
    newest = pages(portal, "leader")[-1].newest
    assert newest is not None
    ahead = datetime.fromisoformat(newest).replace(tzinfo=CHINA) - datetime.now(CHINA)
    assert timedelta(minutes=29) < ahead <= timedelta(minutes=31)


def test_changes_of_a_lagging_portal_come_late_under_their_own_time(served: RunningPortal, portal: Portal) -> None:
    key = served.keys("agency")[1]
    before = canonical("agency", portal.page("agency", Window()))[1]
    changed = served.change("agency", key, tel="0571-81111111")
    served.faults(lag_seconds=3600)
    assert before in [body for page in pages(portal, "agency") for body in canonical("agency", page)]
    served.faults()
    stamped = datetime.fromtimestamp(changed["changed_ms"] // 1000, CHINA).replace(tzinfo=None).isoformat()
    (late,) = canonical("agency", portal.page("agency", Window(stamped)))
    assert (late["uscc"], late["phone"], late["changed_at"]) == (key, "0571-81111111", stamped)


def test_rows_may_come_twice_and_in_disorder(served: RunningPortal, portal: Portal) -> None:
    plain = [record["creditCode"] for record in records(portal.page("outlet", Window()))]
    served.faults(duplicate=True, reorder=True)
    page = portal.page("outlet", Window())
    assert [record["creditCode"] for record in records(page)] == [key for key in reversed(plain) for _ in range(2)]
    assert page.newest == max(body["changed_at"] for body in canonical("outlet", page))


def test_a_record_that_changes_after_delivery_comes_again(served: RunningPortal, portal: Portal) -> None:
    key = served.keys("guide")[0]
    served.faults(times=1, change_after_delivery=True)
    (first, *_) = canonical("guide", portal.page("guide", Window()))
    last = canonical("guide", pages(portal, "guide")[-1])[-1]
    assert first["card_no"] == last["card_no"] == key
    assert last["revision"] == first["revision"] + 1


def test_a_deleted_record_is_listed_no_more(served: RunningPortal, portal: Portal) -> None:
    key = served.keys("outlet")[-1]
    served.control("delete", kind="outlet", key=key)
    assert key not in [record["creditCode"] for page in pages(portal, "outlet") for record in records(page)]
    served.change("outlet", key)


def test_a_pushed_change_arrives_in_the_portals_words_with_a_new_version(served: RunningPortal, portal: Portal) -> None:
    (filing, *_) = canonical("filing", portal.page("filing", Window()))
    decided = {
        **filing,
        "status": "approved",
        "decision": {"result": "approved", "decided_on": "2025-01-09", "document_no": "示文旅许〔2025〕1 号"},
    }
    key, held = filing["filing_no"], filing["revision"]
    assert portal.push(change("filing", key, held, decided, "m-1")) == held + 1
    body = served.read("filing", key)["body"]
    assert (body["bizState"], body["decideResult"], body["decideDate"]) == ("30", "1", "2025-01-09")
    (back,) = canonical("filing", portal.page("filing", Window("2025-06-01T00:00:00")))
    assert {name: value for name, value in back.items() if name not in ("revision", "changed_at")} == {
        name: value for name, value in decided.items() if name not in ("revision", "changed_at")
    }


def test_a_change_on_top_of_another_version_changes_nothing_and_says_which_is_held(
    served: RunningPortal, portal: Portal
) -> None:
    (agency, *_) = canonical("agency", portal.page("agency", Window()))
    served.change("agency", agency["uscc"], tel="0571-82222222")
    held = served.read("agency", agency["uscc"])
    with pytest.raises(Conflict) as conflict:
        portal.push(change("agency", agency["uscc"], agency["revision"], {**agency, "phone": "0571-1"}, "m-2"))
    assert conflict.value.revision == held["version"] == agency["revision"] + 1
    assert served.read("agency", agency["uscc"]) == held


def test_a_change_of_a_record_that_is_gone_is_a_conflict_without_a_version(
    served: RunningPortal, portal: Portal
) -> None:
    agency = canonical("agency", portal.page("agency", Window()))[5]
    served.control("delete", kind="agency", key=agency["uscc"])
    with pytest.raises(Conflict):
        portal.push(change("agency", agency["uscc"], agency["revision"], agency, "m-3"))
    served.change("agency", agency["uscc"])


def test_a_push_whose_answer_was_lost_is_taken_once(served: RunningPortal, portal: Portal) -> None:
    agency = canonical("agency", portal.page("agency", Window()))[3]
    sent = change("agency", agency["uscc"], agency["revision"], {**agency, "principal": "冯示例"}, "m-4")
    served.faults(times=1, drop_answer=True)
    with pytest.raises(Retriable):
        portal.push(sent)
    assert portal.push(sent) == agency["revision"] + 1
    assert [told["message_id"] for told in served.control("pushed")].count("m-4") == 1
    assert served.read("agency", agency["uscc"])["body"]["principal"] == "冯示例"


def test_a_value_that_the_record_leaves_out_is_cleared_at_the_portal(served: RunningPortal, portal: Portal) -> None:
    agency = canonical("agency", portal.page("agency", Window()))[4]
    without = {name: value for name, value in agency.items() if name != "phone"}
    portal.push(change("agency", agency["uscc"], agency["revision"], without, "m-5"))
    assert "tel" not in served.read("agency", agency["uscc"])["body"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_change_not_let_in_may_be_sent_again_and_a_refused_one_may_not(
    served: RunningPortal, portal: Portal, status: int
) -> None:
    agency = canonical("agency", portal.page("agency", Window()))[6]
    sent = change("agency", agency["uscc"], agency["revision"], agency, f"m-7-{status}")
    served.faults(times=2, busy=status)
    with pytest.raises(Barred):
        portal.push(sent)
    served.faults(times=1, busy=422)
    with pytest.raises(Fatal) as refusal:
        portal.push(sent)
    assert not isinstance(refusal.value, Barred)
    served.faults()
    assert portal.push(sent) == agency["revision"] + 1


def test_a_kind_that_the_portal_does_not_take_is_fatal(portal: Portal) -> None:
    with pytest.raises(Fatal, match="contract"):
        portal.push(change("contract", "1", 1, {}, "m-6"))


def test_the_program_ends_with_its_pipe(tmp_path: Path) -> None:
    with running_portal("portal_rest.py", tmp_path, **SECRETS) as running:
        assert running.process.stdin is not None
        running.process.stdin.close()
        assert running.process.wait(timeout=10) == 0
