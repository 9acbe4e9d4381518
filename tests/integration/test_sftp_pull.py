"""Pulling from a partner's server: a real OpenSSH sshd, and a wire that breaks."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import orjson
import psycopg
import pytest

from adapters.errors import Fatal, Retriable
from adapters.transports.manifest import BadManifest
from adapters.transports.partner_server import PartnerServer, partner_server
from adapters.transports.sftp import Changed, SftpSource, connected
from adapters.transports.sftp_options import Marker, SftpOptions
from gateway.base.settings import HttpSettings, Settings
from gateway.portals import watermarks
from gateway.portals.pull import Pulled, totals
from gateway.wiring.services import open_services
from tests.conftest import free_port
from tests.integration.sftp import export, issue_account
from tests.processes import ended

pytestmark = pytest.mark.needs("sshd")
SIZE = 3_000_000
OLD = 1_700_000_000
MAPPINGS = Path(__file__).parents[2] / "mappings"


class Wire:
    """A TCP proxy that counts what the server sends and cuts each connection after `budget` bytes of it."""

    def __init__(self, port: int) -> None:
        self._target = port
        self.budget: int | None = None
        self.sent = 0
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                server = socket.create_connection(("127.0.0.1", self._target))
                threading.Thread(target=self._carry, args=(client, server, None), daemon=True).start()
                threading.Thread(target=self._carry, args=(server, client, self.budget), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, budget: int | None) -> None:
        left = budget
        with suppress(OSError):
            while (left is None or left > 0) and (data := source.recv(16384 if left is None else min(left, 16384))):
                target.sendall(data)
                if target.getsockname()[1] == self.port:
                    self.sent += len(data)
                left = None if left is None else left - len(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PartnerServer]:
    with partner_server(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def wire(sshd: PartnerServer) -> Iterator[Wire]:
    made = Wire(sshd.port)
    yield made
    made.close()


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    """The partner's folder."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def options(sshd: PartnerServer, wire: Wire, outbox: Path) -> SftpOptions:
    return sshd.options(outbox, wire.port)


@pytest.fixture
def source(options: SftpOptions, tmp_path: Path) -> Iterator[SftpSource]:
    with connected(options, tmp_path / "scratch") as opened:
        yield opened


def lay(folder: Path, name: str, content: bytes = b"x", mtime: float = OLD) -> Path:
    """A file of the partner's, written long ago."""
    path = folder / name
    path.write_bytes(content)
    os.utime(path, (mtime, mtime))
    return path


def names(source: SftpSource) -> list[str]:
    return [file.name for file in source.ready()]


def test_a_broken_download_goes_on_where_it_stopped(
    wire: Wire, options: SftpOptions, outbox: Path, tmp_path: Path
) -> None:
    """Cut at every tenth of the file: in the end it is the same, and little came twice."""
    content = os.urandom(SIZE)
    lay(outbox, "big.bin", content)
    with connected(options, tmp_path / "scratch") as source:
        (file,) = source.ready()
        handshake = wire.sent
    wire.budget, wire.sent, progress = handshake + SIZE // 10, 0, [0]
    fetched = None
    while fetched is None:
        try:
            with connected(options, tmp_path / "scratch") as source:
                fetched = source.fetch(file)
        except Retriable:
            progress.append(source.local(file).stat().st_size)
            assert progress[-1] > progress[-2], "a connection brought nothing"
    assert fetched.path.read_bytes() == content
    assert fetched.sha256 == sha256(content).hexdigest()
    assert len(progress) >= 10
    assert wire.sent < SIZE * 1.1 + wire.connections * handshake + SIZE // 3


def test_a_cut_between_download_and_hash_costs_no_second_download(
    wire: Wire, options: SftpOptions, outbox: Path, tmp_path: Path
) -> None:
    lay(outbox, "big.bin", os.urandom(SIZE))
    for expected in (SIZE, 0):
        before = wire.sent
        with connected(options, tmp_path / "scratch") as source:
            source.fetch(source.ready()[0])
        assert expected <= wire.sent - before <= expected * 1.1 + 60_000


