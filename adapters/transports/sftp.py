"""Fetches documents from a partner's SFTP server: complete ones only, resumably, and from no other server.

The server is known by its pinned host keys. A file is complete when it has settled, and where the partner has a marker
convention when its marker is there. A download that breaks off is continued where it stopped, as long as the file on
the server is still the same one, and by one pull at a time, whatever their processes. Raises Retriable for whatever the
network does, Barred when one of the two is not let in, and Fatal for what else a person must put right.
"""

from __future__ import annotations

import base64
import fcntl
import os
import socket
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, BinaryIO

import paramiko
from paramiko.pkey import UnknownKeyType
from paramiko.sftp import CMD_CLOSE, CMD_OPENDIR, CMD_READDIR
from paramiko.ssh_exception import IncompatiblePeer

from adapters.errors import Barred, Fatal, Retriable
from adapters.transports.manifest import LONGEST, Manifest, parse
from adapters.transports.sftp_options import Marker, SftpOptions, is_partial
from schemas.findings import Text

_TIMEOUT_SECONDS = 30.0
_MOST_AHEAD_SECONDS = 86_400.0
_FIRST_REQUEST, _MOST_REQUESTED = 1 << 15, 1 << 17
"""Bytes asked for at a time, twice as many each time while the wire holds: what is under way is lost when it breaks.
paramiko's own reading ahead has a thread that outlives a broken wire."""
_KEY_TYPES = {
    "ssh-ed25519": ["ssh-ed25519"],
    "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
    "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
    "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
    "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
}


