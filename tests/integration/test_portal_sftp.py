"""The SFTP portal through the Portal interface: whole exports, answers and their conflicts, and how it misbehaves.

Against the portal's own program, and delivery and reading also against a real OpenSSH sshd.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import paramiko
import pytest

from adapters.connector import Connector
from adapters.errors import Barred, Fatal, Retriable
from adapters.transports.manifest import parse
from adapters.transports.partner_server import PartnerServer, partner_server
from adapters.transports.portal import Page, Portal, Window
from adapters.transports.portals import open_portal
from adapters.transports.sftp import connected
from adapters.transports.sftp_options import options_of
from tests.conftest import free_port, until
from tests.portals import RunningPortal, accepted, change, connector, opening, running_portal

PASSWORD = "demo-password"
RECORDS = 12
KINDS = ["agency", "branch", "outlet", "filing"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jiangnan")


@pytest.fixture(scope="module")
def client_key(folder: Path) -> paramiko.PKey:
    key = paramiko.ECDSAKey.generate()
    key.write_private_key_file(str(folder / "client_key"))
    return key


@pytest.fixture(scope="module")
def served(folder: Path, client_key: paramiko.PKey) -> Iterator[RunningPortal]:
    secrets = {
        "PORTAL_USER": "yizhan",
        "PASSWORD": PASSWORD,
        "CLIENT_KEY": f"{client_key.get_name()} {client_key.get_base64()}",
    }
    arguments = ("--folder", folder / "files", "--records", RECORDS)
    with running_portal("portal_sftp.py", folder, *arguments, **secrets) as running:
        yield running


@pytest.fixture
def known(served: RunningPortal) -> dict[str, str]:
    return {
        "env:JIANGNAN_HOST": "127.0.0.1",
        "env:JIANGNAN_PORT": str(served.said["listening"]),
        "env:JIANGNAN_PASSWORD": PASSWORD,
        "env:JIANGNAN_HOST_KEY": served.said["host_key"],
    }


@pytest.fixture
def opened(served: RunningPortal, known: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Portal]]:
    def open_(loaded: Connector | None = None, **others: str) -> Portal:
        references = known | {f"env:JIANGNAN_{name}": value for name, value in others.items()}
        return opened(loaded or connector("jiangnan"), references, tmp_path / "scratch")

    with opening(served) as opened:
        yield open_


@pytest.fixture
def portal(opened: Callable[..., Portal]) -> Portal:
    return opened()


def whole(served: RunningPortal, portal: Portal, kind: str) -> Page:
    """A fresh whole export, fetched."""
    served.control("export", kind=kind, full=True)
    return portal.page(kind, Window())


def canonical(kind: str, raw: bytes) -> list[dict[str, Any]]:
    return accepted(connector("jiangnan"), kind, raw)


def first(served: RunningPortal, portal: Portal, kind: str, index: int = 0) -> tuple[str, dict[str, Any]]:
    name = "filing_no" if kind == "filing" else "uscc"
    key = served.keys(kind)[index]
    (found,) = [body for body in canonical(kind, whole(served, portal, kind).raw) if body[name] == key]
    return key, found


def taken(served: RunningPortal, message_id: str) -> dict[str, Any]:
    """What became of a message, as soon as the portal has looked at it."""
    served.control("take")
    (found,) = [told for told in served.control("pushed") if told["message_id"] == message_id]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_export_is_one_page_that_maps_without_a_finding(
    served: RunningPortal, portal: Portal, kind: str
) -> None:
    page = whole(served, portal, kind)
    found = canonical(kind, page.raw)
    assert len(found) == RECORDS
    assert page.newest == max(body["changed_at"] for body in found)
    assert (page.next, page.is_empty) == (None, False)
    assert page.filename.startswith(f"full_{kind}_")


def test_characters_beyond_gbk_arrive(served: RunningPortal, portal: Portal) -> None:
    page = whole(served, portal, "agency")
    with pytest.raises(UnicodeDecodeError):
        page.raw.decode("utf-8")
    people = {body["principal"] for body in canonical("agency", page.raw)}
    assert {"王䶮", "李㛃", "陈𬱟"} <= people


def test_the_newest_of_several_exports_counts(served: RunningPortal, portal: Portal) -> None:
    before = whole(served, portal, "branch")
    served.change("branch", served.keys("branch")[0], 电话="025-81111111")
    after = whole(served, portal, "branch")
    assert after.filename > before.filename
    assert "025-81111111" in {body["phone"] for body in canonical("branch", after.raw)}


def test_what_changed_since_the_last_export_comes_as_files_of_its_own(
    served: RunningPortal, known: dict[str, str], tmp_path: Path
) -> None:
    served.control("export", kind="outlet")
    assert served.control("export", kind="outlet") is None
    served.change("outlet", served.keys("outlet")[0], 电话="025-82222222")
    name = served.control("export", kind="outlet")
    source = connector("jiangnan").source or {}
    with connected(options_of(source, known.get), tmp_path) as opened:
        (found,) = [file for file in opened.ready() if file.name == name]
        fetched = opened.fetch(found)
    (body,) = canonical("outlet", fetched.path.read_bytes())
    fetched.manifest.check(fetched.sha256, 1)
    assert (body["phone"], body["revision"]) == ("025-82222222", 2)


def test_without_an_export_there_is_nothing_to_read_yet(served: RunningPortal, opened: Callable[..., Portal]) -> None:
    loaded = connector("jiangnan", kinds={"agency": {"full": "nothing_*.csv"}})
    with pytest.raises(Retriable):
        opened(loaded).page("agency", Window())


@pytest.mark.parametrize("kind", ["agency", "filing"])
def test_a_portal_that_keeps_nothing_exports_an_empty_whole(
    opened: Callable[..., Portal], tmp_path: Path, kind: str
) -> None:
    secrets = {"PORTAL_USER": "yizhan", "PASSWORD": PASSWORD}
    with running_portal("portal_sftp.py", tmp_path, "--folder", tmp_path / "files", **secrets) as bare:
        other = opened(PORT=str(bare.said["listening"]), HOST_KEY=bare.said["host_key"])
        page = whole(bare, other, kind)
        other.close()
    assert (page.is_empty, page.newest) == (True, None)


def test_there_are_no_windows_to_ask_for(portal: Portal) -> None:
    with pytest.raises(Fatal):
        portal.page("agency", Window("2026-11-02T00:00:00"))


def test_a_portal_that_is_down_is_worth_another_try(served: RunningPortal, portal: Portal) -> None:
    served.control("export", kind="agency", full=True)
    served.faults(down=True)
    with pytest.raises(Retriable):
        portal.page("agency", Window())
    served.faults()
    assert portal.page("agency", Window())


def test_a_busy_portal_is_worth_another_try(served: RunningPortal, portal: Portal) -> None:
    served.control("export", kind="agency", full=True)
    served.faults(times=1, busy=503)
    with pytest.raises(Retriable):
        portal.page("agency", Window())
    assert portal.page("agency", Window())


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("half_page", "agency"),
        ("half_page", "filing"),
        ("html", "agency"),
        ("html", "filing"),
        ("wrong_charset", "filing"),
    ],
)
def test_a_broken_export_is_worth_another_try_and_the_next_one_is_read(
    served: RunningPortal, portal: Portal, fault: str, kind: str
) -> None:
    served.faults(times=1, **{fault: True})
    with pytest.raises(Retriable):
        whole(served, portal, kind)
    assert len(canonical(kind, whole(served, portal, kind).raw)) == RECORDS


def test_a_table_that_is_not_in_the_usual_encoding_is_read_all_the_same(served: RunningPortal, portal: Portal) -> None:
    served.faults(times=1, wrong_charset=True)
    assert len(canonical("agency", whole(served, portal, "agency").raw)) == RECORDS


def test_rows_may_come_twice_and_in_disorder(served: RunningPortal, portal: Portal) -> None:
    plain = [body["uscc"] for body in canonical("agency", whole(served, portal, "agency").raw)]
    served.faults(duplicate=True, reorder=True)
    page = whole(served, portal, "agency")
    found = canonical("agency", page.raw)
    assert [body["uscc"] for body in found] == [key for key in reversed(plain) for _ in range(2)]
    assert page.newest == max(body["changed_at"] for body in found)


def test_a_lagging_portal_exports_the_old_version_until_later(served: RunningPortal, portal: Portal) -> None:
    key, before = first(served, portal, "branch", 2)
    served.change("branch", key, 电话="025-83333333")
    served.faults(lag_seconds=3600)
    assert before in canonical("branch", whole(served, portal, "branch").raw)
    served.faults()
    (late,) = [body for body in canonical("branch", whole(served, portal, "branch").raw) if body["uscc"] == key]
    assert late["phone"] == "025-83333333"


def test_a_fast_clock_stamps_what_changes(served: RunningPortal, portal: Portal, folder: Path) -> None:
    served.faults(clock_skew_seconds=1800)
    served.change("filing", served.keys("filing")[-1])
    page = whole(served, portal, "filing")
    assert page.newest is not None
    assert page.newest > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 8 * 3600 + 1700))
    (folder / "files/outbox" / (page.filename or "")).unlink()  # its name would be the newest for half an hour


def test_a_record_that_changes_after_delivery_is_newer_in_the_next_export(
    served: RunningPortal, portal: Portal
) -> None:
    served.faults(times=1, change_after_delivery=True)
    before = canonical("branch", whole(served, portal, "branch").raw)[0]
    after = {body["uscc"]: body for body in canonical("branch", whole(served, portal, "branch").raw)}
    assert after[before["uscc"]]["revision"] == before["revision"] + 1


def test_a_deleted_record_is_missing_from_the_whole(served: RunningPortal, portal: Portal) -> None:
    key = served.keys("outlet")[-1]
    served.control("delete", kind="outlet", key=key)
    assert key not in {body["uscc"] for body in canonical("outlet", whole(served, portal, "outlet").raw)}
    served.change("outlet", key)


def test_an_answer_is_taken_in_the_portals_words_and_moved_away(
    served: RunningPortal, portal: Portal, folder: Path
) -> None:
    key, agency = first(served, portal, "agency")
    assert portal.push(change("agency", key, agency["revision"], {**agency, "principal": "冯𬱟"}, "m-1")) is None
    assert taken(served, "m-1")["outcome"] == "taken"
    assert [file.name for file in sorted((folder / "files/inbox").glob("*.*"))] == []
    answer = folder / "files/inbox/done/answer_agency_m-1.csv"
    (row,) = csv.DictReader(io.StringIO(answer.read_bytes().decode("gb18030"), newline=""))
    assert (row["消息号"], row["版本号"], row["负责人"]) == ("m-1", str(agency["revision"]), "冯𬱟")
    (back,) = [body for body in canonical("agency", whole(served, portal, "agency").raw) if body["uscc"] == key]
    assert (back["principal"], back["revision"]) == ("冯𬱟", agency["revision"] + 1)


def test_the_portal_takes_answers_by_itself(served: RunningPortal, portal: Portal) -> None:
    key, agency = first(served, portal, "agency", 1)
    portal.push(change("agency", key, agency["revision"], agency, "m-2"))
    until(lambda: "m-2" in [told["message_id"] for told in served.control("pushed")], "it was taken", 10)


def test_a_decision_is_taken(served: RunningPortal, portal: Portal) -> None:
    key, filing = first(served, portal, "filing")
    decision = {"result": "refused", "decided_on": "2025-01-09", "reason": '材料不齐,"过期"'}
    portal.push(change("filing", key, filing["revision"], {**filing, "status": "refused", "decision": decision}, "m-3"))
    assert taken(served, "m-3")["outcome"] == "taken"
    (back,) = [body for body in canonical("filing", whole(served, portal, "filing").raw) if body["filing_no"] == key]
    assert (back["status"], back["decision"]) == ("refused", decision)


def test_an_answer_on_top_of_another_version_changes_nothing(served: RunningPortal, portal: Portal) -> None:
    key, agency = first(served, portal, "agency", 2)
    served.change("agency", key, 电话="025-84444444")
    held = served.read("agency", key)
    portal.push(change("agency", key, agency["revision"], {**agency, "phone": "025-1"}, "m-4"))
    assert taken(served, "m-4")["outcome"] == "conflict"
    assert served.read("agency", key) == held


def test_an_answer_that_is_sent_again_is_taken_once(served: RunningPortal, portal: Portal) -> None:
    key, agency = first(served, portal, "agency", 3)
    for _ in range(2):
        portal.push(change("agency", key, agency["revision"], agency, "m-5"))
        assert taken(served, "m-5")["version"] == agency["revision"] + 1
    assert served.read("agency", key)["version"] == agency["revision"] + 1


def test_a_value_that_the_record_leaves_out_is_cleared_at_the_portal(served: RunningPortal, portal: Portal) -> None:
    key, agency = first(served, portal, "agency", 4)
    without = {name: value for name, value in agency.items() if name != "phone"}
    portal.push(change("agency", key, agency["revision"], without, "m-6"))
    assert taken(served, "m-6")["outcome"] == "taken"
    assert "电话" not in served.read("agency", key)["body"]


def test_a_wrong_password_and_a_wrong_host_key_bar_the_way(opened: Callable[..., Portal]) -> None:
    other = paramiko.ECDSAKey.generate()
    for wrong in ({"PASSWORD": "wrong"}, {"HOST_KEY": f"{other.get_name()} {other.get_base64()}"}):
        with pytest.raises(Barred):
            opened(**wrong).page("agency", Window())


def test_a_key_opens_the_portal_as_well(served: RunningPortal, opened: Callable[..., Portal], folder: Path) -> None:
    loaded = connector("jiangnan", key=f"file:{folder / 'client_key'}")
    assert whole(served, opened(loaded, PASSWORD="wrong"), "agency")


def test_the_portal_shows_nothing_but_its_own_folder(known: dict[str, str], tmp_path: Path) -> None:
    source = {**(connector("jiangnan").source or {}), "folder": "/../.."}
    with connected(options_of({**source, "pattern": "*"}, known.get), tmp_path) as opened:
        assert opened.ready() == []


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PartnerServer]:
    with partner_server(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def delivered(sshd: PartnerServer, tmp_path: Path) -> Iterator[tuple[Portal, Path]]:
    """A portal behind OpenSSH, and its folder."""
    for name in ("outbox", "inbox"):
        (tmp_path / name).mkdir()
    options = sshd.options(tmp_path / "outbox")
    loaded = connector(
        "jiangnan",
        host=options.host,
        port=str(options.port),
        username=options.username,
        key=f"file:{options.key_file}",
        host_keys=[sshd.host_key()],
        folder=str(tmp_path / "outbox"),
        inbox=str(tmp_path / "inbox"),
    )
    with ExitStack() as stack:
        portal = open_portal(loaded, lambda _: None, tmp_path / "scratch")
        stack.callback(portal.close)
        yield portal, tmp_path


@pytest.mark.needs("sshd")
def test_openssh_delivers_a_whole_export(served: RunningPortal, folder: Path, delivered: tuple[Portal, Path]) -> None:
    portal, place = delivered
    name = served.control("export", kind="agency", full=True)
    for suffix in ("", ".ok"):
        (place / "outbox" / f"{name}{suffix}").write_bytes((folder / "files/outbox" / f"{name}{suffix}").read_bytes())
    page = portal.page("agency", Window())
    assert page.filename == name
    assert len(canonical("agency", page.raw)) == RECORDS


@pytest.mark.needs("sshd")
def test_openssh_takes_an_answer_and_then_its_marker(
    served: RunningPortal, portal: Portal, delivered: tuple[Portal, Path]
) -> None:
    key, agency = first(served, portal, "agency", 5)
    other, place = delivered
    for _ in range(2):
        other.push(change("agency", key, 1, agency, "m-7/8"))
    assert sorted(file.name for file in (place / "inbox").iterdir()) == [
        "answer_agency_m-7-8.csv",
        "answer_agency_m-7-8.csv.ok",
    ]
    written = (place / "inbox/answer_agency_m-7-8.csv").read_bytes()
    claimed = parse((place / "inbox/answer_agency_m-7-8.csv.ok").read_bytes())
    assert claimed.rows == 1
    assert agency["principal"] in written.decode("gb18030")


@pytest.mark.needs("sshd")
def test_an_inbox_that_is_not_there_is_fatal(delivered: tuple[Portal, Path]) -> None:
    portal, place = delivered
    (place / "inbox").rmdir()
    with pytest.raises(Fatal):
        portal.push(change("agency", "x", 1, {"uscc": "x"}, "m-9"))


def test_nobody_listening_is_worth_another_try(opened: Callable[..., Portal]) -> None:
    with pytest.raises(Retriable):
        opened(PORT=str(free_port())).page("agency", Window())