def test_a_file_is_fetched_by_one_pull_at_a_time(options: SftpOptions, outbox: Path, tmp_path: Path) -> None:
    content = os.urandom(SIZE)
    lay(outbox, "big.bin", content)
    scratch = tmp_path / "scratch"
    with connected(options, scratch) as one, connected(options, scratch) as other:
        (file,) = one.ready()
        fetched = one.fetch(file)
        with pytest.raises(Retriable, match="another pull"):
            other.fetch(file)
        other.forget_all_but([])
        assert fetched.path.read_bytes() == content
        fetched.release()
        assert list(scratch.iterdir()) == []
        assert other.fetch(file).path.read_bytes() == content
        with pytest.raises(Retriable):
            one.fetch(file)
    with connected(options, scratch) as later:
        assert later.fetch(file).path.read_bytes() == content


def test_a_download_that_grew_beyond_its_file_begins_anew(source: SftpSource, outbox: Path) -> None:
    content = os.urandom(SIZE)
    lay(outbox, "big.bin", content)
    (file,) = source.ready()
    part = source.local(file)
    part.parent.mkdir()
    part.write_bytes(content + b"more")
    assert source.fetch(file).path.read_bytes() == content


def test_only_the_pinned_server_is_spoken_to(sshd: PartnerServer, options: SftpOptions, tmp_path: Path) -> None:
    for bad in (
        replace(options, host_keys=(sshd.host_key("other_key"),)),
        replace(options, host_keys=()),
        replace(options, host_keys=("ssh-ed25519 nonsense",)),
        replace(options, host_keys=("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==",)),
        replace(options, key_file=str(sshd.folder / "other_key")),
        replace(options, key_file=str(sshd.folder / "no_such_key")),
        replace(options, folder="/no/such/folder"),
    ):
        with pytest.raises(Fatal), connected(bad, tmp_path) as source:
            source.ready()
    with pytest.raises(Retriable), connected(replace(options, port=free_port()), tmp_path):
        pass
    both = replace(options, host_keys=(sshd.host_key("other_key"), sshd.host_key()))
    with connected(both, tmp_path) as source:  # a partner that changes its key announces the next one
        assert source.ready() == []


def test_growing_files_are_left_alone(source: SftpSource, outbox: Path) -> None:
    lay(outbox, "still.csv", mtime=time.time() - 5)
    lay(outbox, "settled.csv", mtime=time.time() - 60)
    (outbox / "folder").mkdir()
    (outbox / "link.csv").symlink_to("/etc/passwd")
    assert names(source) == ["settled.csv"]


@pytest.mark.parametrize("name", ["a.csv.filepart", "A.CSV.PART", "a.tmp", "a.csv.Partial", "a.csv.crdownload"])
def test_what_a_client_still_writes_waits_for_its_name(source: SftpSource, outbox: Path, name: str) -> None:
    path = lay(outbox, name)
    assert names(source) == []
    path.rename(outbox / "a.csv")
    assert names(source) == ["a.csv"]


def test_a_partner_may_have_temporary_names_of_its_own(options: SftpOptions, outbox: Path, tmp_path: Path) -> None:
    for name in ("a.csv.writing", "b.tmp"):
        lay(outbox, name)
    with connected(replace(options, partial=(".writing",)), tmp_path / "scratch") as source:
        assert names(source) == ["b.tmp"]


def test_names_that_cannot_be_used_hide_no_others(options: SftpOptions, outbox: Path, tmp_path: Path) -> None:
    for name in (
        b"a.csv",
        "合同.csv".encode("gbk"),
        b"bell\a.csv",
        b"\xff\xff.csv",
        "合同.csv.part".encode("gbk"),
        b"\xb9.txt",
    ):
        lay(outbox, os.fsdecode(name))
    (outbox / os.fsdecode("文件夹.csv".encode("gbk"))).mkdir()
    with connected(replace(options, pattern="*.csv"), tmp_path / "scratch") as source:
        assert names(source) == ["a.csv"]
        assert sorted(source.misnamed) == ["\\xff\\xff.csv", "bell\ufffd.csv", "合同.csv"]


def test_a_file_that_changes_after_listing_is_not_taken(source: SftpSource, outbox: Path) -> None:
    path = lay(outbox, "a.csv", b"first")
    (file,) = source.ready()
    lay(outbox, "a.csv", b"other", OLD + 1)
    with pytest.raises(Changed):
        source.fetch(file)
    lay(outbox, "a.csv", b"longer than", OLD)
    with pytest.raises(Changed):
        source.fetch(file)
    path.unlink()
    with pytest.raises(Changed):
        source.fetch(file)


