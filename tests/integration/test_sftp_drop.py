"""The SFTP drop: files in, answers out. The server is the real process; clients are real too."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import httpx
import orjson
import paramiko
import pytest

from gateway.base.settings import DatabaseSettings, Settings
from gateway.store.database import migrate
from gateway.store.embedded import EmbeddedPostgres
from tests.conftest import Partner, temporary_server, until
from tests.integration.sftp import DropProcess, awaited, example, export, issue_account
from tests.integration.test_crash import crash
from tests.processes import Command


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
        until(
            lambda: sorted(client.listdir("in")) == ["open.csv.part", "waits.csv.part"], "only the complete file left"
        )
        for name in client.listdir("in"):
            client.remove(f"in/{name}")


def test_clients_upload_under_temporary_names_of_their_own(drop: DropProcess, laoqiao: Partner) -> None:
    with drop.login(laoqiao) as client:
        client.put_bytes("in/winscp.csv.filepart", export("WINSCP-1"))
        client.put_bytes("in/other.tmp", export("OTHER-1"))
        client.drop("whole.csv", export("WHOLE-1"))
        awaited(client, "receipts/whole.csv.receipt.json")
        until(lambda: sorted(client.listdir("in")) == ["other.tmp", "winscp.csv.filepart"], "the whole file left")
        client.rename("in/winscp.csv.filepart", "in/winscp.csv")
        client.rename("in/other.tmp", "in/other.csv")
        for name in ("winscp.csv", "other.csv"):
            answer = orjson.loads(awaited(client, f"receipts/{name}.receipt.json"))
            assert answer["counts"]["accepted"] == 1


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
        until(lambda: sorted(client.listdir("in")) == ["late.xlsx", "late.xlsx.ok"], "only the other left")
        client.put_bytes("in/late.xlsx.ok", b"")
        awaited(client, "receipts/late.xlsx.receipt.json")


@pytest.mark.needs("ssh")
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
            "-F",
            "/dev/null",
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
    until(receipt.exists, "the receipt appeared", of=drop.process)
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
    until(lambda: len(list(receipts.glob("*.receipt.json"))) >= len(sent), "every file was answered", of=drop.process)
    answers = [orjson.loads((receipts / f"{name}.receipt.json").read_bytes()) for name in sent]
    codes = {record["code"] for answer in answers for record in answer["records"]}
    assert len(codes) == len(sent) == len(list(receipts.iterdir()))
    assert {record["status"] for answer in answers for record in answer["records"]} == {"accepted"}
    until(lambda: not list((drop.folder / account.api_key / "in").iterdir()), "the inbox is empty", of=drop.process)


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
    until((folder / "in").is_dir, "the folders were made", of=drop.process)
    (folder / "in" / "x.csv.part").write_bytes(export("WATCHED-1"))
    (folder / "in" / "x.csv.part").rename(folder / "in" / "x.csv")
    until((folder / "receipts" / "x.csv.receipt.json").exists, "the receipt appeared", of=drop.process)
    assert orjson.loads((folder / "receipts" / "x.csv.receipt.json").read_bytes())["counts"]["accepted"] == 1


def test_a_large_file_gets_its_receipt_when_it_is_done(
    own_drop: Callable[..., DropProcess], settings: Settings, tmp_path: Path
) -> None:
    account = issue_account(settings, "large", "laoqiao")
    drop = own_drop(tmp_path, HTTP__MAX_BODY_BYTES="4096")
    good, bad = [f"LARGE-{number}" for number in range(200)], export("LARGE-BAD", days="2026/12/03,2026/12/01")
    rows = bad.splitlines(keepends=True)[1]
    worker = Command("work", environment=drop.environment)
    try:
        with drop.login(account) as client:
            client.drop("large.csv", export(*good))
            client.drop("mixed.csv", export(*(f"M{key}" for key in good)) + rows)
            for name, accepted in (("large.csv", 200), ("mixed.csv", 200)):
                answer = orjson.loads(awaited(client, f"receipts/{name}.receipt.json", of=worker))
                assert answer["counts"]["accepted"] == accepted
                assert answer["receipt"].count(".") == 2
            findings = awaited(client, "rejected/mixed.csv.findings.ndjson", of=worker)
            assert [orjson.loads(line)["key"] for line in findings.splitlines()] == ["LARGE-BAD"]
            until(lambda: client.listdir("in") == [], "both left")
    finally:
        worker.terminate()
        worker.wait(timeout=30)
