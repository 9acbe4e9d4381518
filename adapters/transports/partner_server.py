"""A partner's SFTP server for tests and benchmarks: a real OpenSSH `sshd` that lets the present user in by key."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.transports.sftp_options import SftpOptions

_SSHD = "/usr/sbin/sshd"
_READY_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class PartnerServer:
    """A running server. Its keys lie in `folder`: `host_key`, `client_key` that it knows and `other_key` that not."""

    port: int
    folder: Path

    @property
    def client_key(self) -> Path:
        return self.folder / "client_key"

    def host_key(self, name: str = "host_key") -> str:
        """A public key as it is pinned."""
        return " ".join((self.folder / f"{name}.pub").read_text("ascii").split()[:2])

    def options(self, outbox: Path, port: int | None = None) -> SftpOptions:
        """How to fetch from a folder of this server, if wanted over another port that leads there."""
        return SftpOptions(
            host="127.0.0.1",
            port=port or self.port,
            username=getpass.getuser(),
            key_file=str(self.client_key),
            host_keys=(self.host_key(),),
            folder=str(outbox),
        )


@contextmanager
def partner_server(folder: Path) -> Iterator[PartnerServer]:
    """A server with its configuration and keys in `folder`, for as long as the context is open."""
    server = PartnerServer(_free_port(), folder)
    for name in ("host_key", "client_key", "other_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "config").write_text(_configuration(server), "ascii")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    process = subprocess.Popen([_SSHD, "-D", "-e", "-f", folder / "config"], stderr=subprocess.DEVNULL)
    try:
        _await_port(server.port, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=10)


def _configuration(server: PartnerServer) -> str:
    lines = (
        f"Port {server.port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {server.folder}/host_key",
        f"AuthorizedKeysFile {server.folder}/client_key.pub",
        "StrictModes no",
        "PermitRootLogin yes",
        "UsePAM no",
        "PasswordAuthentication no",
        "PidFile none",
        "MaxStartups 100",
        "Subsystem sftp internal-sftp",
    )
    return "\n".join(lines) + "\n"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("sshd does not serve") from None
            time.sleep(0.02)