def test_a_file_replaced_between_two_tries_is_never_mixed(
    wire: Wire, options: SftpOptions, outbox: Path, tmp_path: Path
) -> None:
    first, second = os.urandom(SIZE), os.urandom(SIZE)
    lay(outbox, "big.bin", first)
    wire.budget = SIZE // 2
    with pytest.raises(Retriable), connected(options, tmp_path / "scratch") as source:
        source.fetch(source.ready()[0])
    wire.budget = None
    lay(outbox, "big.bin", second, OLD + 1)
    with connected(options, tmp_path / "scratch") as source:
        (file,) = source.ready()
        assert source.fetch(file).path.read_bytes() == second
        source.forget_all_but([file])
    assert len(list((tmp_path / "scratch").iterdir())) == 1


@pytest.mark.parametrize(
    ("marker", "suffix", "there", "expected"),
    [
        (Marker.NONE, ".ok", ["a.csv", "b.csv"], ["a.csv", "b.csv"]),
        (Marker.SUFFIX, ".ok", ["a.csv", "b.csv", "b.csv.ok"], ["b.csv"]),
        (Marker.SUFFIX, ".done", ["a.csv", "a.csv.done", "b.csv", "b.csv.ok"], ["a.csv"]),
        (Marker.REPLACE, ".ok", ["a.csv", "a.ok", "b.csv", "b.csv.ok"], ["a.csv"]),
    ],
)
def test_marker_conventions(
    options: SftpOptions,
    outbox: Path,
    tmp_path: Path,
    marker: Marker,
    suffix: str,
    there: list[str],
    expected: list[str],
) -> None:
    for name in there:
        lay(outbox, name)
    with connected(replace(options, marker=marker, marker_suffix=suffix), tmp_path / "scratch") as source:
        assert names(source) == expected


def test_markers_are_read(options: SftpOptions, outbox: Path, tmp_path: Path) -> None:
    lay(outbox, "a.csv", b"content")
    lay(outbox, "a.csv.ok", f"sha256={sha256(b'content').hexdigest()}\nrows=3".encode(), OLD + 9)
    lay(outbox, "b.csv", b"content")
    lay(outbox, "b.csv.ok", b"nonsense")
    with connected(replace(options, marker=Marker.SUFFIX), tmp_path / "scratch") as source:
        b, a = source.ready()
        assert (a.name, a.mtime, a.written) == ("a.csv", OLD + 9, OLD)
        assert source.fetch(a).manifest.rows == 3
        with pytest.raises(BadManifest):
            source.fetch(b)


class Puller:
    """The connector laoqiao with a source, in a mappings folder of its own."""

    def __init__(self, settings: Settings, options: SftpOptions, folder: Path, more: str = "") -> None:
        mappings = folder / "mappings"
        shutil.copytree(MAPPINGS / "laoqiao", mappings / "laoqiao")
        file = mappings / "laoqiao" / "connector.yaml"
        lines = [
            "source:",
            "  transport: sftp",
            f"  host: {options.host}",
            f'  port: "{options.port}"',
            f"  username: {options.username}",
            f"  key: file:{options.key_file}",
            f"  host_keys: [{options.host_keys[0]}]",
            f"  folder: {options.folder}",
            '  pattern: "*.csv"',
            *more.splitlines(),
        ]
        file.write_text(file.read_text("utf-8") + "\n".join(lines) + "\n", "utf-8")
        self.settings = settings.model_copy(update={"mappings": mappings, "home": folder / "home"})

    def __call__(self, *, times: int = 1) -> list[Pulled]:
        async def run() -> list[Pulled]:
            url = str(self.settings.database.url)
            async with open_services(self.settings, url) as services:
                found = await asyncio.gather(
                    *(services.pulls.pull("laoqiao") for _ in range(times)), return_exceptions=True
                )
            for each in found:
                if isinstance(each, BaseException) and times == 1:
                    raise each
            return [one for each in found if not isinstance(each, BaseException) for one in each]

        return asyncio.run(run())


