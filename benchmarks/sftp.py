"""Files over SFTP against a bare OpenSSH server: small ones with their receipts, and what the wires carry.

The clients are OpenSSH's own `sftp`, for both sides the same batch. Against our drop the clock stops when the last
receipt lies in `receipts/`; OpenSSH only keeps the files.
"""

from __future__ import annotations

import asyncio
import csv
import getpass
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import paramiko

from adapters.transports.partner_server import PartnerServer, partner_server
from adapters.transports.sftp import connected
from benchmarks.payloads import traveller_rows
from benchmarks.rows import Row, interleaved, scaled
from benchmarks.stage import Stage, awaited
from gateway.access.accounts import Accounts, ProofKind, Role
from gateway.cli.components import demand
from gateway.store.database import Database
from gateway.trust.sealing import MasterKey

_CLIENTS = 4
_MB = 1_000_000
NAMES = (
    f"SFTP drop: one contract a file, {_CLIENTS} connections, until the receipt",
    "SFTP drop: upload, durable when closed",
    "SFTP pull: download, checked",
)
_rounds = count(1)


def measure(stage: Stage) -> Iterator[Row]:
    demand("ssh")
    demand("sshd")
    folder = stage.folder / "sshd"
    (folder / "in").mkdir(parents=True)
    with partner_server(folder) as openssh:
        user = asyncio.run(_account(stage, openssh))
        with _drop(stage) as drop:
            ours = _Target(openssh, drop.port, user, Path("in"), _Answering(drop.process, stage.folder / "sftp" / user))
            bare = _Target(openssh, openssh.port, getpass.getuser(), folder / "in", None)
            yield _small_files(ours, bare, folder)
            yield _upload(ours, bare, folder)
            yield _download(openssh, folder)


def _small_files(ours: _Target, bare: _Target, folder: Path) -> Row:
    amount = scaled(600, 200)

    def of(target: _Target) -> Callable[[], dict[str, float]]:
        return lambda: {"rate": amount / target.deliver(_documents(folder, amount))}

    us, peer = interleaved([of(ours), of(bare)])
    return Row(NAMES[0], "files/s", us["rate"], limit=peer["rate"], limit_name="OpenSSH, files only")


