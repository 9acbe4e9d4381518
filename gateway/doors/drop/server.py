"""The SSH side of the drop: who connects, with which key or password, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import asyncssh
from asyncssh import auth, constants
from asyncssh.packet import SSHPacket

from gateway.access.accounts import ProofKind
from gateway.access.callers import origin
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.base.settings import SftpSettings
from gateway.doors.drop.admission import Account, Doorman
from gateway.doors.drop.crowd import Crowd, Guest
from gateway.doors.drop.session import Session
from gateway.trust.sealing import create_secret_file
from gateway.wiring.services import Services

_MOST_ATTEMPTS = 6
_LONGEST_PASSWORD = 1024
_DOOR = "yizhan_door"
_HOST_KEYS: dict[str, dict[str, Any]] = {
    "host_key": {"alg_name": "ssh-ed25519"},
    "host_key_ecdsa": {"alg_name": "ecdsa-sha2-nistp256"},
    "host_key_rsa": {"alg_name": "ssh-rsa", "key_size": 3072},
}
_EXCHANGES = [
    "mlkem768x25519-sha256",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    *(f"ecdh-sha2-nistp{bits}" for bits in (256, 384, 521)),
    "diffie-hellman-group-exchange-sha256",
    *(f"diffie-hellman-group{group}" for group in ("14-sha256", "16-sha512", "18-sha512")),
]
_MACS = [
    *(f"{name}-etm@openssh.com" for name in ("hmac-sha2-256", "hmac-sha2-512", "umac-128")),
    "hmac-sha2-256",
    "hmac-sha2-512",
    "umac-128@openssh.com",
]
_SIGNATURES = [
    "ssh-ed25519",
    *(f"ecdsa-sha2-nistp{bits}" for bits in (256, 384, 521)),
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "rsa-sha2-256",
    "rsa-sha2-512",
]
"""Nothing by SHA-1, no CBC, no tag of 64 bits."""
_LEGACY = {
    "kex_algs": ["diffie-hellman-group14-sha1"],
    "mac_algs": ["hmac-sha1"],
    "signature_algs": ["ssh-rsa"],
}
"""What clients of before 2016 may need; only where the operator says so."""
_CIPHERS = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr"]
"""What clients have and the processor helps with; ChaCha20, the first choice of most, takes longer here."""


class _ShortPassword(auth._ServerPasswordAuth):
    """Refuses a password that is longer than any of ours before it is prepared (RFC 4013), which takes its time."""

    async def _start(self, packet: SSHPacket) -> None:
        if len(packet.get_remaining_payload()) > _LONGEST_PASSWORD:
            self.send_failure()
        else:
            await super()._start(packet)


class Door(asyncssh.SSHServer):
    """One connection: nothing but SFTP, closed when nobody asks for anything for a while."""

    def __init__(self, services: Services, doorman: Doorman, crowd: Crowd) -> None:
        self._services = services
        self._doorman = doorman
        self._crowd = crowd
        self._guest: Guest | None = None
        self._idle_seconds = services.settings.sftp.idle_seconds
        self._failures = 0
        self._timer: asyncio.TimerHandle | None = None
        self._touched = asyncio.get_running_loop().time()
        self.accounts: dict[str, Account] = {}

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        conn.set_extra_info(**{_DOOR: self})
        address = conn.get_extra_info("peername")
        self._guest = self._crowd.come(origin(address[0] if address else ""))
        if self._guest is None:
            conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._guest is not None:
            self._crowd.leave(self._guest)
        if self._timer is not None:
            self._timer.cancel()

    def begin_auth(self, username: str) -> bool:
        return True

    def auth_completed(self) -> None:
        account = self._connection.get_extra_info("username")
        if self._guest is None or not self._crowd.log_in(self._guest, account):
            self._connection.disconnect(constants.DISC_TOO_MANY_CONNECTIONS, "too many connections of this account")
        else:
            self._services.accounts.uses.succeeded(account)
        self._watch()

    def password_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        try:
            await self._services.authenticator.with_secret(username, password)
        except Refused:
            return self._fail()
        return await self._admit(username)

    def public_key_auth_supported(self) -> bool:
        return True

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether the key may be tried: that the client has its private half shows later (`auth_completed`)."""
        if key.public_data in await self._services.accounts.proofs(username, ProofKind.SSH):
            return await self._admit(username)
        self._services.accounts.uses.failed(username, problems.UNAUTHENTICATED)
        return self._fail()

    async def _admit(self, username: str) -> bool:
        account = await self._doorman.account(username)
        if account is None:
            return self._fail()
        self.accounts[username] = account
        return True

    def _fail(self) -> bool:
        self._failures += 1
        if self._failures >= _MOST_ATTEMPTS:
            raise asyncssh.PermissionDenied("too many attempts")
        return False

    def touch(self) -> None:
        self._touched = asyncio.get_running_loop().time()

    def _watch(self) -> None:
        """Close when idle; else look again when it could be."""
        left = self._touched + self._idle_seconds - asyncio.get_running_loop().time()
        if left <= 0:
            self._connection.disconnect(constants.DISC_BY_APPLICATION, "idle for too long")
        else:
            self._timer = asyncio.get_running_loop().call_later(left, self._watch)