@pytest.fixture
def puller(
    settings: Settings, new_database: Callable[[], str], options: SftpOptions, tmp_path: Path
) -> Callable[..., Puller]:
    def make(more: str = "") -> Puller:
        own = settings.model_copy(update={"database": settings.database.model_copy(update={"url": new_database()})})
        issue_account(own, "pulled", "laoqiao")
        return Puller(own, options, tmp_path, more)

    return make


def keys(pulled: list[Pulled]) -> list[str]:
    return [record["key"] for each in pulled if each.answer for record in orjson.loads(each.answer.body)["records"]]


def test_a_pull_submits_what_is_new_and_nothing_twice(puller: Callable[..., Puller], outbox: Path, wire: Wire) -> None:
    run = puller()
    lay(outbox, "b.csv", export("PULL-B"))
    lay(outbox, "a.csv", export("PULL-A"), OLD + 1)
    lay(outbox, "ignored.txt", b"no")
    first = run()
    assert [each.name for each in first] == ["b.csv", "a.csv"]
    assert [each.counts["accepted"] for each in first] == [1, 1]
    assert run() == []
    assert list((run.settings.home / "pull" / "laoqiao").iterdir()) == []
    lay(outbox, "c.csv", export("PULL-C"), OLD + 1)  # the same second
    lay(outbox, "late.csv", export("PULL-LATE"), OLD - 1000)  # written before the others, renamed into place after
    lay(outbox, "a.csv", export("PULL-A2"), OLD + 2)  # another content under an old name
    assert keys(run()) == ["PULL-LATE", "PULL-C", "PULL-A2"]
    assert run() == []


def test_a_touched_file_gets_its_original_answer(puller: Callable[..., Puller], outbox: Path) -> None:
    run = puller()
    lay(outbox, "a.csv", export("TOUCHED"))
    (first,) = run()
    lay(outbox, "a.csv", export("TOUCHED"), OLD + 50)
    (again,) = run()
    assert first.answer is not None
    assert again.answer is not None
    assert again.answer.body == first.answer.body


def test_a_pull_over_a_breaking_wire_loses_nothing(puller: Callable[..., Puller], outbox: Path, wire: Wire) -> None:
    run = puller()
    wanted = [f"WIRE-{number}" for number in range(1500)]
    for part in range(3):
        lay(outbox, f"{part}.csv", export(*wanted[part * 500 : part * 500 + 500]), OLD + part)
    wire.budget, failures = 45_000, 0
    for _ in range(40):
        try:
            run()
            break
        except Retriable:
            failures += 1
    assert failures > 3
    wire.budget = None
    assert run() == []
    assert stored_keys(run.settings) == sorted(wanted)


def stored_keys(settings: Settings) -> list[str]:
    with psycopg.connect(str(settings.database.url)) as connection:
        return sorted(key for (key,) in connection.execute("SELECT key FROM record"))


def test_what_contradicts_its_marker_is_reported_until_it_is_put_right(
    puller: Callable[..., Puller], outbox: Path
) -> None:
    run = puller("  marker: suffix")
    lay(outbox, "a.csv", export("MARK-1", "MARK-2"))
    lay(outbox, "a.csv.ok", b"rows=3")
    lay(outbox, "b.csv", export("MARK-3"))
    lay(outbox, "b.csv.ok", b"rows=1")
    for expected in (["a.csv", "b.csv"], ["a.csv"]):
        found = run()
        assert [each.name for each in found] == expected
        assert found[0].answer is None
        assert "3 rows" in found[0].problem.en
    lay(outbox, "a.csv.ok", b"rows=2", OLD + 5)
    assert keys(run()) == ["MARK-1", "MARK-2"]


def test_a_file_that_contradicts_its_marker_counts_and_is_an_alert_until_taken(
    puller: Callable[..., Puller], outbox: Path
) -> None:
    run = puller("  marker: suffix")
    lay(outbox, "a.csv", export("TOLD-1"))
    lay(outbox, "a.csv.ok", b"rows=2")
    lay(outbox, "b.csv", export("TOLD-2"))
    lay(outbox, "b.csv.ok", b"rows=3")
    assert totals(run()) == {"documents": 2, "problems": 2}
    run()
    assert open_alerts(run.settings) == [("ALERT-005", "a.csv", 2), ("ALERT-005", "b.csv", 2)]
    lay(outbox, "a.csv.ok", b"rows=1", OLD + 5)
    assert totals(run())["problems"] == 1
    assert open_alerts(run.settings) == [("ALERT-005", "b.csv", 3)]


