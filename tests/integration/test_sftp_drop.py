"""The SFTP drop: files in, answers out, and nothing else. The server is the real process; clients are real too."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import httpx
import orjson
import paramiko
import pytest

from gateway.access.accounts import Role
from gateway.settings import DatabaseSettings, Settings
from gateway.store.database import migrate
from gateway.store.embedded import EmbeddedPostgres
from tests.conftest import Partner, temporary_server, until
from tests.integration.sftp import Client, DropProcess, example, issue_account, revoke
from tests.integration.test_crash import crash

HEAD = (
    "合同号,合同类型,旅行社,许可证号,团号,线路,出发日期,返回日期,人数,总价,"
    "序号,姓名,性别,签约人,证件类型,证件号码,手机,备注"
)


def export(*numbers: str, days: str = "2026/12/01,2026/12/03") -> bytes:
    """A legacy export in GBK: one contract with one traveller a row."""
    rows = [
        f"{number},国内,上海示例旅行社有限公司,L-SH-00321,SH-01,黄山三日游,{days},1,1980,1,张示例,女,是,身份证,"
        "11010519491231002X,13800138000,"
        for number in numbers
    ]
    return "\r\n".join([HEAD, *rows, ""]).encode("gb18030")


@pytest.fixture(scope="module")
def drop(settings: Settings) -> Iterator[DropProcess]:
    served = DropProcess(settings)
    served.start()
    try:
        yield served
    finally:
        served.stop()


@pytest.fixture(scope="module")
def laoqiao(settings: Settings) -> Partner:
    return issue_account(settings, "laoqiao", "laoqiao")


@pytest.fixture(scope="module")
def shanhai(settings: Settings) -> Partner:
    return issue_account(settings, "shanhai", "shanhai")


def awaited(client: Client, path: str) -> bytes:
    until(lambda: client.exists(path), f"{path} appeared", 20)
    return client.get_bytes(path)


def test_a_renamed_file_is_answered_by_a_receipt_beside_it(drop: DropProcess, laoqiao: Partner) -> None:
    with drop.login(laoqiao) as client:
        client.drop("合同.csv", export("DROP-1", "DROP-2"))
        answer = orjson.loads(awaited(client, "receipts/合同.csv.receipt.json"))
        until(lambda: client.listdir("in") == [], "the file left its inbox")
        assert not [name for name in client.listdir("rejected") if name.startswith("合同")]
    assert [record["status"] for record in answer["records"]] == ["accepted", "accepted"]
    assert answer["receipt"].count(".") == 2


def test_rest_answers_the_same_file_with_the_same_bytes(
    drop: DropProcess, laoqiao: Partner, client: httpx.Client
) -> None:
    with drop.login(laoqiao) as sftp:
        sftp.drop("same.csv", export("SAME-1"))
        receipt = awaited(sftp, "receipts/same.csv.receipt.json")
        answer = client.post(
            "/v1/submissions?connector=laoqiao&kind=contract", content=export("SAME-1"), headers=laoqiao.bearer
        )
        assert answer.headers["Idempotent-Replayed"] == "true"
        assert answer.content == receipt
        stored = client.get(f"/v1/submissions/{answer.json()['submission_id']}", headers=laoqiao.bearer).json()
        assert (stored["channel"], stored["filename"]) == ("sftp", "same.csv")
        sftp.drop("other name.csv", export("SAME-1"))
        assert awaited(sftp, "receipts/other name.csv.receipt.json") == receipt


def test_what_did_not_pass_lies_in_rejected_with_its_findings(
    drop: DropProcess, laoqiao: Partner, client: httpx.Client
) -> None:
    with drop.login(laoqiao) as sftp:
        sftp.drop("bad.csv", export("BAD-1", days="2026/12/03,2026/12/01"))
        answer = orjson.loads(awaited(sftp, "receipts/bad.csv.receipt.json"))
        assert answer["counts"]["rejected"] == 1
        assert awaited(sftp, "rejected/bad.csv") == export("BAD-1", days="2026/12/03,2026/12/01")
        findings = sftp.get_bytes("rejected/bad.csv.findings.json")
        assert sftp.get_bytes("rejected/bad.csv.findings.xlsx")[:2] == b"PK"
    letters = client.get(f"/v1/submissions/{answer['submission_id']}/dead-letters", headers=laoqiao.bearer)
    assert [each["findings"] for each in orjson.loads(findings)["dead_letters"]] == [
        each["findings"] for each in letters.json()["dead_letters"]
    ]


def test_an_unreadable_file_is_answered_too(drop: DropProcess, laoqiao: Partner) -> None:
    with drop.login(laoqiao) as client:
        client.drop("noise.csv", b"\x00\x01\x02" * 100)
        answer = orjson.loads(awaited(client, "receipts/noise.csv.receipt.json"))
        assert answer["code"] == "INTAKE-001"
        assert awaited(client, "rejected/noise.csv") == b"\x00\x01\x02" * 100


def test_answers_to_files_of_one_name_stand_side_by_side(drop: DropProcess, laoqiao: Partner) -> None:
    with drop.login(laoqiao) as client:
        for number in ("TWICE-1", "TWICE-2"):
            client.drop("twice.csv", export(number))
            until(lambda: "twice.csv" not in client.listdir("in"), "it was taken")
        receipts = [name for name in client.listdir("receipts") if name.endswith("twice.csv.receipt.json")]
        keys = {orjson.loads(client.get_bytes(f"receipts/{name}"))["records"][0]["key"] for name in receipts}
        assert keys == {"TWICE-1", "TWICE-2"}


def test_a_file_is_taken_only_when_it_is_complete(drop: DropProcess, laoqiao: Partner) -> None:
    with drop.login(laoqiao) as client:
        client.put_bytes("in/waits.csv.part", export("WAITS-1"))
        with client.open("in/open.csv.part", "wb") as file:
            file.write(export("OPEN-1"))
            with pytest.raises(OSError, match="open or being"):
                client.rename("in/open.csv.part", "in/open.csv")
        with pytest.raises(PermissionError, match=r"\.part"):
            client.put_bytes("in/direct.csv", export("DIRECT-1"))
        client.drop("marker of a round.csv", export("ROUND-1"))
        awaited(client, "receipts/marker of a round.csv.receipt.json")
        assert sorted(client.listdir("in")) == ["open.csv.part", "waits.csv.part"]
        for name in client.listdir("in"):
            client.remove(f"in/{name}")


@pytest.mark.parametrize(
    "claim", [b"", b"sha256=%(digest)s\n", b"rows=%(rows)d", b"\xef\xbb\xbfsha256 = %(digest)s\r\nrows = %(rows)d\r\n"]
)
def test_a_manifest_releases_its_file(drop: DropProcess, shanhai: Partner, claim: bytes) -> None:
    form = example("shanhai", "form.xlsx")
    name = f"{sha256(claim).hexdigest()[:8]}.xlsx"
    manifest = claim % {b"digest": sha256(form).hexdigest().upper().encode(), b"rows": 3}
    with drop.login(shanhai) as client:
        client.drop_with_manifest(name, form, manifest)
        answer = orjson.loads(awaited(client, f"receipts/{name}.receipt.json"))
        until(lambda: client.listdir("in") == [], "file and manifest left")
    assert answer["counts"]["accepted"] == 1


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        (b"sha256=" + b"0" * 64, "SHA-256"),
        (b"rows=99", "99"),
        (b"rows=1\nrows=1", "sha256=..."),
        (b"md5=1", "sha256=..."),
    ],
)
def test_a_file_that_is_not_what_its_manifest_says_is_not_submitted(
    drop: DropProcess, shanhai: Partner, manifest: bytes, says: str
) -> None:
    name = f"{sha256(manifest).hexdigest()[:8]}.xlsx"
    with drop.login(shanhai) as client:
        client.drop_with_manifest(name, example("shanhai", "form.xlsx"), manifest)
        problem = orjson.loads(awaited(client, f"rejected/{name}.problem.json"))
        assert problem["code"] == "DROP-001"
        assert says in problem["detail_en"]
        awaited(client, f"rejected/{name}")
        assert not client.exists(f"receipts/{name}.receipt.json")
        until(lambda: client.listdir("in") == [], "file and manifest left")


def test_a_manifest_from_before_the_last_change_says_nothing(drop: DropProcess, shanhai: Partner) -> None:
    with drop.login(shanhai) as client:
        client.put_bytes("in/late.xlsx.ok", b"")
        client.put_bytes("in/late.xlsx", example("shanhai", "form.xlsx"))
        client.drop_with_manifest("round.xlsx", example("shanhai", "form.xlsx"))
        awaited(client, "receipts/round.xlsx.receipt.json")
        assert sorted(client.listdir("in")) == ["late.xlsx", "late.xlsx.ok"]
        client.put_bytes("in/late.xlsx.ok", b"")
        awaited(client, "receipts/late.xlsx.receipt.json")


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../../../etc/passwd",
        "in/../../x.part",
        "receipts/x.part",
        "rejected/x.part",
        "in/sub/x.part",
        "in/.hidden.part",
        "in/a\\b.part",
        "in/a\nb.part",
        "in/\u202ecsv.part",
        "in/.part",
        "x.part",
        "in/" + "名" * 70 + ".part",
    ],
)
def test_nothing_is_written_anywhere_else_or_under_a_bad_name(drop: DropProcess, laoqiao: Partner, path: str) -> None:
    before = sorted(drop.folder.rglob("*"))
    with drop.login(laoqiao) as client:
        with pytest.raises(OSError, match=r".") as refusal:
            client.put_bytes(path, b"x")
        assert "Uncaught" not in str(refusal.value)
    assert sorted(drop.folder.rglob("*")) == before


def test_an_account_sees_only_its_own_three_folders(drop: DropProcess, laoqiao: Partner, shanhai: Partner) -> None:
    with drop.login(laoqiao) as client:
        assert sorted(client.listdir("/")) == ["in", "receipts", "rejected"]
        assert sorted(client.listdir("../..")) == ["in", "receipts", "rejected"]
        assert client.normalize("in/../..") == "/"
        for path in (f"../{shanhai.api_key}", f"/{shanhai.api_key}/in", "host_key", "/.lock"):
            with pytest.raises(OSError, match=r"."):
                client.stat(path)
        assert client.stat("in").st_uid is None


def test_links_folders_and_attributes_are_not_made(drop: DropProcess, laoqiao: Partner) -> None:
    with drop.login(laoqiao) as client:
        client.put_bytes("in/kept.csv.part", b"x")
        for attempt in (
            lambda: client.symlink("/etc/passwd", "in/link.part"),
            lambda: client.readlink("in/kept.csv.part"),
            lambda: client.mkdir("in/folder"),
            lambda: client.rmdir("in"),
            lambda: client.truncate("in/kept.csv.part", 1 << 40),
            lambda: client.rename("in/kept.csv.part", "receipts/forged.receipt.json"),
            lambda: client.rename("receipts/same.csv.receipt.json", "in/stolen.part"),
            lambda: client.open("receipts/forged", "w"),
            lambda: client._request(200, b"hardlink@openssh.com", b"in/kept.csv.part", b"in/other.part"),
        ):
            with pytest.raises(OSError, match=r"."):
                attempt()
        client.chmod("in/kept.csv.part", 0o4777)
        client.utime("in/kept.csv.part", (0, 0))
        found = client.stat("in/kept.csv.part")
        assert (found.st_mode or 0) & 0o7777 == 0o600
        assert (found.st_mtime or 0) > 0
        client.remove("in/kept.csv.part")


def test_a_planted_link_leads_nowhere(drop: DropProcess, laoqiao: Partner, tmp_path: Path) -> None:
    """Whoever serves the folders in our stead may let links be made."""
    (tmp_path / "secret.csv").write_bytes(export("SECRET-1"))
    inbox = drop.folder / laoqiao.api_key / "in"
    (inbox / "link.csv").symlink_to(tmp_path / "secret.csv")
    try:
        with drop.login(laoqiao) as client:
            client.drop("after link.csv", export("AFTER-LINK"))
            awaited(client, "receipts/after link.csv.receipt.json")
            assert "link.csv" not in client.listdir("in")
            with pytest.raises(OSError, match=r"."):
                client.open("in/link.csv", "rb")
            with pytest.raises(OSError, match=r"."):
                client.stat("in/link.csv")
            assert not client.exists("receipts/link.csv.receipt.json")
    finally:
        (inbox / "link.csv").unlink()
    assert (tmp_path / "secret.csv").exists()


def test_only_a_good_credential_of_an_open_door_gets_in(
    drop: DropProcess, settings: Settings, laoqiao: Partner
) -> None:
    key, other = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
    keyed = issue_account(settings, "keyed", "laoqiao", key=key.asbytes())
    with drop.connect(keyed.api_key, key=key) as client:
        assert "in" in client.listdir("/")
    revoked = issue_account(settings, "revoked", "laoqiao")
    with drop.login(revoked) as client:
        revoke(settings, revoked)
        until(lambda: _is_refused(lambda: client.put_bytes("in/x.part", b"")), "an open session followed")
    for user, password, pkey in (
        (laoqiao.api_key, "wrong", None),
        ("nobody", laoqiao.secret, None),
        (keyed.api_key, None, other),
        (laoqiao.api_key, None, key),
        (revoked.api_key, revoked.secret, None),
        *((made.api_key, made.secret, None) for made in _without_door(settings)),
    ):
        with pytest.raises(paramiko.AuthenticationException), drop.connect(user, password, pkey):
            pass


def _without_door(settings: Settings) -> list[Partner]:
    return [
        issue_account(settings, "unbound", None),
        issue_account(settings, "closed", "lvy"),
        issue_account(settings, "official", "laoqiao", role=Role.OFFICIAL),
    ]


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except PermissionError:
        return True
    return False


def test_guessing_ends_the_connection(drop: DropProcess, laoqiao: Partner) -> None:
    with paramiko.Transport(("127.0.0.1", drop.port)) as transport:
        transport.start_client()
        guesses = 0
        while transport.is_active() and guesses < 20:
            guesses += 1
            with pytest.raises(paramiko.SSHException):
                transport.auth_password(laoqiao.api_key, f"guess {guesses}")
        assert guesses <= 7


def test_there_is_no_shell_no_command_and_no_way_through(drop: DropProcess, laoqiao: Partner) -> None:
    with paramiko.Transport(("127.0.0.1", drop.port)) as transport:
        transport.connect(username=laoqiao.api_key, password=laoqiao.secret)
        for attempt in (
            lambda: transport.open_session().exec_command("id"),
            lambda: transport.open_session().invoke_shell(),
            lambda: transport.open_session().exec_command("scp -t in"),
            lambda: transport.open_session().get_pty(),
            lambda: transport.open_channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 1)),
            lambda: transport.request_port_forward("127.0.0.1", 0),
        ):
            with pytest.raises(paramiko.SSHException):
                attempt()


def test_the_openssh_client_works_as_well(drop: DropProcess, settings: Settings, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    public = paramiko.Ed25519Key.from_private_key_file(str(tmp_path / "key"))
    account = issue_account(settings, "openssh", "laoqiao", key=public.asbytes())
    (tmp_path / "合同.csv").write_bytes(export("OPENSSH-1"))
    batch = f'cd in\nput -p "{tmp_path}/合同.csv" 合同.csv.part\nrename 合同.csv.part 合同.csv\nls -l\n'
    user = account.api_key
    options = ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path}/known", "-o", "BatchMode=yes"]
    subprocess.run(
        [
            "sftp",
            "-q",
            *options,
            "-i",
            tmp_path / "key",
            "-P",
            str(drop.port),
            "-b",
            "-",
            f"{user}@127.0.0.1",
        ],
        input=batch,
        text=True,
        check=True,
        timeout=30,
        capture_output=True,
    )
    receipt = drop.folder / account.api_key / "receipts" / "合同.csv.receipt.json"
    until(receipt.exists, "the receipt appeared")
    assert orjson.loads(receipt.read_bytes())["counts"]["accepted"] == 1


def test_a_broken_upload_does_not_count_and_is_resumed(drop: DropProcess, laoqiao: Partner) -> None:
    content = export(*(f"RESUME-{number}" for number in range(300)))
    half = len(content) // 2
    with suppress(EOFError), drop.login(laoqiao) as client:
        file = client.open("in/resume.csv.part", "wb")
        file.write(content[:half])
        client.get_channel().transport.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
    with drop.login(laoqiao) as client:
        assert client.stat("in/resume.csv.part").st_size == half
        with client.open("in/resume.csv.part", "ab") as file:
            file.write(content[half:])
        client.rename("in/resume.csv.part", "in/resume.csv")
        answer = orjson.loads(awaited(client, "receipts/resume.csv.receipt.json"))
    assert answer["counts"]["accepted"] == 300
    assert answer["raw_sha256"] == sha256(content).hexdigest()


@pytest.fixture
def own_server() -> Iterator[EmbeddedPostgres]:
    """A database server that a test may crash."""
    with temporary_server() as server:
        yield server


@pytest.fixture
def own_drop(settings: Settings) -> Iterator[Callable[..., DropProcess]]:
    """Starts a server with settings of its own, over a home of its own."""
    started: list[DropProcess] = []

    def start(home: Path, *arguments: str, **variables: str) -> DropProcess:
        served = DropProcess(settings.model_copy(update={"home": home}), *arguments, **variables)
        started.append(served)
        served.start()
        return served

    yield start
    for served in started:
        served.stop()


def test_an_idle_connection_is_closed(own_drop: Callable[..., DropProcess], laoqiao: Partner, tmp_path: Path) -> None:
    drop = own_drop(tmp_path, SFTP__IDLE_SECONDS="0.6")
    with drop.login(laoqiao) as client:
        transport = client.get_channel().get_transport()  # type: ignore[union-attr]
        ends = time.monotonic() + 1.5
        while time.monotonic() < ends:
            client.stat("in")
        assert transport.is_active()
        until(lambda: not transport.is_active(), "the idle connection was closed", 10)


def test_the_quota_bounds_an_account(own_drop: Callable[..., DropProcess], laoqiao: Partner, tmp_path: Path) -> None:
    drop = own_drop(tmp_path, SFTP__QUOTA_MB="1")
    with drop.login(laoqiao) as client:
        client.put_bytes("in/a.part", bytes(900_000))
        with pytest.raises(OSError, match="quota"):
            client.put_bytes("in/b.part", bytes(200_000))
        with client.open("in/c.part", "wb", bufsize=0) as file:
            file.seek(1 << 50)
            with pytest.raises(OSError, match="quota"):
                file.write(b"x")
        client.remove("in/a.part")
        client.remove("in/b.part")
        client.put_bytes("in/b.part", bytes(200_000))
        with pytest.raises(OSError, match="quota"):  # they fill a disk, too
            put_empty_files(client, 260)
        assert len(client.listdir("in")) > 190


def put_empty_files(client: Client, amount: int) -> None:
    for number in range(amount):
        client.put_bytes(f"in/{number}.part", b"")


def test_only_one_server_uses_a_folder(own_drop: Callable[..., DropProcess], tmp_path: Path) -> None:
    drop = own_drop(tmp_path)
    second = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "sftp", "--port", "0"],
        env=drop.environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert "another yizhan sftp" in second.stderr


def test_the_host_key_outlives_the_process(own_drop: Callable[..., DropProcess], tmp_path: Path) -> None:
    first, again = own_drop(tmp_path), None
    first.stop()
    again = own_drop(tmp_path)
    assert again.fingerprint == first.fingerprint != ""
    assert (tmp_path / "sftp" / "host_key").stat().st_mode & 0o777 == 0o600


def test_files_that_wait_are_answered_after_a_crash(
    own_drop: Callable[..., DropProcess], settings: Settings, tmp_path: Path
) -> None:
    """Killed again and again while files come in: each acknowledged rename gets its receipt, each contract one code."""
    account = issue_account(settings, "crashing", "laoqiao")
    drop = own_drop(tmp_path)
    receipts = drop.folder / account.api_key / "receipts"
    sent: list[str] = []
    for round_ in range(6):
        with drop.login(account) as client:
            for number in range(3 + round_ * 2):
                name = f"{round_}-{number}.csv"
                client.drop(name, export(f"CRASH-{round_}-{number}"))
                sent.append(name)
            drop.kill()
        drop.start()
    until(lambda: len(list(receipts.glob("*.receipt.json"))) >= len(sent), "every file was answered")
    answers = [orjson.loads((receipts / f"{name}.receipt.json").read_bytes()) for name in sent]
    codes = {record["code"] for answer in answers for record in answer["records"]}
    assert len(codes) == len(sent) == len(list(receipts.iterdir()))
    assert {record["status"] for answer in answers for record in answer["records"]} == {"accepted"}
    until(lambda: not list((drop.folder / account.api_key / "in").iterdir()), "the inbox is empty")


def test_a_busy_database_leaves_files_where_they_are(
    own_drop: Callable[..., DropProcess], own_server: EmbeddedPostgres, settings: Settings, tmp_path: Path
) -> None:
    url = own_server.ensure_database("away")
    migrate(url)
    away = settings.model_copy(update={"database": DatabaseSettings(url=url), "home": tmp_path})
    account = issue_account(away, "away", "laoqiao")
    drop = DropProcess(away)
    drop.start()
    try:
        with drop.login(account) as client:
            client.put_bytes("in/away.csv.part", export("AWAY-1"))
            crash(own_server)
            client.rename("in/away.csv.part", "in/away.csv")
            answer = orjson.loads(awaited(client, "receipts/away.csv.receipt.json"))
    finally:
        drop.stop()
    assert answer["counts"]["accepted"] == 1


def test_another_server_may_serve_the_folders(
    own_drop: Callable[..., DropProcess], settings: Settings, tmp_path: Path
) -> None:
    account = issue_account(settings, "watched", "laoqiao")
    drop = own_drop(tmp_path, "--watch-only")
    folder = drop.folder / account.api_key
    until((folder / "in").is_dir, "the folders were made")
    (folder / "in" / "x.csv.part").write_bytes(export("WATCHED-1"))
    (folder / "in" / "x.csv.part").rename(folder / "in" / "x.csv")
    until((folder / "receipts" / "x.csv.receipt.json").exists, "the receipt appeared")
    assert orjson.loads((folder / "receipts" / "x.csv.receipt.json").read_bytes())["counts"]["accepted"] == 1


def test_old_results_are_tidied_away(own_drop: Callable[..., DropProcess], laoqiao: Partner, tmp_path: Path) -> None:
    drop = own_drop(tmp_path)
    with drop.login(laoqiao):
        pass
    old, young = (drop.folder / laoqiao.api_key / "receipts" / name for name in ("old", "young"))
    young.write_bytes(b"")
    old.write_bytes(b"")
    os.utime(old, (0, time.time() - 31 * 86_400))
    until(lambda: not old.exists(), "the old receipt went")
    assert young.exists()


def test_a_large_file_gets_its_receipt_when_it_is_done(
    own_drop: Callable[..., DropProcess], settings: Settings, tmp_path: Path
) -> None:
    account = issue_account(settings, "large", "laoqiao")
    drop = own_drop(tmp_path, HTTP__MAX_BODY_BYTES="4096")
    good, bad = [f"LARGE-{number}" for number in range(200)], export("LARGE-BAD", days="2026/12/03,2026/12/01")
    rows = bad.splitlines(keepends=True)[1]
    worker = subprocess.Popen([sys.executable, "-m", "gateway.cli", "work"], env=drop.environment)
    try:
        with drop.login(account) as client:
            client.drop("large.csv", export(*good))
            client.drop("mixed.csv", export(*(f"M{key}" for key in good)) + rows)
            for name, accepted in (("large.csv", 200), ("mixed.csv", 200)):
                answer = orjson.loads(awaited(client, f"receipts/{name}.receipt.json"))
                assert answer["counts"]["accepted"] == accepted
                assert answer["receipt"].count(".") == 2
            findings = awaited(client, "rejected/mixed.csv.findings.ndjson")
            assert [orjson.loads(line)["key"] for line in findings.splitlines()] == ["LARGE-BAD"]
            until(lambda: client.listdir("in") == [], "both left")
    finally:
        worker.terminate()
        worker.wait(timeout=30)