async def listen(
    services: Services, doorman: Doorman, arrived: Callable[[Account], None], host_keys: Sequence[asyncssh.SSHKey]
) -> asyncssh.SSHAcceptor:
    """The listening server."""
    settings: SftpSettings = services.settings.sftp
    crowd = Crowd(settings)
    algorithms = _algorithms(settings)
    auth._server_auth_handlers[b"password"] = _ShortPassword  # the library has no place for a method of one's own

    def session(channel: asyncssh.SSHServerChannel) -> Session:
        door: Door = channel.get_extra_info(_DOOR)
        username = channel.get_extra_info("username")

        async def is_good() -> bool:
            return await doorman.account(username) is not None

        return Session(channel, door.accounts[username], is_good, arrived, touch=door.touch)

    return await asyncssh.listen(
        settings.host,
        settings.port,
        server_factory=lambda: Door(services, doorman, crowd),
        server_host_keys=[_limited(key, algorithms["signature_algs"]) for key in host_keys],
        server_version="yizhan",
        sftp_factory=session,
        sftp_version=3,
        encoding=None,
        allow_scp=False,
        allow_pty=False,
        agent_forwarding=False,
        x11_forwarding=False,
        kbdint_auth=False,
        gss_host=None,
        encryption_algs=_CIPHERS,
        **algorithms,
        compression_algs=None,
        login_timeout=settings.login_seconds,
        config=None,
    )


def _limited(key: asyncssh.SSHKey, algorithms: Sequence[str]) -> asyncssh.SSHKey:
    """The same key, which signs by none but these: the library asks the key alone."""
    key.sig_algorithms = tuple(each for each in key.sig_algorithms if each.decode() in algorithms)
    return key


def _algorithms(settings: SftpSettings) -> dict[str, list[str]]:
    chosen = {"kex_algs": _EXCHANGES, "mac_algs": _MACS, "signature_algs": _SIGNATURES}
    return {name: [*algorithms, *(_LEGACY[name] if settings.legacy else ())] for name, algorithms in chosen.items()}


def host_keys(folder: Path) -> list[asyncssh.SSHKey]:
    """The server's own keys, made once, the best first; old clients, JSch among them, know no Ed25519."""
    return [_host_key(folder / name, sort) for name, sort in _HOST_KEYS.items()]


def _host_key(path: Path, sort: dict[str, Any]) -> asyncssh.SSHKey:
    if not path.exists():
        create_secret_file(path, asyncssh.generate_private_key(**sort).export_private_key())
    return asyncssh.read_private_key(path)