def test_a_name_in_gbk_is_an_alert_and_stops_nothing(puller: Callable[..., Puller], outbox: Path) -> None:
    run = puller()
    misnamed = lay(outbox, os.fsdecode("合同.csv".encode("gbk")), export("GBK-1"))
    lay(outbox, "a.csv", export("GBK-2"), OLD + 1)
    found = run()
    assert [(each.name, each.answer is None) for each in found] == [("a.csv", False), ("合同.csv", True)]
    assert "UTF-8" in found[1].problem.en
    assert open_alerts(run.settings) == [("ALERT-007", "合同.csv", 1)]
    misnamed.rename(outbox / "合同.csv")
    assert keys(run()) == ["GBK-1"]
    assert open_alerts(run.settings) == []


def test_a_server_whose_clock_is_a_year_ahead_is_an_alert_and_stops_nothing(
    puller: Callable[..., Puller], outbox: Path
) -> None:
    run = puller()
    lay(outbox, "a.csv", export("CLOCK-1"))
    lay(outbox, "b.csv", export("CLOCK-2"), int(time.time()) + 365 * 86_400)
    found = run()
    assert [(each.name, each.answer is None) for each in found] == [("a.csv", False), ("b.csv", True)]
    assert "clock" in found[1].problem.en
    assert open_alerts(run.settings) == [("ALERT-009", "b.csv", 1)]
    lay(outbox, "b.csv", export("CLOCK-2"), OLD + 1)
    assert keys(run()) == ["CLOCK-2"]
    assert open_alerts(run.settings) == []


def open_alerts(settings: Settings) -> list[tuple[str, str, int]]:
    with psycopg.connect(str(settings.database.url)) as connection:
        found = connection.execute("SELECT code, subject, times FROM alert WHERE closed_at IS NULL ORDER BY subject")
        return found.fetchall()


def test_two_pulls_at_once_submit_each_file_once(puller: Callable[..., Puller], outbox: Path) -> None:
    run = puller()
    for number in range(5):
        lay(outbox, f"{number}.csv", export(f"BOTH-{number}"), OLD + number)
    found = run(times=2)
    found += run()
    assert stored_keys(run.settings) == [f"BOTH-{number}" for number in range(5)]
    assert len({each.answer.submission_id for each in found if each.answer}) <= 5


def test_a_large_file_is_taken_over_at_once(puller: Callable[..., Puller], outbox: Path) -> None:
    run = puller()
    run.settings = run.settings.model_copy(update={"http": HttpSettings(max_body_bytes=1024)})
    lay(outbox, "large.csv", export(*(f"LARGE-{number}" for number in range(100))))
    (each,) = run()
    assert each.answer is not None
    assert each.answer.status == 202
    assert run() == []


def test_the_command_says_what_it_took(puller: Callable[..., Puller], outbox: Path) -> None:
    run = puller()
    lay(outbox, "a.csv", export("COMMAND"))
    environment = os.environ | {
        "YIZHAN_HOME": str(run.settings.home),
        "YIZHAN_MASTER_KEY": str(run.settings.master_key),
        "YIZHAN_DATABASE__URL": str(run.settings.database.url),
        "YIZHAN_MAPPINGS": str(run.settings.mappings),
    }
    for expected in ("accepted 1", "nothing new"):
        done = ended("sync", "laoqiao", environment=environment)
        assert done.returncode == 0, done.stderr
        assert expected in done.stdout


async def test_of_two_who_read_at_once_one_moves_the_watermark(settings: Settings) -> None:
    async with open_services(settings, str(settings.database.url)) as services:
        database = services.database
        for revision, value in ((0, {"page": 1}), (1, {"page": 2})):
            async with database.writing() as connection:
                assert await watermarks.move(connection, "portal", "stream", revision, value=value)
            async with database.writing() as connection:
                assert not await watermarks.move(connection, "portal", "stream", revision, value={"page": 99})
        assert await watermarks.get(database, "portal", "stream") == watermarks.Watermark(revision=2, value={"page": 2})
        assert await watermarks.get(database, "portal", "other") == watermarks.Watermark()