@dataclass(frozen=True, slots=True, order=True)
class RemoteFile:
    """A complete file as it was listed. `mtime` is when it was complete: with a marker, when both were there."""

    mtime: int
    name: str
    size: int
    written: int
    marker: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole file on our disk, with what its marker claims of it; ours alone until `release` deletes it."""

    path: Path
    sha256: str
    manifest: Manifest
    release: Callable[[], None]


class Changed(Retriable):
    """The file on the server is no longer the one that was listed."""


class SftpSource:
    """An open connection to the partner's server. `scratch` keeps downloads that broke off for the next time."""

    def __init__(self, client: paramiko.SFTPClient, options: SftpOptions, scratch: Path) -> None:
        self._client = client
        self._options = options
        self._scratch = scratch
        self._held: dict[Path, BinaryIO] = {}
        self.misnamed: list[str] = []
        self.untimely: list[str] = []

    def ready(self, clock: Callable[[], float] = time.time) -> list[RemoteFile]:
        """Complete files that match the pattern, oldest first. `misnamed` then are those whose names cannot be used,
        `untimely` those that were written in days to come: the clock of the server is wrong, so that nothing is known
        of what is newer than what.
        """
        folder = self._options.folder
        try:
            with _explained(folder):
                named = dict(_entries(self._client, folder))
        except Changed as error:
            raise Fatal(error.text) from error
        listed = {name.decode(): found for name, found in named.items() if _is_usable(name)}
        self.misnamed = [
            shown
            for name, found in named.items()
            if not _is_usable(name) and stat.S_ISREG(found.st_mode or 0) and self._is_wanted(shown := _shown(name))
        ]
        now = clock()
        found = sorted(file for name in listed if (file := self._complete(name, listed)) is not None)
        self.untimely = [file.name for file in found if file.mtime > now + _MOST_AHEAD_SECONDS]
        return [file for file in found if file.mtime <= now - self._options.settle_seconds]

    def fetch(self, file: RemoteFile) -> Fetched:
        """The whole file, only the missing part of it being transferred. Raises Changed, Retriable or BadManifest.

        Retriable as well when another pull has it.
        """
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.local(file)
        if not self._hold(path):
            raise Retriable(Text(f"另一次拉取正在下载 {file.name}", f"{file.name} is being fetched by another pull"))
        try:
            with _explained(file.name):
                self._must_be(file)
                self._download(file, self._held[path])
                self._must_be(file)
                manifest = self._manifest(file)
            with path.open("rb") as content:
                return Fetched(path, file_digest(content, "sha256").hexdigest(), manifest, partial(self._forget, path))
        except BaseException:
            self._let_go(path)
            raise

    def deliver(self, folder: str, name: str, content: bytes, manifest: bytes) -> None:
        """Put a file and then its marker into a folder of the server; each appears whole or not at all.

        Raises Retriable, and Barred when it may not be put there.
        """
        try:
            with _explained(f"{folder}/{name}"):
                for place, part in ((name, content), (name + self._options.marker_suffix, manifest)):
                    target = f"{folder.rstrip('/')}/{place}"
                    with self._client.open(f"{target}.part", "wb") as remote:
                        remote.write(part)
                    self._client.posix_rename(f"{target}.part", target)
        except Changed as error:
            raise Barred(error.text) from error

    def forget_all_but(self, files: Iterable[RemoteFile]) -> None:
        """Delete downloads that broke off and whose file has gone or changed since; not those that somebody is at."""
        wanted = {self.local(file) for file in files} | self._held.keys()
        for path in self._scratch.glob("*.part"):
            if path not in wanted and self._hold(path):
                self._forget(path)

    def close(self) -> None:
        """Let go of what was fetched; it is kept for the next time."""
        for path in list(self._held):
            self._let_go(path)

    def local(self, file: RemoteFile) -> Path:
        """Where this very version of a file is downloaded to."""
        version = f"{self._options.host}/{self._options.folder}/{file.name}/{file.written}/{file.size}"
        return self._scratch / f"{sha256(version.encode()).hexdigest()[:32]}.part"

    def _hold(self, path: Path) -> bool:
        """Whether a download is ours alone now. The lock is on the file itself, which its holder may have deleted."""
        if path in self._held:
            return True
        local = path.open("ab")
        try:
            fcntl.flock(local, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = os.fstat(local.fileno()).st_ino == path.stat().st_ino
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        if is_ours:
            self._held[path] = local
        else:
            local.close()
        return is_ours

    def _let_go(self, path: Path) -> None:
        self._held.pop(path).close()

    def _forget(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._let_go(path)

    def _download(self, file: RemoteFile, local: BinaryIO) -> None:
        have = os.fstat(local.fileno()).st_size
        if have > file.size:
            local.truncate(have := 0)
        with self._client.open(self._remote(file.name), "rb") as remote:
            remote.MAX_REQUEST_SIZE = _MOST_REQUESTED
            remote.seek(have)
            ask = _FIRST_REQUEST
            while have < file.size:
                chunk = remote.read(min(ask, file.size - have))
                if not chunk:
                    raise Changed(Text(f"{file.name} 已变短", f"{file.name} has become shorter"))
                local.write(chunk)
                local.flush()
                have += len(chunk)
                ask = min(2 * ask, _MOST_REQUESTED)
        if os.fstat(local.fileno()).st_size != file.size:
            local.truncate(0)
            raise Retriable(
                Text(f"下载的 {file.name} 大小与原文件不符", f"what was fetched of {file.name} has not its size")
            )

    def _complete(self, name: str, listed: Mapping[str, paramiko.SFTPAttributes]) -> RemoteFile | None:
        found = listed[name]
        if not stat.S_ISREG(found.st_mode or 0) or not self._is_wanted(name):
            return None
        size, written = found.st_size or 0, found.st_mtime or 0
        if self._options.marker is Marker.NONE:
            return RemoteFile(written, name, size, written)
        marker = self._marker_of(name)
        told = listed.get(marker)
        if told is None or marker == name or name.endswith(self._options.marker_suffix):
            return None
        return RemoteFile(max(written, told.st_mtime or 0), name, size, written, marker)

    def _is_wanted(self, name: str) -> bool:
        return fnmatchcase(name, self._options.pattern) and not is_partial(name, self._options.partial)

    def _marker_of(self, name: str) -> str:
        stem = name if self._options.marker is Marker.SUFFIX else name.rpartition(".")[0] or name
        return stem + self._options.marker_suffix

    def _must_be(self, file: RemoteFile) -> None:
        now = self._client.lstat(self._remote(file.name))
        if (now.st_size, now.st_mtime) != (file.size, file.written):
            raise Changed(Text(f"{file.name} 在列出后已被改动", f"{file.name} is no longer the file that was listed"))

    def _manifest(self, file: RemoteFile) -> Manifest:
        if file.marker is None:
            return Manifest()
        with self._client.open(self._remote(file.marker), "rb") as remote:
            return parse(remote.read(LONGEST + 1))

    def _remote(self, name: str) -> str:
        return f"{self._options.folder.rstrip('/')}/{name}"


def _entries(client: paramiko.SFTPClient, folder: str) -> Iterator[tuple[bytes, paramiko.SFTPAttributes]]:
    """What lies in a folder, by its names as they are: paramiko's own listing ends at one that is not UTF-8."""
    ask: Callable[..., Any] = client._request  # pyright: ignore[reportAttributeAccessIssue]
    _, opened = ask(CMD_OPENDIR, folder.encode())
    handle = opened.get_binary()
    with suppress(EOFError):
        while True:
            _, found = ask(CMD_READDIR, handle)
            for _ in range(found.get_int()):
                name, _ = found.get_binary(), found.get_binary()
                attributes = paramiko.SFTPAttributes._from_msg(found)  # type: ignore[attr-defined]
                if name not in (b".", b".."):
                    yield name, attributes
    ask(CMD_CLOSE, handle)


def _is_usable(name: bytes) -> bool:
    """Whether a name can be asked for and written down: UTF-8 without control characters."""
    try:
        return name.decode().isprintable()
    except UnicodeDecodeError:
        return False


def _shown(name: bytes) -> str:
    """A name that cannot be used, as a person may know it: often it is GBK."""
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return "".join(character if character.isprintable() else "\ufffd" for character in name.decode(encoding))
    return name.decode("utf-8", "backslashreplace")


@contextmanager
def connected(options: SftpOptions, scratch: Path, patience: float = _TIMEOUT_SECONDS) -> Iterator[SftpSource]:
    """A source on the partner's server, which may say nothing for `patience` seconds.

    Raises Barred when the server or we are not who we should be.
    """
    pinned = _Pinned(options)
    if options.key_file is not None and not Path(options.key_file).is_file():
        raise Barred(Text(f"{options.key_file} 中没有私钥", f"there is no private key in {options.key_file}"))
    with paramiko.SSHClient() as ssh:
        ssh.set_missing_host_key_policy(pinned)
        with _explained(options.host):
            ssh.connect(
                options.host,
                options.port,
                options.username,
                options.password,
                key_filename=options.key_file,
                allow_agent=False,
                look_for_keys=False,
                disabled_algorithms={"keys": pinned.others},
                sock=_socket(options, patience),
                timeout=patience,
                banner_timeout=patience,
                auth_timeout=patience,
                channel_timeout=patience,
            )
            client = ssh.open_sftp()
            channel = client.get_channel()
            if channel is not None:
                channel.settimeout(patience)
        with closing(SftpSource(client, options, scratch)) as source:
            yield source


def _socket(options: SftpOptions, patience: float) -> socket.socket:
    """A request is one small packet; waiting to fill it costs more than all else."""
    connection = socket.create_connection((options.host, options.port), patience)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class _Pinned(paramiko.MissingHostKeyPolicy):
    """Accepts the pinned keys and no others; several of one type let a partner change its key."""

    def __init__(self, options: SftpOptions) -> None:
        if not options.host_keys:
            raise Barred(Text(f"未固定 {options.host} 的主机密钥", f"no host key of {options.host} is pinned"))
        self._keys = {_wire_form(line) for line in options.host_keys}
        self.kinds = {line.split()[0] for line in options.host_keys}

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        if key.asbytes() not in self._keys:
            raise Barred(
                Text(
                    f"{hostname} 出示的主机密钥与固定的不符：{key.fingerprint}",
                    f"{hostname} shows another host key than the pinned ones: {key.fingerprint}",
                )
            )

    @property
    def others(self) -> list[str]:
        """The key types that are not asked for, so that the server shows a pinned one if it has it."""
        return [name for kind, names in _KEY_TYPES.items() if kind not in self.kinds for name in names]


def _wire_form(line: str) -> bytes:
    try:
        kind, wire = line.split()[:2]
        return paramiko.PKey.from_type_string(kind, base64.b64decode(wire)).asbytes()
    except (ValueError, paramiko.SSHException, UnknownKeyType) as error:
        shown = line[:60]
        raise Barred(
            Text(
                f"固定的主机密钥“{shown}”无法读取，系统报告“{error}”",
                f"the pinned host key {shown!r} cannot be read: {error}",
            )
        ) from None


@contextmanager
def _explained(subject: str) -> Iterator[None]:
    """What paramiko and the socket raise, by what the caller should do."""
    try:
        yield
    except (paramiko.AuthenticationException, IncompatiblePeer, PermissionError) as error:
        raise Barred(_reported(subject, error)) from error
    except FileNotFoundError as error:
        raise Changed(Text(f"{subject} 不存在", f"{subject}: is not there")) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise Retriable(_reported(subject, error)) from error


def _reported(subject: str, error: Exception) -> Text:
    words = str(error) or type(error).__name__
    return Text(f"{subject}：系统报告“{words}”", f"{subject}: {words}")