def _upload(ours: _Target, bare: _Target, folder: Path) -> Row:
    size = scaled(200, 50) * _MB
    (folder / "big").write_bytes(os.urandom(_MB) * (size // _MB))

    def of(target: _Target) -> Callable[[], dict[str, float]]:
        return lambda: {"rate": size / _MB / target.put(folder / "big")}

    us, peer = interleaved([of(ours), of(bare)])
    return Row(NAMES[1], "MB/s", us["rate"], limit=peer["rate"], limit_name="OpenSSH")


def _download(openssh: PartnerServer, folder: Path) -> Row:
    """Both with paramiko from the same OpenSSH; ours checks that the file stays the same and hashes it."""
    size = scaled(100, 30) * _MB
    outbox = folder / "out"
    outbox.mkdir()
    (outbox / "big").write_bytes(os.urandom(_MB) * (size // _MB))
    os.utime(outbox / "big", (0, 0))

    def ours() -> dict[str, float]:
        with connected(openssh.options(outbox), folder / "scratch") as source:
            started = time.perf_counter()
            source.fetch(source.ready()[0]).path.unlink()
            return {"rate": size / _MB / (time.perf_counter() - started)}

    def bare() -> dict[str, float]:
        with paramiko.SSHClient() as ssh:
            ssh.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            ssh.connect("127.0.0.1", openssh.port, key_filename=str(openssh.client_key))
            with ssh.open_sftp() as client:
                started = time.perf_counter()
                client.get(str(outbox / "big"), str(folder / "copy"))
                return {"rate": size / _MB / (time.perf_counter() - started)}

    us, peer = interleaved([ours, bare])
    return Row(NAMES[2], "MB/s", us["rate"], peer["rate"], "paramiko's get")


@dataclass(frozen=True, slots=True)
class _Drop:
    """Our server, running."""

    process: subprocess.Popen[str]
    port: int


@dataclass(frozen=True, slots=True)
class _Answering:
    """Where the receipts of a server appear, as long as it runs."""

    process: subprocess.Popen[str]
    results: Path


class _Target:
    """A server to upload to; `answering` is None for one that gives no receipts."""

    def __init__(self, server: PartnerServer, port: int, user: str, inbox: Path, answering: _Answering | None) -> None:
        self._inbox = inbox
        self._answering = answering
        options = ["StrictHostKeyChecking=no", f"UserKnownHostsFile={server.folder}/known_{port}", "BatchMode=yes"]
        self._command = ["sftp", "-q", "-i", str(server.client_key), "-P", str(port)]
        self._command += [part for option in options for part in ("-o", option)]
        self._command += ["-b", "-", f"{user}@127.0.0.1"]

    def deliver(self, files: list[Path]) -> float:
        """Seconds until every file is renamed, and answered where answers are given."""
        started = time.perf_counter()
        clients = [self._start("".join(map(self._sending, files[n::_CLIENTS]))) for n in range(_CLIENTS)]
        assert [client.wait(timeout=300) for client in clients] == [0] * _CLIENTS
        if (answering := self._answering) is None:
            return time.perf_counter() - started
        receipts = [answering.results / "receipts" / f"{file.name}.receipt.json" for file in files]
        awaited(lambda: all(receipt.exists() for receipt in reversed(receipts)), answering.process, every=0.005)
        seconds = time.perf_counter() - started
        assert not any((answering.results / "rejected").iterdir())
        return seconds

    def put(self, file: Path) -> float:
        """Seconds to upload one file that stays a part."""
        started = time.perf_counter()
        assert self._start(f"put {file} {self._inbox}/{file.name}.part\n").wait(timeout=300) == 0
        seconds = time.perf_counter() - started
        assert self._start(f"rm {self._inbox}/{file.name}.part\n").wait(timeout=60) == 0
        return seconds

    def _sending(self, file: Path) -> str:
        place = self._inbox / file.name
        return f"put {file} {place}.part\nrename {place}.part {place}\n"

    def _start(self, batch: str) -> subprocess.Popen[str]:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        client = subprocess.Popen(self._command, stdin=subprocess.PIPE, text=True, **quiet)
        assert client.stdin is not None
        client.stdin.write(batch)
        client.stdin.close()
        return client


def _documents(folder: Path, amount: int) -> list[Path]:
    """Fresh legacy exports of one contract each."""
    place = folder / f"round-{next(_rounds)}"
    place.mkdir()
    heading, *rows = traveller_rows(amount)
    files = []
    for number in range(amount):
        text = io.StringIO()
        csv.writer(text).writerows([heading, *rows[3 * number : 3 * number + 3]])
        file = place / f"{place.name}-{number}.csv"
        file.write_bytes(text.getvalue().encode("gb18030"))
        files.append(file)
    return files


@contextmanager
def _drop(stage: Stage) -> Iterator[_Drop]:
    environment = os.environ | {"YIZHAN_HOME": str(stage.folder), "YIZHAN_DATABASE__URL": stage.database_url}
    command = [sys.executable, "-m", "gateway.cli.main", "sftp", "--port", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("SFTP "), f"yizhan sftp did not start: {line!r}"
        yield _Drop(process, int(line.split()[1].rpartition(":")[2]))
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


async def _account(stage: Stage, server: PartnerServer) -> str:
    """A credential known by the key that OpenSSH knows, too."""
    database = Database(stage.database_url, 2)
    accounts = Accounts(database, MasterKey.load(None, stage.folder / "master.key"))
    tenant = await accounts.ensure_tenant("sftp", "示例旅行社", "110105", "91350100M000100Y43", speaks_for="000000")
    credential = await accounts.issue(tenant, Role.PARTNER, "laoqiao")
    public = paramiko.Ed25519Key.from_private_key_file(str(server.client_key))
    await accounts.add_proof(credential.id, ProofKind.SSH, public.asbytes())
    await database.close()
    return credential.id
