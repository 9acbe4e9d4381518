"""What the SFTP drop does not let happen: other places, bad names, strangers, too much, too long."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import paramiko
import pytest

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from tests.conftest import Partner, until
from tests.integration.sftp import Client, DropProcess, awaited, export, issue_account, revoke
from tests.processes import ended


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
    with drop.login(laoqiao) as client:
        before = sorted(drop.folder.rglob("*"))
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


@pytest.mark.parametrize("known", ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256"])
def test_the_server_has_a_host_key_of_every_kind_that_clients_know(
    drop: DropProcess, laoqiao: Partner, known: str
) -> None:
    """JSch 0.1.5x knows no Ed25519."""
    with paramiko.Transport(("127.0.0.1", drop.port)) as transport:
        transport.get_security_options().key_types = (known,)
        transport.connect(username=laoqiao.api_key, password=laoqiao.secret)
        assert transport.get_remote_server_key().get_name() == known.replace("rsa-sha2-256", "ssh-rsa")


def offered(port: int) -> list[str]:
    """Every algorithm that the server names in its first message (RFC 4253, 7.1)."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as opened, opened.makefile("rwb") as wire:
        wire.readline()
        wire.write(b"SSH-2.0-test\r\n")
        wire.flush()
        length = int.from_bytes(wire.read(4), "big")
        packet = wire.read(length)
    found, at = [], 2 + 16
    for _ in range(8):
        size = int.from_bytes(packet[at : at + 4], "big")
        found += packet[at + 4 : at + 4 + size].decode().split(",")
        at += 4 + size
    return found


WEAK = ("sha1", "cbc", "umac-64", "arcfour", "3des", "md5")


def test_nothing_weak_is_offered(drop: DropProcess) -> None:
    names = offered(drop.port)
    assert len(names) > 20
    assert "hmac-sha2-256" in names
    assert [name for name in names if any(word in name for word in WEAK) or name in ("ssh-rsa", "ssh-dss")] == []


def test_an_operator_can_let_old_clients_in(own_drop: Callable[..., DropProcess], tmp_path: Path) -> None:
    names = offered(own_drop(tmp_path, SFTP__LEGACY="true").port)
    assert {"diffie-hellman-group14-sha1", "hmac-sha1"} <= set(names)
    assert not [name for name in names if "cbc" in name or "umac-64" in name]


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


def cpu_seconds(pid: int | None) -> float:
    """What a process has used so far, in user and system mode (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("secret", ["a" + "\u0301\u0323" * 30_000, "人" * 40_000, "x" * 120_000])
def test_a_password_that_nobody_has_costs_next_to_nothing(drop: DropProcess, laoqiao: Partner, secret: str) -> None:
    assert drop.process is not None
    before = cpu_seconds(drop.process.pid)
    with paramiko.Transport(("127.0.0.1", drop.port)) as transport:
        transport.start_client()
        with pytest.raises(paramiko.AuthenticationException):
            transport.auth_password(laoqiao.api_key, secret)
    assert cpu_seconds(drop.process.pid) - before < 1, "preparing it takes ten seconds"
    with drop.login(laoqiao) as client:
        assert client.listdir("/")


def mute(drop: DropProcess, source: str) -> socket.socket:
    """A connection that says nothing; it is closed when the server hangs up at once, and tells its version else."""
    return socket.create_connection(("127.0.0.1", drop.port), timeout=30, source_address=(source, 0))


def is_let_in(connection: socket.socket) -> bool:
    try:
        return connection.recv(4) == b"SSH-"
    except ConnectionResetError:
        return False


def test_mute_connections_of_one_address_shut_nobody_else_out(
    own_drop: Callable[..., DropProcess], laoqiao: Partner, tmp_path: Path
) -> None:
    drop = own_drop(tmp_path, SFTP__CONNECTIONS="12", SFTP__CONNECTIONS_PER_ADDRESS="4")
    with ExitStack() as stack:
        of_one = [is_let_in(stack.enter_context(mute(drop, "127.0.0.2"))) for _ in range(6)]
        assert of_one == [True] * 4 + [False] * 2
        with drop.login(laoqiao) as client:
            assert client.listdir("/")
        of_another = [is_let_in(stack.enter_context(mute(drop, "127.0.0.3"))) for _ in range(3)]
        assert of_another == [True, True, False], "strangers have half of the places between them"


def test_an_account_has_so_many_connections(
    own_drop: Callable[..., DropProcess], laoqiao: Partner, tmp_path: Path
) -> None:
    drop = own_drop(tmp_path, SFTP__CONNECTIONS_PER_ACCOUNT="2")
    with drop.login(laoqiao) as first:
        with drop.login(laoqiao) as second:
            assert first.listdir("/") == second.listdir("/")
            with pytest.raises((paramiko.SSHException, EOFError, OSError)), drop.login(laoqiao) as third:
                third.listdir("/")

        def again() -> bool:
            try:
                with drop.login(laoqiao) as third:
                    return bool(third.listdir("/"))
            except (paramiko.SSHException, EOFError, OSError):
                return False

        until(again, "the place of the second is free")


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


def test_an_idle_connection_is_closed(own_drop: Callable[..., DropProcess], laoqiao: Partner, tmp_path: Path) -> None:
    drop = own_drop(tmp_path, SFTP__IDLE_SECONDS="2")
    with drop.login(laoqiao) as client:
        transport = client.get_channel().get_transport()  # type: ignore[union-attr]
        ends = time.monotonic() + 3
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
    second = ended("sftp", "--port", "0", environment=drop.environment)
    assert second.returncode == 1
    assert "another yizhan sftp" in second.stderr


def test_the_host_key_outlives_the_process(own_drop: Callable[..., DropProcess], tmp_path: Path) -> None:
    first, again = own_drop(tmp_path), None
    first.stop()
    again = own_drop(tmp_path)
    assert again.fingerprint == first.fingerprint != ""
    assert (tmp_path / "sftp" / "host_key").stat().st_mode & 0o777 == 0o600


def test_old_results_are_tidied_away(own_drop: Callable[..., DropProcess], laoqiao: Partner, tmp_path: Path) -> None:
    drop = own_drop(tmp_path)
    with drop.login(laoqiao):
        pass
    old, young = (drop.folder / laoqiao.api_key / "receipts" / name for name in ("old", "young"))
    young.write_bytes(b"")
    old.write_bytes(b"")
    os.utime(old, (0, time.time() - 31 * 86_400))
    until(lambda: not old.exists(), "the old receipt went", of=drop.process)
    assert young.exists()
